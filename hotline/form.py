"""Filling in a work order in conversation: facts in any order, corrections, cancelling, reading back.

Pure: the form and a message go in, the changed form and what to do next come out. The order of fields follows
domain rules: content, place and time of what happened, a phone to check back, whether identity stays hidden.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from hotline.intake import Control, Facts, read_control, read_facts
from hotline.model import OrderType, Privacy
from knowledge_base.text import normalise

NOT_GIVEN = "未提供"  # stored when the citizen was asked and does not know or does not want to say
LEAST_SUBSTANCE = 4  # characters beside the wish to file something from which on a message says what it is about
PLACELESS = frozenset({OrderType.CONSULT, OrderType.SUGGESTION, OrderType.PRAISE})  # place and time are not asked

_WISH = re.compile(
    r"(请|麻烦|帮|给|替)?(我|你|您|俺|我们)?(想|要|需要|来|可以|能)?(帮我|给我|替我)?(再)?"
    r"(投诉|举报|反映|反应|建议|表扬|求助|咨询|登记|留言|留个言|提个|提一个|提|写个|写|开个?工单|工单|下单)"
    r"(一下|一个|个|记|意见|问题|情况|工单|咨询|投诉)*"
)
_FILLER = re.compile(
    r"[\s，。！？、,.!?~～…:：;；的了吧呢啊呀嘛哦喔哈]+|你好|您好|那就|要不|直接|这件事|这个事|有个事|一件事"
)


class Field(StrEnum):
    """What the form asks for, in this order."""

    CONTENT = "content"
    LOCATION = "location"
    TIME = "time"
    PHONE = "phone"
    PRIVACY = "privacy"
    CONFIRM = "confirm"


class Ending(StrEnum):
    """How a form ends."""

    SUBMITTED = "submitted"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class OrderForm:
    """What has been filled in so far; empty is not yet asked or said. `asked` is the field asked last."""

    type: OrderType
    content: str = ""
    town: str = ""
    location: str = ""
    time: str = ""
    phone: str = ""
    privacy: str = ""
    asked: Field | None = None

    @property
    def missing(self) -> Field:
        """The next field to ask; CONFIRM when all is there."""
        for field in Field:
            if field is Field.CONFIRM:
                break
            if self.type in PLACELESS and field in (Field.LOCATION, Field.TIME):
                continue
            if not getattr(self, field.value):
                return field
        return Field.CONFIRM


@dataclass(frozen=True)
class Step:
    """What a message did to the form."""

    form: OrderForm
    ending: Ending | None = None
    corrected: tuple[Field, ...] = ()
    invalid_phone: str = ""
    phone_refused: bool = False
    needs_what_to_change: bool = False
    changed: bool = False  # the message gave at least one fact


def begin(order_type: OrderType, message: str, today: date) -> Step:
    """Start a form from the message that asked for it, taking every fact it already gives."""
    form = OrderForm(order_type, content=message.strip() if has_substance(message) else "")
    facts = read_facts(message, today)
    return _with_facts(form, facts, overwrite=False)


def take(form: OrderForm, message: str, today: date) -> Step:
    """Read one message of a form in progress."""
    control, facts = read_control(message), read_facts(message, today)
    if control is Control.CANCEL:
        return Step(form, ending=Ending.CANCELLED)
    is_correction = control is Control.CORRECTION or form.asked is Field.CONFIRM
    step = _with_facts(form, facts, overwrite=is_correction)
    if (
        control is Control.CONFIRM
        and step.form.missing is Field.CONFIRM
        and form.asked in (Field.CONFIRM, Field.PRIVACY)
    ):
        if not (step.changed and facts.town and facts.town != form.town):
            return replace(step, ending=Ending.SUBMITTED)
    if step.changed or step.invalid_phone or step.phone_refused:
        return _with_details(step, message, facts)
    return _without_facts(step, message, control)


def has_substance(message: str) -> bool:
    """Whether a message says what it is about, beside the wish to file something."""
    rest = _FILLER.sub("", _WISH.sub("", normalise(message)))
    return len(rest) >= LEAST_SUBSTANCE


def _with_facts(form: OrderForm, facts: Facts, *, overwrite: bool) -> Step:
    """Fill what the message says; what is already there is only replaced when the citizen corrects it."""
    found = {
        Field.LOCATION: facts.location or "",
        Field.TIME: facts.incident_time or "",
        Field.PHONE: facts.phone or "",
        Field.PRIVACY: facts.privacy.value if facts.privacy else "",
    }
    changes: dict[str, str] = {}
    corrected: list[Field] = []
    for field, value in found.items():
        before = getattr(form, field.value)
        if not value or value in before:
            continue
        if not before or overwrite or before == NOT_GIVEN:
            changes[field.value] = value
        elif field in (Field.LOCATION, Field.TIME):
            changes[field.value] = f"{before}，{value}"  # said in two messages: both are kept
        if overwrite and before and before != NOT_GIVEN:
            corrected.append(field)
    town = "|".join(facts.towns)
    if town and town != form.town and (not form.town or overwrite):
        changes["town"] = town
        if form.town:
            corrected.append(Field.LOCATION)
    refused = facts.refuses_phone and not form.phone and "phone" not in changes
    if refused:
        changes["phone"] = NOT_GIVEN
    if changes.get("privacy") == Privacy.ANONYMOUS.value and not form.phone:
        changes.setdefault("phone", NOT_GIVEN)
    return Step(
        replace(form, **changes),  # type: ignore[arg-type]
        corrected=tuple(dict.fromkeys(corrected)),
        invalid_phone=facts.invalid_phone or "",
        phone_refused=refused,
        changed=bool(changes),
    )


def _with_details(step: Step, message: str, facts: Facts) -> Step:
    """Keep what else the message tells: the asked field in full, and details beside the facts as content."""
    form, text = step.form, message.strip()
    if form.asked is Field.LOCATION and not form.location and (facts.towns or facts.location):
        form = replace(form, location=text)
    if not form.content and has_substance(text) and not facts.phone:
        form = replace(form, content=text)
    elif form.content and len(normalise(text)) >= 14 and form.asked is not Field.CONFIRM and text not in form.content:
        form = replace(form, content=f"{form.content}\n补充：{text}")
    return replace(step, form=form)


def _without_facts(step: Step, message: str, control: Control) -> Step:
    form, text = step.form, message.strip()
    if control is Control.SKIP and form.asked not in (None, Field.CONTENT, Field.CONFIRM, Field.PRIVACY):
        return replace(step, form=replace(form, **{form.asked.value: NOT_GIVEN}), changed=True)
    if form.asked is Field.CONFIRM:
        if control is Control.CORRECTION or len(normalise(text)) < LEAST_SUBSTANCE:
            return replace(step, needs_what_to_change=True)
        return replace(step, form=replace(form, content=f"{form.content}\n补充：{text}"), changed=True)
    if form.asked is Field.CONTENT and control is not Control.CONFIRM and normalise(text):
        return replace(step, form=replace(form, content=text), changed=True)
    if form.asked in (Field.LOCATION, Field.TIME) and control is not Control.CONFIRM and normalise(text):
        return replace(step, form=replace(form, **{form.asked.value: text}), changed=True)
    return step
