"""Which orders a report is about, and by what it groups them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from hotline.deadlines import SHANGHAI


class By(StrEnum):
    """What the orders are grouped by."""

    ALL = "all"
    UNIT = "unit"  # 主办单位
    TOWN = "town"
    TYPE = "type"
    MONTH = "month"


@dataclass(frozen=True)
class Period:
    """Days in Asia/Shanghai, both included."""

    first: date
    last: date

    @classmethod
    def of_month(cls, year: int, month: int) -> Period:
        after = date(year + month // 12, month % 12 + 1, 1)
        return cls(date(year, month, 1), after - timedelta(days=1))

    @classmethod
    def of_year(cls, year: int) -> Period:
        return cls(date(year, 1, 1), date(year, 12, 31))

    def a_year_before(self) -> Period:
        """The same days one year earlier; a leap day becomes 28 February, a whole February stays whole."""
        ends_month = (self.last + timedelta(days=1)).day == 1
        last = _year_before(self.last)
        if ends_month and last.month == 2:
            last = date(last.year, 3, 1) - timedelta(days=1)
        return Period(_year_before(self.first), last)

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.first, time(), SHANGHAI)

    @property
    def ends_before(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), SHANGHAI)


def _year_before(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if is_leap_day else day.day)
