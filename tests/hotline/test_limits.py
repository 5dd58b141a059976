from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline.deadlines import DEFAULT, LIMITS, STATE_COUNCIL, Limit
from hotline.holidays import Holiday, set_holidays
from hotline.limits import (
    InvalidLimit,
    due_in,
    load_calendar,
    load_limits,
    remove_limit,
    set_limit,
)
from hotline.model import OrderType
from storage.engine import transaction
from storage.tables import deadline_limit
from tests.hotline.factories import TUESDAY_MORNING
from tests.hotline.test_deadlines import FIRST_UNKNOWN_YEAR, at

NOW = TUESDAY_MORNING
FASTER = Limit(OrderType.COMPLAINT, 5, "示例：本区服务承诺", False, date(2025, 1, 1))


def store(engine: Engine, limit: Limit, updated_by: str = "李示例") -> None:
    with transaction(engine) as connection:
        set_limit(connection, limit, updated_by=updated_by, now=NOW)


def test_an_empty_table_gives_the_limits_of_the_program(engine: Engine) -> None:
    with engine.connect() as connection:
        assert load_limits(connection) == LIMITS
        assert due_in(connection, OrderType.CONSULT, NOW).on == date(2025, 3, 6)


def test_a_stored_limit_counts_from_its_first_day_and_only_for_its_type(engine: Engine) -> None:
    store(engine, FASTER)
    with engine.connect() as connection:
        deadline = due_in(connection, OrderType.COMPLAINT, NOW)
        before = due_in(connection, OrderType.COMPLAINT, at("2024-12-31"))
        other = due_in(connection, OrderType.REPORT, NOW)
    assert (deadline.days, deadline.on, deadline.basis, deadline.is_official) == (
        5,
        date(2025, 3, 11),
        "示例：本区服务承诺",
        False,
    )
    assert (before.days, other.days) == (15, 15)


def test_an_edit_counts_at_once(engine: Engine) -> None:
    store(engine, FASTER)
    with engine.connect() as connection:
        assert due_in(connection, OrderType.COMPLAINT, NOW).days == 5
    store(engine, replace(FASTER, days=7))
    with engine.connect() as connection:
        assert due_in(connection, OrderType.COMPLAINT, NOW).days == 7
        row = connection.execute(sa.select(deadline_limit)).one()
    assert (row.updated_by, row.updated_at) == ("李示例", NOW)


def test_a_stored_limit_replaces_the_one_of_the_program_with_the_same_first_day(engine: Engine) -> None:
    default = next(limit for limit in LIMITS if limit.order_type is OrderType.PRAISE)
    store(engine, replace(default, days=3, basis="示例：内部约定"))
    with engine.connect() as connection:
        assert due_in(connection, OrderType.PRAISE, NOW).days == 3
        assert len(load_limits(connection)) == len(LIMITS)


def test_a_removed_limit_no_longer_counts(engine: Engine) -> None:
    store(engine, FASTER)
    with transaction(engine) as connection:
        assert remove_limit(connection, FASTER)
        assert not remove_limit(connection, FASTER)
        assert due_in(connection, OrderType.COMPLAINT, NOW).days == 15


@pytest.mark.parametrize(
    ("changes", "updated_by", "field"),
    [
        ({"days": 0}, "李示例", "days"),
        ({"days": 251}, "李示例", "days"),
        ({"basis": " \x00 "}, "李示例", "basis"),
        ({"basis": "长" * 501}, "李示例", "basis"),
        ({"basis": DEFAULT, "is_official": True}, "李示例", "basis"),
        ({}, " ", "updated_by"),
        ({"days": 16}, "李示例", "days"),  # longer than the official 15
    ],
)
def test_a_limit_that_cannot_be_stood_by_is_refused(
    engine: Engine, changes: dict[str, object], updated_by: str, field: str
) -> None:
    with pytest.raises(InvalidLimit) as refusal:
        store(engine, replace(FASTER, **changes), updated_by)  # type: ignore[arg-type]
    assert refusal.value.field == field
    with engine.connect() as connection:
        assert load_limits(connection) == LIMITS


def test_a_new_official_limit_may_be_longer(engine: Engine) -> None:
    store(engine, Limit(OrderType.COMPLAINT, 20, "示例：省里的新办法", True, date(2030, 1, 1)))
    with engine.connect() as connection:
        assert max(limit.days for limit in load_limits(connection)) == 20


def test_without_stored_days_the_calendar_is_the_library_s(engine: Engine) -> None:
    with engine.connect() as connection:
        assert load_calendar(connection) == STATE_COUNCIL


def test_a_stored_day_corrects_a_known_year(engine: Engine) -> None:
    with transaction(engine) as connection:
        set_holidays(connection, [Holiday(date(2025, 3, 5), False, "示例", "示例通知")])
        assert due_in(connection, OrderType.CONSULT, NOW).on == date(2025, 3, 7)


def test_an_unknown_year_is_provisional_until_its_notice_is_entered(engine: Engine) -> None:
    received = at(f"{FIRST_UNKNOWN_YEAR}-06-12")
    new_year, national_day = date(FIRST_UNKNOWN_YEAR, 1, 1), date(FIRST_UNKNOWN_YEAR, 10, 1)
    days = [Holiday(day, False, "示例", "示例通知") for day in (new_year, national_day)]
    with transaction(engine) as connection:
        assert due_in(connection, OrderType.COMPLAINT, received).is_provisional
        set_holidays(connection, days[:1])
        assert due_in(connection, OrderType.COMPLAINT, received).is_provisional  # only half of a notice
        set_holidays(connection, days)
        assert not due_in(connection, OrderType.COMPLAINT, received).is_provisional


def test_a_make_up_workday_of_an_entered_year_is_counted(engine: Engine) -> None:
    first = date(FIRST_UNKNOWN_YEAR, 6, 1)
    saturday = first + timedelta(days=(5 - first.weekday()) % 7)
    friday = saturday - timedelta(days=1)
    with transaction(engine) as connection:
        set_holidays(connection, [Holiday(saturday, True, "示例", "示例通知")])
        deadline = due_in(connection, OrderType.CONSULT, at(friday.isoformat()))
    assert deadline.on == saturday + timedelta(days=2)
