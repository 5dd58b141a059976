"""Work orders and their history as database rows, read and written on a connection that the caller holds."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

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
from storage.tables import work_order, work_order_event

COLUMNS = tuple(field.name for field in fields(WorkOrder))
ORDERS = sa.select(*(work_order.c[name] for name in COLUMNS))


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


def append_event(connection: Connection, event: WorkOrderEvent) -> None:
    """Add one line to an order's history; it can never be changed again."""
    connection.execute(work_order_event.insert(), asdict(event))


def read_history(connection: Connection, number: str) -> tuple[WorkOrderEvent, ...]:
    """The order's history, oldest first."""
    events = work_order_event.c
    query = sa.select(*(events[field.name] for field in fields(WorkOrderEvent)))
    rows = connection.execute(query.where(events.number == number).order_by(events.id))
    return tuple(_event_from(row) for row in rows)


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
