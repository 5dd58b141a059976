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
from knowledge_base.places import towns
from knowledge_base.text import normalise

NOT_GIVEN = "未提供"  # stored when the citizen was asked and does not know or does not want to say
LEAST_SUBSTANCE = 4  # characters beside the wish to file something from which on a message says what it is about
LEAST_DETAIL = 14  # characters from which a message that gives a fact is kept in full beside it
LEAST_ADDITION = 6  # characters from which a message that gives no fact is a detail, not an unclear answer
LONGEST_ASIDE = 12  # characters up to which "go on" or "no phone" is about the form, not about what happened
PLACELESS = frozenset({OrderType.CONSULT, OrderType.SUGGESTION, OrderType.PRAISE})  # place and time are not asked

_WISH = re.compile(
    r"(请|麻烦|帮|给|替)?(我|你|您|俺|我们)?(想|要|需要|来|可以|能)?(帮我|给我|替我)?(再)?"
    r"(投诉|举报|反映|反应|建议|表扬|求助|咨询|登记|留言|留个言|提个|提一个|提|写个|写|开个?工单|工单|下单)"
    r"(一下|一个|个|记|意见|问题|情况|工单|咨询|投诉)*"
)
_FILLER = re.compile(
    r"[\s，。！？、,.!?~～…:：;；的了吧呢啊呀嘛哦喔哈]+|你好|您好|那就|要不|直接|这件事|这个事|有个事|一件事"
)
_CONTACT = re.compile(
    r"(?:我的?|本人|联系)*(?:电话|手机|座机|号码|联系方式)(?:号码?)?(?:是|为|:)?"
    r"|[+\d][\d\- ]{5,}|[零〇一二三四五六七八九幺两]{7,}"
)
_ADDITION = re.compile(
    r"^(?:我|想|要|再|请|还|,|，| )*(?:补充|加上|加多|漏了|少了|还有|另外)"
    r"(?:一下|一点|一条|下|说|多|的?是|:|：|,|，| )*"
)
_NEW_CONTENT = re.compile(
    r"^(?:把|将)?(?:诉求|反映|投诉)?内容(?:应该)?(?:改成|改为|换成|是|为)[:：,， ]*(?P<content>.{4,})$", re.DOTALL
)
_PRIVACY_WORDS = re.compile(r"公开|公布|保密|匿名|名|隐|透露|泄露|泄漏|暴露|曝光|身份|个人信息|怕|知道|遮|告诉|让|保护")
_ASKED_BACK = re.compile(r"[?？吗]$")
_QUESTION = re.compile(r"[?？吗么呢]$|为什么|为啥|凭什么|干嘛|点解|怎么|什么")


