"""Keep work orders: file, look up, list, hurry. Every change writes its history in the same transaction."""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from hotline import attempts
from hotline.deadlines import SHANGHAI, STATE_COUNCIL, Calendar, due
from hotline.errors import HotlineError, OrderNotFound, OrderNotOpen, TooManyAttempts
from hotline.model import EventKind, OrderDraft, OrderType, WorkOrder, WorkOrderEvent, storable
from hotline.rows import (
    ORDERS,
    append_event,
    insert_order,
    order_from,
    read_history,
    read_order,
    read_order_of_draft,
)
from hotline.states import State
from storage.engine import insert, transaction
from storage.tables import order_sequence, work_order

NUMBER = re.compile(r"WJ[0-9]{13,18}")
LONGEST_INPUT = 40  # characters of a typed number or code that are looked at
REASON_LENGTH = 500


@dataclass(frozen=True)
class OrderFilter:
    """Which orders to list; what is empty does not filter."""

    states: tuple[State, ...] = ()
    types: tuple[OrderType, ...] = ()
    town_code: str = ""
    proposed_unit: str = ""
    conversation_id: str = ""
    received_from: datetime | None = None  # inclusive
    received_before: datetime | None = None  # exclusive
    due_before: date | None = None  # exclusive


def submit(
    engine: Engine, draft: OrderDraft, *, now: datetime, actor: str = "bot", calendar: Calendar = STATE_COUNCIL
) -> WorkOrder:
    """File a draft that the citizen confirmed, and return the stored order with number and query code.

    The same draft of the same conversation gives the same order, however often and from however many places
    it is filed. Raises InvalidOrder.
    """
    draft = draft.checked()
    key = (draft.conversation_id, draft.draft_id)
    try:
        with transaction(engine) as connection:
            return read_order_of_draft(connection, *key) or _file(connection, draft, now, actor, calendar)
    except IntegrityError:  # filed by someone else between our look and our write
        with engine.connect() as connection:
            if (order := read_order_of_draft(connection, *key)) is None:
                raise
            return order


def get(engine: Engine, number: str) -> WorkOrder:
    """The order, for staff and the system itself; citizens go through `find`. Raises OrderNotFound."""
    with engine.connect() as connection:
        order = read_order(connection, normal_number(number))
    if order is None:
        raise OrderNotFound(f"no order {number[:LONGEST_INPUT]!r}")
    return order


def find(engine: Engine, number: str, query_code: str, *, now: datetime) -> WorkOrder:
    """The order, for a citizen who knows its number and query code.

    Raises OrderNotFound, the same for a wrong code as for a number that does not exist, and TooManyAttempts after
    five wrong codes for one number within an hour.
    """
    with transaction(engine) as connection:
        outcome = _look_up(connection, normal_number(number), query_code, now)
    if isinstance(outcome, HotlineError):  # raised only now, so that the failed attempt stays counted
        raise outcome
    return outcome


def urge(engine: Engine, number: str, query_code: str, *, now: datetime, reason: str = "") -> WorkOrderEvent:
    """Note that the citizen asks to hurry (催办), at most once a day; asking again returns the day's first event.

    Raises as `find`, and OrderNotOpen when the order is finished.
    """
    number = find(engine, number, query_code, now=now).number
    with transaction(engine) as connection:
        order = read_order(connection, number, for_update=True)
        if order is None or not order.state.is_open:
            raise OrderNotOpen(f"order {number} is finished")
        for earlier in read_history(connection, number):
            if earlier.kind is EventKind.URGE and _day(earlier.at) == _day(now):
                return earlier
        reason = storable(reason)[:REASON_LENGTH]
        event = WorkOrderEvent(number, EventKind.URGE, now, "citizen", order.state, order.state, reason)
        append_event(connection, event)
    return event


def history(engine: Engine, number: str) -> tuple[WorkOrderEvent, ...]:
    """What happened to the order, oldest first; empty for an unknown number."""
    with engine.connect() as connection:
        return read_history(connection, normal_number(number))


def list_orders(engine: Engine, filters: OrderFilter | None = None, limit: int = 50) -> tuple[WorkOrder, ...]:
    """At most `limit` orders, the latest received first."""
    query = ORDERS.where(*_conditions(filters or OrderFilter()))
    query = query.order_by(work_order.c.received_at.desc(), work_order.c.number.desc()).limit(limit)
    with engine.connect() as connection:
        return tuple(order_from(row) for row in connection.execute(query))


def normal_number(text: str) -> str:
    """`ｗｊ 20250304 00001` as people type it → `WJ2025030400001`; empty for what cannot be a number."""
    number = "".join(unicodedata.normalize("NFKC", text[:LONGEST_INPUT]).split()).upper()
    return number if NUMBER.fullmatch(number) else ""


def _file(connection: Connection, draft: OrderDraft, now: datetime, actor: str, calendar: Calendar) -> WorkOrder:
    deadline = due(draft.type, now, calendar)
    order = WorkOrder(
        **{field.name: getattr(draft, field.name) for field in fields(draft)},
        number=_next_number(connection, now),
        query_code=f"{secrets.randbelow(1_000_000):06d}",
        state=State.SUBMITTED,
        version=1,
        limit_days=deadline.days,
        limit_basis=deadline.basis,
        is_official_limit=deadline.is_official,
        received_at=now,
        due_on=deadline.on,
        is_due_provisional=deadline.is_provisional,
        reply_text="",
        closed_at=None,
        created_at=now,
        updated_at=now,
    )
    insert_order(connection, order)
    event = WorkOrderEvent(order.number, EventKind.TRANSITION, now, actor, State.DRAFT, State.SUBMITTED)
    append_event(connection, event)
    return order


def _next_number(connection: Connection, now: datetime) -> str:
    """Count one up for today. The row stays locked until the transaction ends, so a number is never given twice."""
    day = _day(now)
    first = insert(connection, order_sequence).values(day=day, last=1)
    one_more = {"last": order_sequence.c.last + 1}
    connection.execute(first.on_conflict_do_update(index_elements=["day"], set_=one_more))
    last = connection.execute(sa.select(order_sequence.c.last).where(order_sequence.c.day == day)).scalar_one()
    return f"WJ{day:%Y%m%d}{last:05d}"


def _look_up(connection: Connection, number: str, query_code: str, now: datetime) -> WorkOrder | HotlineError:
    """The order, or the refusal to raise."""
    not_found = OrderNotFound("no order with this number and query code")
    if not number:
        return not_found
    failures, since = attempts.failures_so_far(connection, number, now)
    if failures >= attempts.WRONG_CODES_ALLOWED:
        return TooManyAttempts(number, since + attempts.WINDOW)
    order = read_order(connection, number)
    code = order.query_code if order else "no code"
    given = unicodedata.normalize("NFKC", query_code[:LONGEST_INPUT]).strip()
    is_right = hmac.compare_digest(code.encode(), given.encode("utf-8", "replace"))
    if order is None or not is_right:
        attempts.count_failure(connection, number, failures, since, now)
        return not_found
    if failures == 0:
        attempts.forget(connection, number)
    return order


def _conditions(filters: OrderFilter) -> Iterable[Any]:
    column = work_order.c
    if filters.states:
        yield column.state.in_(filters.states)
    if filters.types:
        yield column.type.in_(filters.types)
    for name in ("town_code", "proposed_unit", "conversation_id"):
        if value := getattr(filters, name):
            yield column[name] == value
    if filters.received_from is not None:
        yield column.received_at >= filters.received_from
    if filters.received_before is not None:
        yield column.received_at < filters.received_before
    if filters.due_before is not None:
        yield column.due_on < filters.due_before


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
