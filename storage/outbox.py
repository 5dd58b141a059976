"""Messages to other systems, written in the transaction of the change that they tell (transactional outbox)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from storage.engine import insert
from storage.tables import outbox


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
