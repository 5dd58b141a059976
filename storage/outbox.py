"""Messages to other systems, written in the transaction of the change that they tell (transactional outbox).

`post` writes one, `deliver` (storage/delivery.py) brings them to their receivers; the rest is for staff who look after
messages that did not arrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from storage.delivery import MESSAGES, Delivered, Deliverer, DeliveryFailed, OutboxMessage, deliver, message_from
from storage.engine import insert, transaction
from storage.tables import outbox

__all__ = [
    "Delivered",
    "Deliverer",
    "DeliveryFailed",
    "OutboxMessage",
    "count_messages",
    "deliver",
    "list_messages",
    "post",
    "resend",
]


def post(
    connection: Connection, *, key: str, target: str, subject: str, payload: Mapping[str, Any], now: datetime
) -> None:
    """Leave a message to be delivered once the transaction of `connection` is committed.

    `key` is the idempotency key: posting it again does nothing. `target` names the deliverer, `subject` what it is
    about, such as an order number. `payload` must be JSON.
    """
    message = {"key": key, "target": target, "subject": subject, "payload": dict(payload)}
    row = insert(connection, outbox).values(**message, created_at=now, next_try_at=now)
    connection.execute(row.on_conflict_do_nothing(index_elements=["key"]))


def list_messages(
    engine: Engine, *, states: Sequence[str] = ("waiting", "dead"), target: str = "", limit: int = 50
) -> tuple[OutboxMessage, ...]:
    """At most `limit` messages in these states, the oldest first; of one target unless it is empty."""
    query = MESSAGES.where(outbox.c.state.in_(states)).order_by(outbox.c.id).limit(limit)
    if target:
        query = query.where(outbox.c.target == target)
    with engine.connect() as connection:
        return tuple(message_from(row) for row in connection.execute(query))


def count_messages(engine: Engine) -> dict[str, int]:
    """How many messages are waiting, delivered and dead."""
    query = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
    with engine.connect() as connection:
        counts = dict(connection.execute(query).all())
    return {state: counts.get(state, 0) for state in ("waiting", "delivered", "dead")}


def resend(engine: Engine, *, now: datetime, keys: Sequence[str] | None = None) -> int:
    """Try dead messages again from the first attempt on: those with these keys, or all. Returns how many.

    Later messages of the same subject may have arrived meanwhile: a dead message does not hold them up.
    """
    is_meant = outbox.c.state == "dead"
    if keys is not None:
        is_meant = sa.and_(is_meant, outbox.c.key.in_(keys))
    values = {"state": "waiting", "attempts": 0, "next_try_at": now, "claimed_until": None, "finished_at": None}
    with transaction(engine) as connection:
        return int(connection.execute(outbox.update().where(is_meant).values(values)).rowcount)
