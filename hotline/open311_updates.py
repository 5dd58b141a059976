"""A word from the system that filed an order, about that order: it becomes a line of the history, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Engine

from hotline.errors import OrderNotFound
from hotline.model import EventKind, WorkOrderEvent, storable
from hotline.numbers import normal_number
from hotline.publication import Reader
from hotline.rows import append_event, read_history, read_order
from storage.engine import transaction


def add_update(engine: Engine, number: str, sender: Reader, update_id: str, text: str, *, now: datetime) -> bool:
    """Note what the sender says of an order that it filed; False when this update is noted already.

    Raises OrderNotFound for an order that is not the sender's, the same as for one that does not exist.
    """
    mark = f"（更新编号 {storable(update_id)}）"
    actor = f"{sender.source}:{sender.client}".lower()
    with transaction(engine) as connection:
        order = read_order(connection, normal_number(number), for_update=True)
        if order is None or not sender.owns(order):
            raise OrderNotFound("the sender filed no order with this number")
        for earlier in read_history(connection, order.number):
            if earlier.kind is EventKind.NOTE and earlier.actor == actor and earlier.reason.endswith(mark):
                return False
        reason = f"对方补充：{storable(text)}{mark}"
        append_event(
            connection, WorkOrderEvent(order.number, EventKind.NOTE, now, actor, order.state, order.state, reason)
        )
    return True
