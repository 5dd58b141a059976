"""What a period's orders come to per unit, town, type or month, counted in the database.

The orders of a period are those registered in it (登记时间, Asia/Shanghai). Definitions: hotline/kpi_measures.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection, Engine

from hotline.deadlines import STATE_COUNCIL, Calendar
from hotline.kpi_measures import MEASURES, RANKED_BY, Counts
from hotline.kpi_period import By, Period
from hotline.kpi_queries import orders_query, returns_query
from hotline.model import OrderType

NOT_GIVEN = {By.UNIT: "（未派单）", By.TOWN: "（未填镇街）"}


@dataclass(frozen=True)
class Line:
    """One group: its name for people, its counts, and those of the same days a year before."""

    key: str
    label: str
    counts: Counts
    year_before: Counts
    values: Mapping[str, float | None] = field(default_factory=dict)  # by Measure.code

    @property
    def growth(self) -> float | None:
        """同比 of the registered orders: 0.45 is +45 %; None without orders a year before."""
        before = self.year_before.registered
        return (self.counts.registered - before) / before if before else None


def measure(
    engine: Engine, period: Period, by: By = By.ALL, *, now: datetime, calendar: Calendar = STATE_COUNCIL
) -> tuple[Line, ...]:
    """One line per group, the largest first (months in order); without any order there is no line."""
    with engine.connect() as connection:
        current = counts_of(connection, period, by, now=now, calendar=calendar)
        before = counts_of(connection, period.a_year_before(), by, now=now, calendar=calendar)
    if by is By.MONTH:
        before = {_month_later(key): counts for key, counts in before.items()}
    lines = [_line(key, by, current.get(key, Counts()), before.get(key, Counts())) for key in current | before]
    if by is By.MONTH:
        return tuple(sorted(lines, key=lambda line: line.key))
    return tuple(sorted(lines, key=lambda line: (-line.counts.registered, line.key)))


def total(lines: tuple[Line, ...]) -> Line:
    """All groups together."""
    counts, before = Counts(), Counts()
    for line in lines:
        counts, before = counts + line.counts, before + line.year_before
    return _line("", By.ALL, counts, before)


def ranking(lines: tuple[Line, ...]) -> dict[str, int]:
    """Place of each group by 满意率（按有效评价）, from 1; groups without a rating have none, equals share a place."""
    rated = [value for line in lines if (value := line.values[RANKED_BY]) is not None]
    return {
        line.key: 1 + sum(other > value for other in rated)
        for line in lines
        if (value := line.values[RANKED_BY]) is not None
    }


def counts_of(
    connection: Connection, period: Period, by: By, *, now: datetime, calendar: Calendar = STATE_COUNCIL
) -> dict[str, Counts]:
    """The counts of each group, by key: unit, town, type code, `2025-03`, or "" for all."""
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(orders_query(period, by, now, calendar)):
        values = dict(row._mapping)
        key = values.pop("key")
        found[key] = {name: value or 0 for name, value in values.items()}
    if by is By.UNIT:  # each dispatch either ended with the unit's own return, or the unit has the order now
        returns = dict(connection.execute(returns_query(period)).all())
        for key in found | returns:
            group = found.setdefault(key, {})
            group["returns"] = returns.get(key, 0)
            group["dispatches"] = group.get("dispatched", 0) + group["returns"]
    return {key: Counts(**values) for key, values in found.items()}


def _line(key: str, by: By, counts: Counts, before: Counts) -> Line:
    values = {each.code: each.value(counts) for each in MEASURES}
    return Line(key, _label(key, by), counts, before, values)


def _label(key: str, by: By) -> str:
    if by is By.ALL:
        return "合计"
    if by is By.TYPE:
        return OrderType(key).label
    return key or NOT_GIVEN[by]


def _month_later(key: str) -> str:
    return f"{int(key[:4]) + 1}{key[4:]}"
