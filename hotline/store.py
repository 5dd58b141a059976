"""Keep work orders: file, look up, list, hurry. Every change writes its history in the same transaction."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from dataclasses import fields
from datetime import datetime

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from hotline import attempts
from hotline.deadlines import Calendar, Deadline, Limit, due
from hotline.errors import HotlineError, OrderNotFound, OrderNotOpen, TooManyAttempts
from hotline.escalation import escalation_line, tell_staff
from hotline.limits import load_calendar, load_limits
from hotline.listing import OrderFilter as OrderFilter
from hotline.listing import count_orders as count_orders
from hotline.listing import list_orders as list_orders
from hotline.model import Card, EventKind, OrderDraft, WorkOrder, WorkOrderEvent, storable
from hotline.moves import SUBMIT
from hotline.numbers import LONGEST_INPUT, day_of, next_number
from hotline.numbers import normal_number as normal_number
from hotline.people import CITIZEN, Actor
from hotline.rows import append_event, insert_order, read_history, read_order, read_order_of_draft
from hotline.states import Role, State
from storage.engine import transaction

REASON_LENGTH = 500
BOT = Actor("bot", Role.CITIZEN)  # files in the name of the citizen who confirmed


def submit(
    engine: Engine,
    draft: OrderDraft,
    *,
    now: datetime,
    actor: str | Actor = BOT,
    calendar: Calendar | None = None,
    limits: tuple[Limit, ...] | None = None,
) -> WorkOrder:
    """File a draft that the citizen confirmed, and return the stored order with number and query code.

    The same draft of the same conversation gives the same order, however often and from however many places
    it is filed. `calendar` and `limits` are read from the database when they are not given. Raises InvalidOrder.
    """
    try:
        with transaction(engine) as connection:
            return submit_on(connection, draft, now=now, actor=actor, calendar=calendar, limits=limits)
    except IntegrityError:  # filed by someone else between our look and our write
        with engine.connect() as connection:
            draft = draft.checked()
            if (order := read_order_of_draft(connection, draft.conversation_id, draft.draft_id)) is None:
                raise
            return order


def submit_on(
    connection: Connection,
    draft: OrderDraft,
    *,
    now: datetime,
    actor: str | Actor = BOT,
    calendar: Calendar | None = None,
    limits: tuple[Limit, ...] | None = None,
) -> WorkOrder:
    """As `submit`, in the caller's transaction. Raises IntegrityError when somebody files the same draft meanwhile."""
    draft = draft.checked()
    if order := read_order_of_draft(connection, draft.conversation_id, draft.draft_id):
        return order
    calendar = load_calendar(connection) if calendar is None else calendar
    limits = load_limits(connection) if limits is None else limits
    deadline = due(draft.type, now, calendar, limits)
    return _file(connection, draft, deadline, Actor(actor, Role.CITIZEN) if isinstance(actor, str) else actor, now)


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
            is_theirs = earlier.kind is EventKind.URGE and earlier.actor == CITIZEN.name  # the clock urges too
            if is_theirs and day_of(earlier.at) == day_of(now):
                return earlier
        reason = storable(reason)[:REASON_LENGTH]
        event = WorkOrderEvent(
            number, EventKind.URGE, now, CITIZEN.name, order.state, order.state, reason, CITIZEN.role.value
        )
        append_event(connection, event)
    return event


def history(engine: Engine, number: str) -> tuple[WorkOrderEvent, ...]:
    """What happened to the order, oldest first; empty for an unknown number."""
    with engine.connect() as connection:
        return read_history(connection, normal_number(number))


def _file(connection: Connection, draft: OrderDraft, deadline: Deadline, actor: Actor, now: datetime) -> WorkOrder:
    order = WorkOrder(
        **{field.name: getattr(draft, field.name) for field in fields(draft)},
        number=next_number(connection, now),
        query_code=f"{secrets.randbelow(1_000_000):06d}",
        state=State.SUBMITTED,
        version=2 if draft.is_threat else 1,  # one for each line of the history
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
        card=Card.RED if draft.is_threat else Card.NONE,
    )
    insert_order(connection, order)
    kind, begun = EventKind.TRANSITION, State.DRAFT
    event = WorkOrderEvent(
        order.number, kind, now, actor.name, begun, order.state, role=actor.role.value, action=SUBMIT
    )
    append_event(connection, event)
    if order.is_threat:
        append_event(connection, escalation_line(order, now))
        tell_staff(connection, order, now)
    return order


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
