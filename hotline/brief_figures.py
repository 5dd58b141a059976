"""The figures of a brief, counted in the database; no order is read into memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hotline.deadlines import SHANGHAI
from hotline.kpi_period import Period
from hotline.model import Card, EventKind, OrderType, Urgency
from hotline.sql import local_day
from hotline.states import OPEN_STATES, State
from hotline.topics import period_before
from storage.tables import work_order, work_order_event

NO_TOWN = "（未填镇街）"
NO_UNIT = "（未定单位）"
SOON_DAYS = 3  # natural days; a default of this system
MOST_UNITS = 20
NEVER_FILED = (State.DRAFT.value, State.CANCELLED.value)
OPEN = tuple(state.value for state in OPEN_STATES)

ORDER = work_order.c
UNIT = sa.case((ORDER.lead_unit != "", ORDER.lead_unit), else_=ORDER.proposed_unit)


@dataclass(frozen=True)
class UnitLine:
    """One unit: orders received in the period, and of all its open ones those late and nearly late."""

    unit: str
    received: int
    overdue: int
    due_soon: int


@dataclass(frozen=True)
class Figures:
    """Counts of orders. Those before and a year before are None when our records do not reach back so far."""

    received: int
    received_before: int | None
    received_year_before: int | None
    closed: int  # in the period, whenever received
    urgent: int
    threats: int
    fictional: int
    urges: int  # 催办 in the period, counted in urges
    open_now: int  # the four below: of all orders, today
    overdue: int
    due_soon: int
    yellow: int
    red: int
    by_type: Mapping[OrderType, int]
    by_town: Mapping[str, Mapping[OrderType, int]]  # most orders first
    per_day: tuple[tuple[date, int], ...]  # every day of the period
    units: tuple[UnitLine, ...]


def count(connection: Connection, period: Period, now: datetime) -> Figures:
    """The figures of orders received in the period, and of what is open at `now`."""
    today = now.astimezone(SHANGHAI).date()
    table = _types_by_town(connection, period)
    by_type: dict[OrderType, int] = {}
    for row in table.values():
        for kind, orders in row.items():
            by_type[kind] = by_type.get(kind, 0) + orders
    return Figures(
        received=sum(by_type.values()),
        received_before=_received(connection, period_before(period)),
        received_year_before=_received(connection, period.a_year_before()),
        urges=_urges(connection, period),
        closed=_closed(connection, period),
        **_marked(connection, period),
        **_backlog(connection, today),
        by_type=dict(sorted(by_type.items(), key=lambda item: -item[1])),
        by_town=table,
        per_day=_per_day(connection, period),
        units=_units(connection, period, today),
    )


def _in(period: Period) -> tuple[Any, ...]:
    return (
        ORDER.received_at >= period.starts_at,
        ORDER.received_at < period.ends_before,
        ORDER.state.not_in(NEVER_FILED),
    )


def _types_by_town(connection: Connection, period: Period) -> dict[str, dict[OrderType, int]]:
    query = sa.select(ORDER.town, ORDER.type, sa.func.count()).where(*_in(period)).group_by(ORDER.town, ORDER.type)
    table: dict[str, dict[OrderType, int]] = {}
    for town, kind, orders in connection.execute(query):
        table.setdefault(town or NO_TOWN, {})[OrderType(kind)] = orders
    return dict(sorted(table.items(), key=lambda item: (-sum(item[1].values()), item[0])))


def _received(connection: Connection, period: Period) -> int | None:
    """Orders of another period; None unless there are orders from before its first day's end."""
    earliest = connection.execute(sa.select(sa.func.min(ORDER.received_at))).scalar_one()
    if earliest is None or earliest >= period.starts_at + timedelta(days=1):
        return None
    query = sa.select(sa.func.count()).select_from(work_order).where(*_in(period))
    return int(connection.execute(query).scalar_one()) or None


def _closed(connection: Connection, period: Period) -> int:
    is_then = (ORDER.closed_at >= period.starts_at, ORDER.closed_at < period.ends_before)
    return int(connection.execute(sa.select(sa.func.count()).select_from(work_order).where(*is_then)).scalar_one())


def _urges(connection: Connection, period: Period) -> int:
    event = work_order_event.c
    query = sa.select(sa.func.count()).where(
        event.kind == EventKind.URGE.value, event.at >= period.starts_at, event.at < period.ends_before
    )
    return int(connection.execute(query).scalar_one())


def _marked(connection: Connection, period: Period) -> dict[str, int]:
    columns = (
        _sum("urgent", ORDER.urgency == Urgency.URGENT.value),
        _sum("threats", ORDER.is_threat),
        _sum("fictional", ORDER.is_fictional),
    )
    row = connection.execute(sa.select(*columns).where(*_in(period))).one()
    return {name: value or 0 for name, value in row._mapping.items()}


def _backlog(connection: Connection, today: date) -> dict[str, int]:
    columns = (
        sa.func.count().label("open_now"),
        _sum("overdue", ORDER.due_on < today),
        _sum("due_soon", *_is_due_soon(today)),
        _sum("yellow", ORDER.card == Card.YELLOW.value),
        _sum("red", ORDER.card == Card.RED.value),
    )
    row = connection.execute(sa.select(*columns).where(ORDER.state.in_(OPEN))).one()
    return {name: value or 0 for name, value in row._mapping.items()}


def _per_day(connection: Connection, period: Period) -> tuple[tuple[date, int], ...]:
    day = local_day(ORDER.received_at)
    found = dict(connection.execute(sa.select(day, sa.func.count()).where(*_in(period)).group_by(day)).all())
    days = (period.last - period.first).days + 1
    return tuple((on, found.get(on, 0)) for on in (period.first + timedelta(days=at) for at in range(days)))


def _units(connection: Connection, period: Period, today: date) -> tuple[UnitLine, ...]:
    is_then, is_open = sa.and_(*_in(period)), ORDER.state.in_(OPEN)
    overdue = _sum("overdue", is_open, ORDER.due_on < today)
    received = _sum("received", is_then)
    query = (
        sa.select(UNIT.label("unit"), received, overdue, _sum("due_soon", is_open, *_is_due_soon(today)))
        .where(sa.or_(is_then, sa.and_(is_open, ORDER.due_on <= today + timedelta(days=SOON_DAYS))))
        .group_by(UNIT)
        .order_by(sa.desc("overdue"), sa.desc("received"), "unit")
        .limit(MOST_UNITS)
    )
    rows = connection.execute(query)
    return tuple(UnitLine(row.unit or NO_UNIT, row.received, row.overdue, row.due_soon) for row in rows)


def _is_due_soon(today: date) -> tuple[Any, Any]:
    return ORDER.due_on >= today, ORDER.due_on <= today + timedelta(days=SOON_DAYS)


def _sum(name: str, *conditions: Any) -> Any:
    return sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)).label(name)
