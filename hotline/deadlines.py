"""When a work order is due: limits per type, counted in working days with 调休 (make-up workdays).

Counting: the day of receipt is day 0, the limit ends with its last working day. What arrives after hours or on a
day off counts as received on the next working day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache

import chinese_calendar

from hotline.model import OrderType

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991
OFFICE_CLOSES = time(17, 30)  # a default of this system, not a rule; to be confirmed by the bureau

# Days off that fall on the same date each year (《全国年节及纪念日放假办法》, 2024 revision). Spring Festival, 清明,
# 端午 and 中秋 move; without the yearly notice of the State Council they are not known.
FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})

PROVINCE = "《广东省12345政务服务便民热线管理办法》（2022年9月1日起施行）"
DEFAULT = "本系统默认时限，非官方规定"


@dataclass(frozen=True)
class Limit:
    """How long one type of order may take, from a date on."""

    order_type: OrderType
    days: int  # working days, reply included
    basis: str
    is_official: bool
    effective_from: date


SINCE_2022 = date(2022, 9, 1)
ALWAYS = date.min
LIMITS: tuple[Limit, ...] = (
    Limit(OrderType.CONSULT, 2, PROVINCE, True, SINCE_2022),
    Limit(OrderType.HELP, 10, PROVINCE, True, SINCE_2022),
    Limit(OrderType.SUGGESTION, 10, PROVINCE, True, SINCE_2022),
    Limit(OrderType.COMPLAINT, 15, PROVINCE, True, SINCE_2022),
    Limit(OrderType.REPORT, 15, PROVINCE, True, SINCE_2022),
    Limit(OrderType.CONSULT, 2, DEFAULT, False, ALWAYS),
    Limit(OrderType.HELP, 10, DEFAULT, False, ALWAYS),
    Limit(OrderType.SUGGESTION, 10, DEFAULT, False, ALWAYS),
    Limit(OrderType.COMPLAINT, 15, DEFAULT, False, ALWAYS),
    Limit(OrderType.REPORT, 15, DEFAULT, False, ALWAYS),
    Limit(OrderType.PRAISE, 10, DEFAULT, False, ALWAYS),
    Limit(OrderType.OTHER, 15, DEFAULT, False, ALWAYS),
)


@dataclass(frozen=True)
class Deadline:
    """The last day of a limit (Asia/Shanghai), and how sure it is."""

    on: date
    days: int  # working days
    basis: str
    is_official: bool
    is_provisional: bool  # a year on the way has no published holidays yet


@dataclass(frozen=True)
class Calendar:
    """Which days are worked. `overrides` (day → is worked) win over the library, for a year it does not know.

    `years`: every day off and make-up workday of these years stands in `overrides`, so the other days are sure too.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict)
    years: frozenset[int] = frozenset()

    def is_known(self, day: date) -> bool:
        """Are the holidays of this day published?"""
        if day in self.overrides or day.year in self.years:
            return True
        return _is_workday(day) is not None

    def is_working_day(self, day: date) -> bool:
        """Is it a working day? In an unknown year: no weekend, no fixed holiday."""
        if day in self.overrides:
            return self.overrides[day]
        if day.year in self.years:
            return day.weekday() < 5
        is_workday = _is_workday(day)
        if is_workday is None:
            return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS
        return is_workday


STATE_COUNCIL = Calendar()


def due(
    order_type: OrderType,
    received_at: datetime,
    calendar: Calendar = STATE_COUNCIL,
    limits: tuple[Limit, ...] = LIMITS,
    closes: time = OFFICE_CLOSES,
) -> Deadline:
    """When an order of this type, received at this moment (any zone, never naive), must be answered.

    Raises ValueError for a naive time and LookupError when `limits` has no row for the type.
    """
    if received_at.tzinfo is None:
        raise ValueError(f"received_at needs a time zone: {received_at.isoformat()}")
    limit = _limit(order_type, received_at.astimezone(SHANGHAI).date(), limits)
    day, is_provisional = last_day(received_at, limit.days, calendar, closes)
    return Deadline(day, limit.days, limit.basis, limit.is_official, is_provisional)


def last_day(
    received_at: datetime, days: int, calendar: Calendar = STATE_COUNCIL, closes: time = OFFICE_CLOSES
) -> tuple[date, bool]:
    """The last of so many working days after receipt, and whether it is only provisional."""
    day, is_provisional = _counted_from(received_at.astimezone(SHANGHAI), calendar, closes)
    for _ in range(days):
        day, skipped_unknown = _next_working_day(day, calendar)
        is_provisional |= skipped_unknown
    return day, is_provisional


def latest_day_with_left(today: date, days: int, calendar: Calendar) -> date:
    """The latest day before which at most so many working days are left, today not counted: 0 on a Friday → Sunday."""
    day = today
    for _ in range(days + 1):
        day, _provisional = _next_working_day(day, calendar)
    return day - timedelta(days=1)


def latest_day_overdue(today: date, days: int, calendar: Calendar) -> date:
    """The latest day after which at least so many working days have begun, today among them: 1 on a Monday → Sunday."""
    day = today + timedelta(days=1)
    for _ in range(days):
        day = _previous_working_day(day, calendar)
    return day - timedelta(days=1)


def working_days_before(moment: datetime, days: int, calendar: Calendar = STATE_COUNCIL) -> datetime:
    """The same time of day so many working days earlier, in Asia/Shanghai.

    On a day off nothing runs: it counts as the end of the working day before.
    """
    local = moment.astimezone(SHANGHAI)
    day, clock = local.date(), local - datetime.combine(local.date(), time(), SHANGHAI)
    if not calendar.is_working_day(day):
        day, clock = _previous_working_day(day, calendar), timedelta(days=1)
    for _ in range(days):
        day = _previous_working_day(day, calendar)
    return datetime.combine(day, time(), SHANGHAI) + clock


def known_until(today: date, calendar: Calendar) -> date:
    """The end of the last year whose holidays are published, without a gap from today's year on.

    The end of last year when those of this year are not.
    """
    year = today.year
    while calendar.is_known(date(year, 7, 15)):  # far from every holiday, so nobody enters it on its own
        year += 1
    return date(year - 1, 12, 31)


@lru_cache(maxsize=4096)  # the library looks through all its years on each call
def _is_workday(day: date) -> bool | None:
    """What the holiday library says; None in a year that it does not know."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None


def _limit(order_type: OrderType, day: date, limits: tuple[Limit, ...]) -> Limit:
    rows = [row for row in limits if row.order_type is order_type and row.effective_from <= day]
    if not rows:
        raise LookupError(f"no limit for orders of type {order_type.value} on {day}")
    return max(rows, key=lambda row: row.effective_from)


def _counted_from(local: datetime, calendar: Calendar, closes: time) -> tuple[date, bool]:
    """Day 0, and whether it was found without published holidays."""
    day = local.date()
    if calendar.is_working_day(day) and local.time() <= closes:
        return day, not calendar.is_known(day)
    day, is_provisional = _next_working_day(day, calendar)
    return day, is_provisional or not calendar.is_known(local.date())


def _next_working_day(day: date, calendar: Calendar) -> tuple[date, bool]:
    """The next working day, and whether any day on the way has no published holidays."""
    is_provisional = False
    while True:
        day += timedelta(days=1)
        is_provisional |= not calendar.is_known(day)
        if calendar.is_working_day(day):
            return day, is_provisional


def _previous_working_day(day: date, calendar: Calendar) -> date:
    day -= timedelta(days=1)
    while not calendar.is_working_day(day):
        day -= timedelta(days=1)
    return day
