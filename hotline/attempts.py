"""Count wrong query codes, so that a six-digit code cannot be tried out.

The count is per number and in the database: it holds across processes. Numbers that do not exist are counted the
same way, or the refusal itself would tell which numbers are real.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.engine import insert
from storage.tables import order_lookup

WRONG_CODES_ALLOWED = 5  # per number and window; then even the right code is refused
WINDOW = timedelta(hours=1)


def failures_so_far(connection: Connection, number: str, now: datetime) -> tuple[int, datetime]:
    """How many wrong codes this window has seen, and since when.

    The counter stays locked until the transaction ends: guesses made at the same time wait in line.
    """
    start = insert(connection, order_lookup).values(number=number, failures=0, since=now)
    touch = {"failures": order_lookup.c.failures}  # changes nothing, but takes the lock
    connection.execute(start.on_conflict_do_update(index_elements=["number"], set_=touch))
    query = sa.select(order_lookup.c.failures, order_lookup.c.since).where(order_lookup.c.number == number)
    failures, since = connection.execute(query).one()
    return (0, now) if failures == 0 or since + WINDOW <= now else (failures, since)


def count_failure(connection: Connection, number: str, failures: int, since: datetime, now: datetime) -> None:
    """Store one failure more than `failures`, and forget counters whose window is over."""
    this = order_lookup.c.number == number
    connection.execute(order_lookup.update().where(this).values(failures=failures + 1, since=since))
    old = sa.select(order_lookup.c.number).where(order_lookup.c.since <= now - WINDOW)
    old = old.with_for_update(skip_locked=True)  # never wait for a counter that another look-up holds
    connection.execute(order_lookup.delete().where(order_lookup.c.number.in_(old)))


def forget(connection: Connection, number: str) -> None:
    """Drop the counter of a number that has seen no wrong code."""
    connection.execute(order_lookup.delete().where(order_lookup.c.number == number, order_lookup.c.failures == 0))
