from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from hotline.deadlines import FIXED_HOLIDAYS, LIMITS, SHANGHAI, Calendar, due
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
