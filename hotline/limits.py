"""Limits and holidays as staff edit them, kept in the database; they win over those that ship with the program.

Read anew in each transaction: an edit counts from the next order on, in every process. Stored orders keep their limit.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hotline.deadlines import DEFAULT, LIMITS, Calendar, Deadline, Limit, due
from hotline.errors import HotlineError
from hotline.model import OrderType, storable
from storage.engine import insert
from storage.tables import deadline_limit, holiday

MOST_DAYS = 250  # working days; about a year
TEXT_LENGTH = 500


class InvalidLimit(HotlineError):
    """A limit that cannot be stored; `field` names what is wrong with it."""

    code = "invalid_limit"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


def due_in(connection: Connection, order_type: OrderType, received_at: datetime) -> Deadline:
    """When an order of this type, received at this moment, must be answered. Raises ValueError for a naive time."""
    return due(order_type, received_at, load_calendar(connection), load_limits(connection))


def load_limits(connection: Connection) -> tuple[Limit, ...]:
    """The limits in use: those of the program, replaced and extended by the stored ones."""
    table = deadline_limit.c
    query = sa.select(table.order_type, table.days, table.basis, table.is_official, table.effective_from)
    limits = {(limit.order_type, limit.effective_from): limit for limit in LIMITS}
    for order_type, days, basis, is_official, effective_from in connection.execute(query):
        limit = Limit(OrderType(order_type), days, basis, is_official, effective_from)
        limits[limit.order_type, limit.effective_from] = limit
    return tuple(limits.values())


def load_calendar(connection: Connection) -> Calendar:
    """Which days are worked: the library's, replaced and extended by the stored ones.

    A year counts as published when both its 1 January and its 1 October are stored: every notice names them.
    """
    days = {
        day: bool(is_worked) for day, is_worked in connection.execute(sa.select(holiday.c.day, holiday.c.is_worked))
    }
    starts = {day.year for day in days if (day.month, day.day) == (1, 1)}
    ends = {day.year for day in days if (day.month, day.day) == (10, 1)}
    return Calendar(days, frozenset(starts & ends))


def set_limit(connection: Connection, limit: Limit, *, updated_by: str, now: datetime) -> None:
    """Store a limit, in place of the one of the same type and first day. Raises InvalidLimit."""
    basis, updated_by = storable(limit.basis), storable(updated_by)
    _check(connection, limit, basis, updated_by)
    values = {"days": limit.days, "basis": basis, "is_official": limit.is_official}
    values |= {"updated_by": updated_by, "updated_at": now}
    row = insert(connection, deadline_limit).values(
        order_type=limit.order_type, effective_from=limit.effective_from, **values
    )
    connection.execute(row.on_conflict_do_update(index_elements=["order_type", "effective_from"], set_=values))


def remove_limit(connection: Connection, limit: Limit) -> bool:
    """Forget the stored limit of this type and first day; was there one? Those of the program cannot be removed."""
    this = (deadline_limit.c.order_type == limit.order_type, deadline_limit.c.effective_from == limit.effective_from)
    return bool(connection.execute(deadline_limit.delete().where(*this)).rowcount)


def _check(connection: Connection, limit: Limit, basis: str, updated_by: str) -> None:
    if not 1 <= limit.days <= MOST_DAYS:
        raise InvalidLimit("days", f"must be from 1 to {MOST_DAYS} working days, not {limit.days}")
    if not updated_by:
        raise InvalidLimit("updated_by", "is empty: say who decided it")
    if not basis:
        raise InvalidLimit("basis", "is empty: say what the limit rests on")
    if len(basis) > TEXT_LENGTH or len(updated_by) > TEXT_LENGTH:
        raise InvalidLimit("basis", f"has more than {TEXT_LENGTH} characters")
    if limit.is_official and basis == DEFAULT:
        raise InvalidLimit("basis", "an official limit needs its document, not the word that it is a default")
    official = _official_days(connection, limit)
    if not limit.is_official and official is not None and limit.days > official:
        raise InvalidLimit("days", f"a limit that is not official may not be longer than the official {official} days")


def _official_days(connection: Connection, limit: Limit) -> int | None:
    """The official limit in force on the first day of this one, in working days; None when there is none."""
    rows = [
        row
        for row in load_limits(connection)
        if row.is_official and row.order_type is limit.order_type and row.effective_from <= limit.effective_from
    ]
    return max(rows, key=lambda row: row.effective_from).days if rows else None
