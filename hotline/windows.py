"""Time rules of the desk beside the limits themselves. All are defaults of this system, none is official.

They can be set otherwise by passing other days; a page that shows one says that it is a default.
"""

from __future__ import annotations

from datetime import date, datetime, time

from hotline.deadlines import SHANGHAI, Calendar, Deadline, last_day
from hotline.model import WorkOrder

RETURN_DAYS = 1  # working days in which a unit may return an order
RECTIFY_DAYS = 15  # working days to put right what a citizen rated badly
RECTIFY_BASIS = "差评整改，本系统默认时限，非官方规定"


def return_ends_on(order: WorkOrder, calendar: Calendar, days: int = RETURN_DAYS) -> date | None:
    """Last day (Asia/Shanghai) to return the order: counted from signing, or from dispatch until it is signed."""
    since = order.signed_at or order.dispatched_at
    return None if since is None else last_day(since, days, calendar)[0]


def extended(order: WorkOrder, days: int, calendar: Calendar) -> tuple[date, bool]:
    """The due date `days` working days later, and whether it is provisional."""
    due_on, is_provisional = last_day(datetime.combine(order.due_on, time(), SHANGHAI), days, calendar)
    return due_on, order.is_due_provisional or is_provisional


def most_extension(order: WorkOrder) -> int:
    """Working days that may be granted, once: at most the original limit."""
    return order.limit_days


def rectification(now: datetime, calendar: Calendar, days: int = RECTIFY_DAYS) -> Deadline:
    """Until when an order must be redone that a citizen rated badly."""
    due_on, is_provisional = last_day(now, days, calendar)
    return Deadline(due_on, days, RECTIFY_BASIS, False, is_provisional)
