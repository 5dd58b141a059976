from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.engine import Engine

from hotline import store
from hotline.brief_figures import NO_TOWN, UnitLine, count
from hotline.deadlines import SHANGHAI
from hotline.kpi_period import Period
from hotline.model import OrderType
from tests.hotline.briefs import MARCH, NOW, fill
from tests.hotline.factories import make_draft


def test_orders_are_counted_by_period_type_town_day_and_unit(engine: Engine) -> None:
    fill(engine)
    with engine.connect() as connection:
        figures = count(connection, MARCH, NOW)
    assert (figures.received, figures.received_before, figures.received_year_before) == (10, 4, 1)
    assert figures.by_type == {OrderType.COMPLAINT: 6, OrderType.CONSULT: 4}
    assert figures.by_town == {"西联镇": {OrderType.COMPLAINT: 6}, NO_TOWN: {OrderType.CONSULT: 4}}
    days = dict(figures.per_day)
    assert len(days) == 31
    assert (days[date(2025, 3, 5)], days[date(2025, 3, 20)], days[date(2025, 3, 31)]) == (4, 1, 0)
    assert figures.open_now == 15
    # A consultation has two working days, a complaint fifteen: of March only the four consultations are late.
    assert figures.overdue == 4 + 4 + 1
    assert figures.units[0] == UnitLine("区城管执法局", 4, 9, 0)
    assert UnitLine("市生态环境局武江分局", 6, 0, 0) in figures.units


def test_a_period_that_records_do_not_reach_is_unknown_not_zero(engine: Engine) -> None:
    store.submit(engine, make_draft(), now=datetime(2025, 3, 5, 9, 0, tzinfo=SHANGHAI))
    with engine.connect() as connection:
        figures = count(connection, MARCH, NOW)
    assert (figures.received, figures.received_before, figures.received_year_before) == (1, None, None)


def test_days_end_at_midnight_in_shanghai(engine: Engine) -> None:
    for name, at in (
        ("a", datetime(2025, 2, 28, 23, 59, 59, tzinfo=SHANGHAI)),
        ("b", datetime(2025, 3, 1, 0, 0, tzinfo=SHANGHAI)),
        ("c", datetime(2025, 3, 31, 23, 59, 59, tzinfo=SHANGHAI)),
        ("d", datetime(2025, 4, 1, 0, 0, tzinfo=SHANGHAI)),
    ):
        store.submit(engine, replace(make_draft(), draft_id=name), now=at)
    with engine.connect() as connection:
        figures = count(connection, MARCH, NOW)
    assert figures.received == 2
    assert {on for on, orders in figures.per_day if orders} == {date(2025, 3, 1), date(2025, 3, 31)}


def test_without_orders_everything_is_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        figures = count(connection, Period(date(2025, 3, 1), date(2025, 3, 1)), NOW)
    assert (figures.received, figures.open_now, figures.overdue, figures.yellow) == (0, 0, 0, 0)
    assert (figures.by_type, figures.by_town, figures.units) == ({}, {}, ())
