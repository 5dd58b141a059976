from __future__ import annotations

from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline.sql import days_between, hours_between, local_day, local_month
from storage.tables import order_lookup
from storage.types import UtcDateTime


def moment(value: datetime) -> sa.sql.ColumnElement:
    return sa.literal(value, UtcDateTime)


def ask(engine: Engine, expression: sa.sql.ColumnElement) -> object:
    with engine.connect() as connection:
        return connection.execute(sa.select(expression)).scalar_one()


def test_day_and_month_are_those_of_shanghai(engine: Engine) -> None:
    evening = datetime(2024, 12, 31, 16, 0, tzinfo=UTC)  # midnight of the new year in Shanghai
    assert ask(engine, local_day(moment(evening))) == date(2025, 1, 1)
    assert ask(engine, local_month(moment(evening))) == "2025-01"
    just_before = datetime(2024, 12, 31, 15, 59, 59, tzinfo=UTC)
    assert ask(engine, local_month(moment(just_before))) == "2024-12"


def test_spans_are_counted_from_the_first_to_the_second(engine: Engine) -> None:
    first, second = datetime(2025, 3, 4, 1, 0, tzinfo=UTC), datetime(2025, 3, 5, 13, 30, tzinfo=UTC)
    assert ask(engine, days_between(local_day(moment(first)), local_day(moment(second)))) == 1
    hours = ask(engine, hours_between(moment(first), moment(second)))
    assert isinstance(hours, float)
    assert abs(hours - 36.5) < 0.001


def test_stored_columns_work_as_well_as_literals(engine: Engine) -> None:
    at = datetime(2025, 3, 31, 20, 0, 0, 250_000, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(order_lookup.insert(), {"number": "WJ1", "failures": 1, "since": at})
    assert ask(engine, sa.select(local_day(order_lookup.c.since)).scalar_subquery()) == date(2025, 4, 1)
