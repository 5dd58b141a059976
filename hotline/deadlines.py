"""When a work order is due: limits per type, counted in working days with 调休 (make-up workdays).

Counting: the day of receipt is day 0, the limit ends with its last working day. What arrives after hours or on a
day off counts as received on the next working day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

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
    """Which days are worked. `overrides` (day → is worked) win over the library, for a year it does not know."""

    overrides: Mapping[date, bool] = field(default_factory=dict)

    def is_known(self, day: date) -> bool:
        """Are the holidays of this day published?"""
        if day in self.overrides:
            return True
        try:
            chinese_calendar.is_workday(day)
        except NotImplementedError:
            return False
        return True

    def is_working_day(self, day: date) -> bool:
        """Is it a working day? In an unknown year: no weekend, no fixed holiday."""
        if day in self.overrides:
            return self.overrides[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            return day.weekday() < 5 and (day.month, day.day) not in FIXED_HOLIDAYS


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
    local = received_at.astimezone(SHANGHAI)
    limit = _limit(order_type, local.date(), limits)
    day, is_provisional = _counted_from(local, calendar, closes)
    for _ in range(limit.days):
        day, skipped_unknown = _next_working_day(day, calendar)
        is_provisional |= skipped_unknown
    return Deadline(day, limit.days, limit.basis, limit.is_official, is_provisional)


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
