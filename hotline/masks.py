"""Hide who a citizen is, where the reader does not need to know.

Two degrees: *masked* keeps what tells callers apart (`139****0000`), for lists, logs and exports; *hidden* keeps
nothing, for those who handle a confidential (保密) or anonymous (匿名) order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from hotline.model import Privacy, WorkOrder, WorkOrderEvent
from hotline.people import Actor
from hotline.states import Role

HIDDEN = "***"
TEXTS = ("title", "content", "location", "incident_time", "opinion", "reply_text", "rating_text")
OWNERS = (Role.CITIZEN, Role.SYSTEM)
CALLERS = (Role.ACCEPTANCE, Role.VISITOR)  # speak with the citizen, so they know who it is, confidential or not
TELLS_CODE = (*OWNERS, Role.ACCEPTANCE)  # who may see the query code: with it one can act as the citizen

AREA_CODE = re.compile(r"^(0\d{2,3}-?)?(.*)$", re.DOTALL)
_DIGIT = "[0-9０-９零〇○一二三四五六七八九幺]"
_NUMBER = (
    re.compile(  # seven digits on, also spoken ones; no order number. It never backtracks: hostile text costs nothing
        rf"(?<!{_DIGIT})(?<![Ww][Jj])(?:\+86[ -]?)?({_DIGIT}(?:[ \-—－.·()（）]{{0,2}}{_DIGIT}){{6,}})[Xx]?"
    )
)
_SUM = re.compile(r" ?(?:元(?!旦)|块|万)")  # behind a number: money
_DATE = re.compile(r"(?:19|20)\d\d([-.]?)(?:0?[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?: \d{1,2})?")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
_AS_FIGURES = str.maketrans("０１２３４５６７８９零〇○一二三四五六七八九幺", "0123456789000" + "1234567891")


def mask_phone(phone: str) -> str:
    """`13900000000` → `139****0000`; a land line keeps its area code and last two digits."""
    if re.fullmatch(r"1\d{10}", phone):
        return f"{phone[:3]}****{phone[-4:]}"
    match = AREA_CODE.match(phone)
    area, rest = (match.group(1) or "", match.group(2)) if match else ("", phone)
    kept = rest[-2:] if len(rest) >= 7 else ""
    return area + "*" * (len(rest) - len(kept)) + kept


def mask_name(name: str) -> str:
    """`李小明` → `李**`."""
    return name[:1] + "*" * (len(name) - 1) if len(name) > 1 else "*" * len(name)


def masked(order: WorkOrder) -> WorkOrder:
    """The order with name and phone masked, in the texts as well; for lists, logs and exports."""
    texts: dict[str, Any] = {name: mask_text(getattr(order, name), order.appellant_name) for name in TEXTS}
    name, phone = mask_name(order.appellant_name), mask_phone(order.appellant_phone)
    return replace(order, **texts, appellant_name=name, appellant_phone=phone)


def mask_text(text: str, name: str = "") -> str:
    """The text with phones, identity cards, e-mail addresses and this name masked; dates and amounts stay."""
    return _replaced(text, name, mask_name(name), mask_phone)


def hide_text(text: str, name: str = "") -> str:
    """As `mask_text`, and nothing of them is left."""
    return _replaced(text, name, HIDDEN, lambda number: HIDDEN)


def may_know(order: WorkOrder, actor: Actor, co_units: Iterable[str] = ()) -> bool:
    """May this person see who the citizen is? Of units only those that handle the order."""
    if actor.role in OWNERS or actor.role in CALLERS:
        return True
    if order.privacy is not Privacy.PUBLIC:
        return False
    return actor.role is not Role.UNIT or (actor.unit != "" and actor.unit in (order.lead_unit, *co_units))


def seen_by(order: WorkOrder, actor: Actor, co_units: Iterable[str] = ()) -> WorkOrder:
    """The order as this person may see it. A citizen is taken for its owner: check that before.

    Name, phone and the link to the conversation are empty in an order whose citizen must stay unknown.
    """
    code = order.query_code if actor.role in TELLS_CODE else ""
    if may_know(order, actor, co_units):
        return replace(order, query_code=code)
    if order.privacy is Privacy.PUBLIC:
        return replace(masked(order), query_code=code)
    texts: dict[str, Any] = {name: hide_text(getattr(order, name), order.appellant_name) for name in TEXTS}
    unknown: dict[str, Any] = {"appellant_name": "", "appellant_phone": "", "conversation_id": "", "nlu": {}}
    return replace(order, **texts, **unknown, query_code=code)


def text_seen_by(text: str, order: WorkOrder, actor: Actor, co_units: Iterable[str] = ()) -> str:
    """A text that belongs to the order, such as a reply, as this person may see it."""
    if may_know(order, actor, co_units):
        return text
    mask = mask_text if order.privacy is Privacy.PUBLIC else hide_text
    return mask(text, order.appellant_name)


def events_seen_by(
    events: Iterable[WorkOrderEvent], order: WorkOrder, actor: Actor, co_units: Iterable[str] = ()
) -> tuple[WorkOrderEvent, ...]:
    """The history as this person may see it; `order` is the stored one, not what `seen_by` left of it."""
    return tuple(replace(event, reason=text_seen_by(event.reason, order, actor, co_units)) for event in events)


def _replaced(text: str, name: str, instead: str, mask: Callable[[str], str]) -> str:
    if len(name) > 1:
        text = text.replace(name, instead)

    def number(found: re.Match[str]) -> str:
        if _DATE.fullmatch(found.group()) or _SUM.match(found.string, found.end()):
            return found.group()
        return mask("".join(filter(str.isdigit, found.group(1).translate(_AS_FIGURES))))

    return _NUMBER.sub(number, _EMAIL.sub(HIDDEN, text))
