"""Take a call: what an operator noted on the phone becomes a checked draft (source 电话).

What must be asked (GB/T 33358—2016 and the practice of the Shaoguan hotline): content, place, time, phone, and whether
to keep the name secret; a complaint or report needs a real contact unless the caller stays anonymous.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Engine

from hotline import routing, store
from hotline.errors import HotlineError, InvalidOrder
from hotline.intake_phone import read_phone
from hotline.model import MAX_LENGTHS, OrderDraft, OrderType, Privacy, Urgency, WorkOrder, storable
from hotline.people import Actor
from knowledge_base.places import town_code, towns_in
from knowledge_base.text import normalise

SOURCE = "电话"
DOOR = "phone"  # conversation_id of every order taken by phone; the call's own id tells them apart
NEEDS_CONTACT = (OrderType.COMPLAINT, OrderType.REPORT)
FIELD_LABELS = {
    "call_id": "来电编号",
    "content": "诉求内容",
    "title": "标题",
    "town": "镇街",
    "location": "具体位置",
    "incident_time": "事发时间",
    "name": "姓名",
    "phone": "联系电话",
    "urgency": "紧急程度",
    "category": "分类",
}


@dataclass(frozen=True)
class Call:
    """What the operator noted. `call_id` is one for each call: saving it twice gives the same order.

    `town` may be any wording of one of the seven towns; empty when the place is unknown or outside.
    """

    call_id: str
    type: OrderType
    content: str
    privacy: Privacy
    town: str = ""
    location: str = ""
    incident_time: str = ""
    name: str = ""
    phone: str = ""
    title: str = ""
    category: str = ""
    urgency: Urgency = Urgency.NORMAL
    public_reply: bool = False
    is_threat: bool = False


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field of a call; `reason` is for the operator (Chinese)."""

    field: str
    reason: str


class InvalidCall(HotlineError):
    """A call that cannot become an order yet; `problems` names every field that needs the operator."""

    code = "invalid_call"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("；".join(f"{FIELD_LABELS[each.field]}：{each.reason}" for each in problems))
        self.problems = problems


def take_call(engine: Engine, call: Call, operator: Actor, *, now: datetime) -> WorkOrder:
    """File a call in the operator's name. Raises InvalidCall."""
    return store.submit(engine, draft_of(call), now=now, actor=operator)


def draft_of(call: Call) -> OrderDraft:
    """The draft, with the town's official name, the phone in one form and a unit proposed. Raises InvalidCall."""
    if problems := tuple(_problems(call)):
        raise InvalidCall(problems)
    town, phone = _town(call.town), _phone(call.phone)
    proposal = routing.propose(normalise(f"{call.title} {call.content}"), town)
    unit = town if proposal.unit == routing.TOWN_UNIT else proposal.unit or ""
    draft = OrderDraft(
        draft_id=call.call_id,
        conversation_id=DOOR,
        source=SOURCE,
        type=call.type,
        title=call.title,
        content=call.content,
        privacy=call.privacy,
        town=town,
        town_code=town_code(town),
        location=call.location,
        incident_time=call.incident_time,
        appellant_name=call.name,
        appellant_phone=phone,
        category=call.category or proposal.category,
        urgency=call.urgency,
        public_reply=call.public_reply,
        is_threat=call.is_threat,
        proposed_unit=unit,
        routing_explanation=proposal.explanation,
        nlu={"routing_score": proposal.score},
    )
    try:
        return draft.checked()
    except InvalidOrder as error:  # a length; everything else was asked above
        name = error.field.removeprefix("appellant_").replace("draft_id", "call_id")
        raise InvalidCall((Problem(name, f"最多 {MAX_LENGTHS[error.field]} 字"),)) from error


def _problems(call: Call) -> Iterator[Problem]:
    if not storable(call.call_id):
        yield Problem("call_id", "为空")
    if not storable(call.content):
        yield Problem("content", "请写明市民反映的事")
    if call.urgency is Urgency.EMERGENCY:
        yield Problem("urgency", "突发事件请立即转 110、119、120、122，不作为工单")
    yield from _place_problems(call)
    yield from _contact_problems(call)


def _place_problems(call: Call) -> Iterator[Problem]:
    if call.town and not _town(call.town):
        yield Problem("town", f"不是武江区的一个镇街：{call.town[:20]}")
    if call.type in NEEDS_CONTACT and not storable(call.town) and not storable(call.location):
        yield Problem("location", "投诉、举报请问明镇街或具体位置")


def _contact_problems(call: Call) -> Iterator[Problem]:
    if call.privacy is Privacy.ANONYMOUS:
        return
    if not storable(call.phone):
        if call.type in NEEDS_CONTACT:
            yield Problem("phone", "投诉、举报请留联系电话；市民坚持不留的，选“匿名”")
    elif not _phone(call.phone):
        yield Problem("phone", f"不像电话号码：{call.phone[:20]}")


def _town(text: str) -> str:
    """The official name of the one town that is meant, else empty."""
    named = towns_in(text)
    return named[0] if len(named) == 1 else ""


def _phone(text: str) -> str:
    """Digits, with “-” after an area code; empty for what cannot be a phone."""
    return read_phone(normalise(f"电话{text}")).phone or ""
