from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.deadlines import (
    FIXED_HOLIDAYS,
    LIMITS,
    SHANGHAI,
    STATE_COUNCIL,
    Calendar,
    due,
    known_until,
    latest_day_overdue,
    latest_day_with_left,
    working_days_before,
)
from hotline.model import OrderType

FIRST_UNKNOWN_YEAR = max(chinese_calendar.holidays).year + 1


def at(day: str, clock: str = "10:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("order_type", "days", "is_official"),
    [
        (OrderType.CONSULT, 2, True),
        (OrderType.HELP, 10, True),
        (OrderType.SUGGESTION, 10, True),
        (OrderType.COMPLAINT, 15, True),
        (OrderType.REPORT, 15, True),
        (OrderType.PRAISE, 10, False),
        (OrderType.OTHER, 15, False),
    ],
)
def test_limits_are_those_of_the_province_and_only_those_are_official(
    order_type: OrderType, days: int, is_official: bool
) -> None:
    deadline = due(order_type, at("2025-03-04"))
    assert (deadline.days, deadline.is_official) == (days, is_official)
    assert ("广东省12345" in deadline.basis) is is_official


def test_the_day_of_receipt_is_not_counted() -> None:
    assert due(OrderType.CONSULT, at("2025-03-04")).on == date(2025, 3, 6)


def test_a_weekend_is_not_counted() -> None:
    assert due(OrderType.CONSULT, at("2025-03-06")).on == date(2025, 3, 10)


def test_fifteen_working_days_across_three_weekends() -> None:
    assert due(OrderType.COMPLAINT, at("2025-03-04")).on == date(2025, 3, 25)


def test_a_make_up_saturday_is_counted() -> None:
    # Saturday 2025-02-08 is worked in exchange for the Spring Festival.
    assert due(OrderType.CONSULT, at("2025-02-06")).on == date(2025, 2, 8)


def test_an_order_received_on_a_make_up_saturday_counts_from_it() -> None:
    assert due(OrderType.CONSULT, at("2025-02-08")).on == date(2025, 2, 11)


def test_a_public_holiday_is_not_counted() -> None:
    # 2025-10-01 to 10-08 is off, Saturday 10-11 is worked.
    assert due(OrderType.CONSULT, at("2025-09-30")).on == date(2025, 10, 10)


def test_after_hours_counts_from_the_next_working_day() -> None:
    assert due(OrderType.CONSULT, at("2025-03-04", "17:30")).on == date(2025, 3, 6)
    assert due(OrderType.CONSULT, at("2025-03-04", "17:31")).on == date(2025, 3, 7)
    assert due(OrderType.CONSULT, at("2025-03-07", "20:00")).on == date(2025, 3, 12)


def test_a_day_off_counts_from_the_next_working_day() -> None:
    assert due(OrderType.CONSULT, at("2025-03-08")).on == date(2025, 3, 12)


def test_the_hour_is_judged_in_shanghai() -> None:
    evening_in_shanghai = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
    assert due(OrderType.CONSULT, evening_in_shanghai).on == date(2025, 3, 7)


def test_a_known_year_is_not_provisional() -> None:
    assert not due(OrderType.COMPLAINT, at("2025-12-01")).is_provisional


def test_year_end_into_an_unknown_year_skips_weekends_and_fixed_holidays_and_is_provisional() -> None:
    received = at(f"{FIRST_UNKNOWN_YEAR - 1}-12-31")
    deadline = due(OrderType.COMPLAINT, received)
    days = (date(FIRST_UNKNOWN_YEAR, 1, 1) + timedelta(days=n) for n in range(60))
    worked = [day for day in days if day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS]
    assert deadline.is_provisional
    assert deadline.on == worked[14]


def test_an_order_received_in_an_unknown_year_is_provisional() -> None:
    assert due(OrderType.CONSULT, at(f"{FIRST_UNKNOWN_YEAR}-06-15")).is_provisional


def test_days_entered_by_hand_settle_an_unknown_year() -> None:
    first = date(FIRST_UNKNOWN_YEAR, 3, 1)
    calendar = Calendar({first + timedelta(days=n): n in (0, 2, 5) for n in range(10)})
    deadline = due(OrderType.CONSULT, at(first.isoformat()), calendar)
    assert (deadline.on, deadline.is_provisional) == (first + timedelta(days=5), False)


def test_before_the_provincial_rule_the_same_limit_is_only_a_default() -> None:
    deadline = due(OrderType.COMPLAINT, at("2022-08-31"))
    assert (deadline.days, deadline.is_official) == (15, False)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due(OrderType.CONSULT, datetime(2025, 3, 4, 9, 0))


