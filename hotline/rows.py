"""Work orders and their history as database rows, read and written on a connection that the caller holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hotline.errors import StaleOrder
from hotline.model import (
    Card,
    EventKind,
    Handling,
    OrderType,
    Privacy,
    Resolution,
    Urgency,
    WorkOrder,
    WorkOrderEvent,
)
from hotline.states import State
from storage.tables import order_unit, work_order, work_order_event

COLUMNS = tuple(field.name for field in fields(WorkOrder))
ORDERS = sa.select(*(work_order.c[name] for name in COLUMNS))
EVENTS = sa.select(*(work_order_event.c[field.name] for field in fields(WorkOrderEvent)))


def read_order(connection: Connection, number: str, for_update: bool = False) -> WorkOrder | None:
    """The order, or None. `for_update` makes other writers of this order wait until the transaction ends."""
    query = ORDERS.where(work_order.c.number == number)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    return None if row is None else order_from(row)


def read_order_of_draft(connection: Connection, conversation_id: str, draft_id: str) -> WorkOrder | None:
    """The order that this draft became, or None."""
    query = ORDERS.where(work_order.c.conversation_id == conversation_id, work_order.c.draft_id == draft_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else order_from(row)


def insert_order(connection: Connection, order: WorkOrder) -> None:
    """Write a new order. Raises IntegrityError when its number or its draft is there already."""
    values = {name: getattr(order, name) for name in COLUMNS}
    connection.execute(work_order.insert(), values | {"nlu": dict(order.nlu)})


def update_order(connection: Connection, before: WorkOrder, after: WorkOrder) -> None:
    """Write what changed, if the stored order is still the one that was read. Raises StaleOrder when it is not."""
    values = {name: value for name in COLUMNS if (value := getattr(after, name)) != getattr(before, name)}
    this = (work_order.c.number == before.number) & (work_order.c.version == before.version)
    if connection.execute(work_order.update().where(this).values(values)).rowcount != 1:
        raise StaleOrder(before.number, before.version)


def append_event(connection: Connection, *events: WorkOrderEvent) -> None:
    """Add lines of history, in this order; they can never be changed again."""
    connection.execute(work_order_event.insert(), [vars(event) for event in events])


def read_history(connection: Connection, number: str) -> tuple[WorkOrderEvent, ...]:
    """The order's history, oldest first."""
    events = work_order_event.c
    rows = connection.execute(EVENTS.where(events.number == number).order_by(events.id))
    return tuple(_event_from(row) for row in rows)


def last_event(connection: Connection, number: str, action: str) -> WorkOrderEvent | None:
    """The order's latest line with this action, or None."""
    events = work_order_event.c
    query = EVENTS.where(events.number == number, events.action == action).order_by(events.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _event_from(row)


def read_co_units(connection: Connection, number: str) -> tuple[str, ...]:
    """协办单位 of the order, by name."""
    query = sa.select(order_unit.c.unit).where(order_unit.c.number == number).order_by(order_unit.c.unit)
    return tuple(connection.execute(query).scalars())


def write_co_units(connection: Connection, number: str, units: Sequence[str], now: datetime) -> None:
    """Replace the 协办单位 of the order."""
    connection.execute(order_unit.delete().where(order_unit.c.number == number))
    if units:
        rows = [{"number": number, "unit": unit, "added_at": now} for unit in units]
        connection.execute(order_unit.insert(), rows)


def order_from(row: Row) -> WorkOrder:
    values: dict[str, Any] = dict(row._mapping)
    values["type"] = OrderType(values["type"])
    values["urgency"] = Urgency(values["urgency"])
    values["privacy"] = Privacy(values["privacy"])
    values["state"] = State(values["state"])
    values["card"] = Card(values["card"])
    values["resolution"] = Resolution(values["resolution"])
    values["handling"] = Handling(values["handling"])
    return WorkOrder(**values)


def _event_from(row: Row) -> WorkOrderEvent:
    values: dict[str, Any] = dict(row._mapping)
    values["kind"] = EventKind(values["kind"])
    values["from_state"] = State(values["from_state"])
    values["to_state"] = State(values["to_state"])
    return WorkOrderEvent(**values)