_ADDRESS = re.compile(
    r"[0-9路街道村巷弄号栋幢座镇乡圩墟]|小区|花园|社区|新城|市场|广场|公园|学校|小学|中学|医院|车站|大桥|工业园|产业园|大厅"
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
            if not getattr(self, field.value) or (field is Field.LOCATION and self._is_vague()):
                return field
        return Field.CONFIRM

    def _is_vague(self) -> bool:
        """Whether nobody could find the place: no town, and nothing of an address ("楼下的夜宵摊")."""
        said = self.location
        return not self.town and said != NOT_GIVEN and "，" not in said and _ADDRESS.search(said) is None


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
    form = OrderForm(order_type, content=message.strip() if _tells(message) else "")
    facts = _meant(read_facts(message, today), form, message)
    return _with_facts(form, facts, overwrite=False)


def take(form: OrderForm, message: str, today: date) -> Step:
    """Read one message of a form in progress."""
    control, facts = read_control(message), _meant(read_facts(message, today), form, message)
    if control is Control.CANCEL:
        return Step(form, ending=Ending.CANCELLED)
    if form.content and (new := _NEW_CONTENT.match(message.strip())) is not None:
        return Step(replace(form, content=new.group("content")), corrected=(Field.CONTENT,), changed=True)
    is_correction = control is Control.CORRECTION or form.asked is Field.CONFIRM
    step = _with_facts(form, facts, overwrite=is_correction and _ADDITION.match(normalise(message)) is None)
    if control is Control.CONFIRM and form.asked is Field.CONFIRM and not step.changed:
        return replace(step, ending=Ending.SUBMITTED)
    if step.changed or step.invalid_phone or step.phone_refused:
        return _with_details(step, message, facts, control)
    return _without_facts(step, message, control)


def has_substance(message: str) -> bool:
    """Whether a message says what it is about, beside the wish to file something."""
    rest = _FILLER.sub("", _WISH.sub("", normalise(message)))
    return len(rest) >= LEAST_SUBSTANCE


def _tells(message: str) -> bool:
    """Whether a message has substance beside a way to reach the citizen."""
    return has_substance(_CONTACT.sub("", normalise(message)))


def _meant(facts: Facts, form: OrderForm, message: str) -> Facts:
    """The facts without a "never mind" that answers another question than the one about privacy."""
    is_about_privacy = form.asked is Field.PRIVACY or _PRIVACY_WORDS.search(normalise(message)) is not None
    return facts if is_about_privacy else replace(facts, privacy=None)


def _with_facts(form: OrderForm, facts: Facts, *, overwrite: bool) -> Step:
    """Fill what the message says. Place and time of several messages are all kept unless the citizen corrects them;
    of phone and privacy the latest wish holds."""
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
        is_sum = field in (Field.LOCATION, Field.TIME) and not overwrite
        if not value or value == before or (is_sum and value in before):
            continue
        if not before or before == NOT_GIVEN:
            changes[field.value] = value
        elif is_sum:
            changes[field.value] = f"{before}，{value}"
        else:
            changes[field.value] = value
            corrected.append(field)
    if facts.town and facts.town != form.town and (not form.town or overwrite):
        changes["town"] = facts.town
        if form.town:
            corrected.append(Field.LOCATION)
            changes.setdefault("location", _moved(form.location, form.town, facts.town))
    refused = facts.refuses_phone and "phone" not in changes and _may_refuse(form)
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


def _may_refuse(form: OrderForm) -> bool:
    """A phone that was given can be taken back once the facts are told; before, "没有电话" may be about others."""
    return not form.phone or (form.phone != NOT_GIVEN and form.asked in (Field.PRIVACY, Field.CONFIRM))


def _moved(location: str, before: str, after: str) -> str:
    """The location without the name of the town that was corrected."""
    for town in towns():
        if town.name in before.split("|") and town.name not in after.split("|"):
            word = next((word for word in town.words if word in location), "")
            location = location.replace(word, after.split("|")[0]) if word else location
    return location


def _with_details(step: Step, message: str, facts: Facts, control: Control) -> Step:
    """Keep what else the message tells: the asked field in full, and details beside the facts as content."""
    form, text = step.form, message.strip()
    is_correction = control is Control.CORRECTION
    if form.asked is Field.LOCATION and not form.location:
        if is_correction:
            form = replace(form, location=facts.town.replace("|", "、"))
        elif facts.towns or _is_beside(text, facts):
            form = replace(form, location=text)
    addition = _ADDITION.sub("", text)
    if not form.content and _tells(text):
        form = replace(form, content=text)
    elif addition != text and len(normalise(addition)) >= LEAST_SUBSTANCE:
        form = _added(form, addition)
    elif len(normalise(text)) >= LEAST_DETAIL and not is_correction:
        form = _added(form, text)
    return replace(step, form=form)


def _is_beside(text: str, facts: Facts) -> bool:
    """Whether a message says more than a time and a phone: the words for a place that nobody could read."""
    rest = _CONTACT.sub("", normalise(text))
    for phrase in (facts.incident_time or "").split("，"):
        rest = rest.replace(phrase, "") if phrase else rest
    return len(_FILLER.sub("", rest)) >= LEAST_SUBSTANCE - 1 and not facts.invalid_phone


def _added(form: OrderForm, text: str) -> OrderForm:
    if not form.content:
        return replace(form, content=text)
    return form if text in form.content else replace(form, content=f"{form.content}\n补充：{text}")


def _without_facts(step: Step, message: str, control: Control) -> Step:
    form, text = step.form, message.strip()
    length = len(normalise(text))
    if not length or control is Control.CONFIRM or (control is Control.RESUME and length <= LONGEST_ASIDE):
        return step
    if control is Control.SKIP and form.asked in (Field.LOCATION, Field.TIME, Field.PHONE):
        return replace(step, form=_answered(form, NOT_GIVEN), changed=True)
    if control is Control.SKIP and form.asked is Field.PRIVACY:  # no wish: what can still be lifted later
        return replace(step, form=replace(form, privacy=Privacy.CONFIDENTIAL.value), changed=True)
    if form.asked is Field.CONFIRM:
        return _at_the_end(step, text, control)
    if form.asked in (Field.CONTENT, Field.LOCATION, Field.TIME):
        return replace(step, form=_answered(form, text), changed=True)
    if form.content and length >= LEAST_ADDITION and not _QUESTION.search(normalise(text)):
        return replace(step, form=_added(form, text), changed=True)
    return step


def _answered(form: OrderForm, value: str) -> OrderForm:
    """The form with the asked field set."""
    return replace(form, **{str(form.asked): value})  # type: ignore[arg-type]


def _at_the_end(step: Step, text: str, control: Control) -> Step:
    """All was read back, and the answer is neither yes nor a fact: a question, more of the content, or a no."""
    if _ASKED_BACK.search(text):
        return step
    addition = _ADDITION.sub("", text)
    is_addition = addition != text or control is not Control.CORRECTION
    if is_addition and len(normalise(addition)) >= LEAST_SUBSTANCE:
        return replace(step, form=_added(step.form, addition), changed=True)
    return replace(step, needs_what_to_change=True)