def test_every_type_has_a_limit_at_any_time() -> None:
    assert {row.order_type for row in LIMITS if row.effective_from == date.min} == set(OrderType)


CORRECTED = Calendar({date(2025, 3, 5): False, date(2025, 3, 8): True})


def test_stored_days_win_over_the_library() -> None:
    assert due(OrderType.CONSULT, at("2025-03-04"), CORRECTED).on == date(2025, 3, 7)
    assert due(OrderType.CONSULT, at("2025-03-06"), CORRECTED).on == date(2025, 3, 8)


def test_a_year_entered_whole_is_known_and_has_no_other_holidays() -> None:
    year = FIRST_UNKNOWN_YEAR
    calendar = Calendar({date(year, 1, 1): False}, frozenset({year}))
    may_day = date(year, 5, 1)
    assert calendar.is_known(may_day)
    assert calendar.is_working_day(may_day) is (may_day.weekday() < 5)
    assert not calendar.is_known(date(year + 1, 1, 1))


@pytest.mark.parametrize(
    ("today", "days", "expected"),
    [
        ("2025-03-07", 0, "2025-03-09"),  # Friday: nothing is left up to Sunday
        ("2025-03-07", 1, "2025-03-10"),
        ("2025-03-04", 2, "2025-03-06"),
        ("2025-02-06", 2, "2025-02-09"),  # Friday and the make-up Saturday
        ("2025-09-30", 0, "2025-10-08"),
    ],
)
def test_latest_day_with_so_many_working_days_left(today: str, days: int, expected: str) -> None:
    assert latest_day_with_left(date.fromisoformat(today), days, STATE_COUNCIL).isoformat() == expected


@pytest.mark.parametrize(
    ("today", "days", "expected"),
    [
        ("2025-03-10", 1, "2025-03-09"),  # Monday has begun: what was due on Sunday or before is one day over
        ("2025-03-10", 3, "2025-03-05"),
        ("2025-03-09", 1, "2025-03-06"),  # on Sunday the last day that began is Friday
        ("2025-02-10", 2, "2025-02-07"),  # Monday and the make-up Saturday
    ],
)
def test_latest_day_that_is_so_many_working_days_overdue(today: str, days: int, expected: str) -> None:
    assert latest_day_overdue(date.fromisoformat(today), days, STATE_COUNCIL).isoformat() == expected


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        (at("2025-03-05"), 1, at("2025-03-04")),
        (at("2025-03-10"), 1, at("2025-03-07")),
        (
            at("2025-03-08"),
            1,
            at("2025-03-07", "00:00"),
        ),  # Saturday: Friday is over, so Thursday's last second is 1 ago
        (at("2025-02-10"), 1, at("2025-02-08")),  # a make-up Saturday
        (at("2025-10-09"), 2, at("2025-09-29")),
        (datetime(2025, 3, 4, 17, 0, tzinfo=UTC), 1, at("2025-03-04", "01:00")),  # Wednesday one o'clock in Shanghai
    ],
)
def test_so_many_working_days_before_a_moment(moment: datetime, days: int, expected: datetime) -> None:
    assert working_days_before(moment, days) == expected


@given(
    day=st.dates(date(2024, 1, 1), date(2025, 12, 1)),
    days=st.integers(0, 20),
)
def test_days_left_and_days_over_agree_with_counting_one_by_one(day: date, days: int) -> None:
    def begun(after: date, until: date) -> int:
        span = (until - after).days
        return sum(STATE_COUNCIL.is_working_day(after + timedelta(days=n)) for n in range(1, span + 1))

    left = latest_day_with_left(day, days, STATE_COUNCIL)
    assert begun(day, left) == days and begun(day, left + timedelta(days=1)) == days + 1
    over = latest_day_overdue(day, days, STATE_COUNCIL)
    assert begun(over, day) == days
    assert days == 0 or begun(over + timedelta(days=1), day) == days - 1


def test_holidays_are_known_up_to_the_end_of_the_last_published_year() -> None:
    last = FIRST_UNKNOWN_YEAR - 1
    assert known_until(date(last - 1, 6, 1), STATE_COUNCIL) == date(last, 12, 31)
    assert known_until(date(last + 1, 6, 1), STATE_COUNCIL) == date(last, 12, 31)
    assert known_until(date(last, 6, 1), Calendar({}, frozenset({last + 1}))) == date(last + 1, 12, 31)
