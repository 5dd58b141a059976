"""Lines of a history that leave the state as it is: notes for colleagues, contacts with the citizen."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from hotline.errors import MissingFact, OrderNotFound
from hotline.model import EventKind, WorkOrder, WorkOrderEvent, storable
from hotline.numbers import normal_number
from hotline.people import Actor
from hotline.rows import append_event, read_order, update_order

LONGEST_REMARK = 1_000


def note(connection: Connection, number: str, actor: Actor, text: str, now: datetime) -> WorkOrderEvent:
    """Note something for the other staff. Raises OrderNotFound, and MissingFact for an empty text."""
    return _line(_locked(connection, number), EventKind.NOTE, actor, text, now, connection)


def contact(connection: Connection, number: str, actor: Actor, text: str, now: datetime) -> WorkOrderEvent:
    """Note that somebody spoke with the citizen; the first time is the first response (首响). Raises as `note`.

    The version stays, so that nobody who is writing a reply is interrupted: no move writes what this writes.
    """
    order = _locked(connection, number)
    event = _line(order, EventKind.CONTACT, actor, text, now, connection)
    if order.responded_at is None:
        update_order(connection, order, replace(order, responded_at=now))
    return event


def _locked(connection: Connection, number: str) -> WorkOrder:
    order = read_order(connection, normal_number(number), for_update=True)
    if order is None:
        raise OrderNotFound(f"no order {number[:40]!r}")
    return order


def _line(
    order: WorkOrder, kind: EventKind, actor: Actor, text: str, now: datetime, connection: Connection
) -> WorkOrderEvent:
    text = storable(text)[:LONGEST_REMARK]
    if not text:
        raise MissingFact(order.number, kind, "text", "请填写内容。")
    event = WorkOrderEvent(
        order.number, kind, now, actor.name, order.state, order.state, text, actor.role.value, unit=actor.unit
    )
    append_event(connection, event)
    return event
