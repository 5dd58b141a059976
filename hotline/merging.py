"""Duplicates: which orders were merged into another one, so that their citizens are told as well."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from hotline.model import EventKind, WorkOrder, WorkOrderEvent
from hotline.moves import Move
from hotline.numbers import NUMBER
from hotline.rows import EVENTS, ORDERS, append_event, order_from
from hotline.step import Change, Step
from storage.tables import work_order, work_order_event

NOTE = "重复工单{number}并入本单"


def note_on_main(connection: Connection, change: Change, step: Step) -> None:
    """Leave a line in the history of the order that goes on, naming the duplicate. It finds the way back."""
    main = step.known.main
    assert main is not None  # refused otherwise
    event = WorkOrderEvent(
        main.number,
        EventKind.NOTE,
        step.now,
        step.actor.name,
        main.state,
        main.state,
        NOTE.format(number=change.before.number),
        step.actor.role.value,
        step.move.value,
    )
    append_event(connection, event)


def merged_orders(connection: Connection, number: str) -> tuple[WorkOrder, ...]:
    """The duplicates that were merged into this order, also by way of another duplicate; by number.

    They are read from the notes in the history, which has an index, and not from `merged_into`, which has none.
    """
    found: dict[str, WorkOrder] = {}
    wanted = [number]
    while wanted:
        named = _named_in_notes(connection, wanted)
        column = work_order.c
        query = ORDERS.where(column.number.in_(named), column.merged_into.in_(wanted))
        orders = map(order_from, connection.execute(query)) if named else ()
        new = {order.number: order for order in orders if order.number not in found}
        found |= new
        wanted = list(new)
    return tuple(found[key] for key in sorted(found))


def _named_in_notes(connection: Connection, numbers: list[str]) -> list[str]:
    events = work_order_event.c
    query = EVENTS.where(
        events.number.in_(numbers), events.action == Move.MERGE.value, events.kind == EventKind.NOTE.value
    )
    return [name for row in connection.execute(query) for name in NUMBER.findall(row.reason)]
