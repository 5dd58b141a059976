"""Two work orders that evaluated dialogues ask about; put in first, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy.engine import Engine

from hotline.deadlines import SHANGHAI, due
from hotline.desk import act_on
from hotline.errors import OrderNotFound
from hotline.model import EventKind, OrderType, Privacy, Urgency, WorkOrder, WorkOrderEvent
from hotline.moves import SUBMIT, Facts, Move
from hotline.people import SYSTEM, Actor
from hotline.rows import append_event, insert_order
from hotline.states import Role, State
from hotline.store import get
from storage.engine import transaction

QUERY_CODE = "483920"
TO_SIGNED = (Move.ACCEPT, Move.PROPOSE, Move.APPROVE, Move.SIGN)
TO_CLOSED = (*TO_SIGNED, Move.REPLY, Move.APPROVE_REPLY)


@dataclass(frozen=True)
class PreparedOrder:
    """What is told of an order; the rest is the same for all of them. `path` are the moves that were made with it."""

    number: str
    received_on: date
    content: str
    town: str
    location: str
    unit: str
    path: tuple[Move, ...]
    reply_text: str = ""


PREPARED = (
    PreparedOrder(
        "WJ2025031200018",
        date(2025, 3, 12),
        "小区后门的路灯坏了两盏，晚上老人走路看不清，请派人修好。",
        "惠民街道",
        "小区后门",
        "区住建局",
        TO_SIGNED,
    ),
    PreparedOrder(
        "WJ2025042900007",
        date(2025, 4, 29),
        "村口的垃圾桶满了好几天没有人清运，天热气味很大。",
        "龙归镇",
        "村口垃圾桶",
        "区城管执法局",
        TO_CLOSED,
        "已安排清运，并增加了清运次数。",
    ),
)


def put_orders(engine: Engine) -> None:
    """File the prepared orders that are not there yet."""
    for prepared in PREPARED:
        try:
            get(engine, prepared.number)
        except OrderNotFound:
            _put(engine, prepared)


def _put(engine: Engine, prepared: PreparedOrder) -> None:
    order = _order(prepared)
    moment, begun = order.received_at, State.DRAFT
    facts = Facts(unit=prepared.unit, opinion="示例拟办意见", reply=prepared.reply_text)
    with transaction(engine) as connection:
        insert_order(connection, order)
        filed = WorkOrderEvent(
            order.number, EventKind.TRANSITION, moment, SYSTEM.name, begun, order.state, action=SUBMIT
        )
        append_event(connection, filed)
        for move in prepared.path:
            act_on(connection, order.number, move, _staff(move.roles[0], prepared.unit), facts, now=moment)


def _staff(role: Role, unit: str) -> Actor:
    return Actor(f"示例{role.label}", role, unit if role is Role.UNIT else "")


def _order(prepared: PreparedOrder) -> WorkOrder:
    moment = datetime.combine(prepared.received_on, datetime.min.time(), SHANGHAI).replace(hour=9).astimezone(UTC)
    deadline = due(OrderType.COMPLAINT, moment)
    return WorkOrder(
        number=prepared.number,
        query_code=QUERY_CODE,
        draft_id=prepared.number,
        conversation_id="evaluation",
        source="智能客服",
        source_sub="web",
        type=OrderType.COMPLAINT,
        urgency=Urgency.NORMAL,
        privacy=Privacy.PUBLIC,
        public_reply=False,
        title=prepared.content[:20],
        content=prepared.content,
        category="",
        town=prepared.town,
        town_code="",
        location=prepared.location,
        incident_time="",
        appellant_name="",
        appellant_phone="",
        proposed_unit=prepared.unit,
        routing_explanation="",
        linked_entry="",
        nlu={},
        state=State.SUBMITTED,
        version=1,
        limit_days=deadline.days,
        limit_basis=deadline.basis,
        is_official_limit=deadline.is_official,
        received_at=moment,
        due_on=deadline.on,
        is_due_provisional=deadline.is_provisional,
        reply_text="",
        closed_at=None,
        created_at=moment,
        updated_at=moment,
    )
