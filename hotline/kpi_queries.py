"""The two queries behind the figures of a period. They group in the database; no order is read into memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from hotline.deadlines import SHANGHAI, STATE_COUNCIL, Calendar, last_day
from hotline.kpi_period import By, Period
from hotline.model import Handling, Resolution
from hotline.moves import Move
from hotline.sql import days_between, hours_between, local_day, local_month, office_day, within_a_day
from hotline.states import OPEN_STATES, State
from storage.tables import work_order, work_order_event

SIGN_WORKING_DAYS = 1  # a default of this system, not a rule
SIGNING_LOOKED_AT = timedelta(days=400)  # dispatches later than this after the period count natural days

ORDER = work_order.c
KEYS: dict[By, Any] = {
    By.ALL: sa.literal_column("''", sa.String),
    By.UNIT: ORDER.lead_unit,
    By.TOWN: ORDER.town,
    By.TYPE: ORDER.type,
    By.MONTH: local_month(ORDER.received_at),
}


def orders_query(period: Period, by: By, now: datetime, calendar: Calendar = STATE_COUNCIL) -> Any:
    """One row for each group: `key` and every field of Counts that work_order alone tells."""
    order = _orders(period, by, now.astimezone(SHANGHAI).date(), calendar).c
    return sa.select(order.key, *_dispatching(order, by), *_closing(order), *_signing(order), *_rating(order)).group_by(
        order.key
    )


def _orders(period: Period, by: By, today: date, calendar: Calendar) -> Any:
    """The orders of the period with what is judged of each one, computed once: OFFSET keeps the engines from doing it
    again for every sum."""
    state = sa.case((ORDER.state == State.SUPERVISED.value, ORDER.came_from), else_=ORDER.state)
    is_closed = ORDER.closed_at.is_not(None)
    waiting = state.in_(_codes((State.ACCEPTED, State.PENDING_AUDIT)))
    is_late = sa.and_(ORDER.state.in_(_codes(OPEN_STATES)), ORDER.due_on < today)
    columns = {
        "key": KEYS[by],
        "is_accepted": sa.case((sa.or_(is_closed, ORDER.dispatch_count > 0), sa.true()), else_=waiting),
        # What happened with units before the present one is not its own.
        "is_dispatched": ORDER.lead_unit != "" if by is By.UNIT else ORDER.dispatch_count > 0,
        "is_closed": is_closed,
        "is_late": sa.case((is_closed, sa.false()), else_=is_late),
        "closed_on": local_day(ORDER.closed_at),
        "is_signed": ORDER.signed_at.is_not(None),
        "signs_late": _signs_late(state, today, _sign_days(period, today, calendar)),
        "response_hours": hours_between(ORDER.received_at, ORDER.responded_at),
        "is_ranked": ORDER.handling == Handling.NORMAL.value,
    }
    plain = ("due_on", "dispatch_count", "return_count", "redo_count", "extended_days", "resolution", "satisfaction")
    named = [column.label(name) for name, column in columns.items()]
    kept = [ORDER[name] for name in (*plain, "is_default_rating")]
    return sa.select(*named, *kept).where(*_in_period(period)).offset(0).subquery()


def returns_query(period: Period) -> Any:
    """退单次数 by the unit that returned the order, whoever has it now."""
    event = work_order_event.c
    return (
        sa.select(event.unit, sa.func.count().label("returns"))
        .select_from(work_order.join(work_order_event, event.number == ORDER.number))
        .where(*_in_period(period), ORDER.return_count > 0, event.action == Move.RETURN.value)
        .group_by(event.unit)
    )


def _in_period(period: Period) -> tuple[Any, ...]:
    never_filed = _codes((State.DRAFT, State.CANCELLED))
    return (
        ORDER.received_at >= period.starts_at,
        ORDER.received_at < period.ends_before,
        ORDER.state.not_in(never_filed),
    )


def _dispatching(order: Any, by: By) -> tuple[Any, ...]:
    again = 1 if by is By.UNIT else order.dispatch_count - 1
    repeats = sa.case((sa.and_(order.is_dispatched, order.dispatch_count > 1), again), else_=0)
    return (
        sa.func.count().label("registered"),
        _count("accepted", order.is_accepted),
        _count("dispatched", order.is_dispatched),
        sa.func.sum(order.dispatch_count).label("dispatches"),
        sa.func.sum(repeats).label("repeats"),
        sa.func.sum(order.return_count).label("returns"),
        _count("extended", order.is_dispatched, order.extended_days > 0),
    )


def _closing(order: Any) -> tuple[Any, ...]:
    is_closed, by_unit = order.is_closed, sa.and_(order.is_closed, order.is_dispatched)
    return (
        _count("closed", is_closed),
        _count("closed_on_time", by_unit, order.closed_on <= order.due_on),
        _count("closed_early", is_closed, order.closed_on < order.due_on),
        _count("overdue", order.is_accepted, sa.or_(order.is_late, order.closed_on > order.due_on)),
        _count("assessed", by_unit),
        _count("resolved", by_unit, order.resolution == Resolution.RESOLVED.value),
        _count("closed_at_once", is_closed, order.return_count == 0, order.redo_count == 0),
    )


def _signing(order: Any) -> tuple[Any, ...]:
    return (
        _count("sign_due", sa.or_(order.is_signed, order.signs_late)),
        _count("signed_in_time", order.is_signed, ~order.signs_late),
        _count("responded", order.response_hours.is_not(None)),
        sa.func.sum(order.response_hours).label("response_hours"),
    )


def _rating(order: Any) -> tuple[Any, ...]:
    is_rated = order.satisfaction > 0
    is_ranked = sa.and_(is_rated, order.is_ranked)
    by_person = sa.and_(is_ranked, ~order.is_default_rating)
    return (
        _count("visited", is_ranked),
        _count("dissatisfied", by_person, order.satisfaction <= 2),
        _count("rated", by_person),
        _count("satisfied", by_person, order.satisfaction >= 3),
        _count("default_rated", is_ranked, order.is_default_rating),
        _count("left_out", is_rated, ~order.is_ranked),
    )


def _signs_late(state: Any, today: date, sign_days: Any) -> Any:
    """Was it signed after the time for that, or is it waiting for longer? Within 24 hours needs no calendar."""
    until = sa.case((ORDER.signed_at.is_not(None), local_day(ORDER.signed_at)), else_=sa.literal(today, sa.Date))
    is_late = days_between(office_day(ORDER.dispatched_at), until) > sign_days
    return sa.case(
        (within_a_day(ORDER.dispatched_at, ORDER.signed_at), sa.false()),
        (sa.or_(ORDER.signed_at.is_not(None), state.in_(_codes((State.DISPATCHED,)))), is_late),
        else_=sa.false(),
    )


def _sign_days(period: Period, today: date, calendar: Calendar) -> Any:
    """Days from a dispatch to the last day for signing it, as an expression of the day of the dispatch.

    Nearly always 1; the days before and on days off, which are few, are listed with their number.
    """
    last = max(period.first, min(today, period.last + SIGNING_LOOKED_AT))
    by_days: dict[int, list[date]] = {}
    for day, ends_on in _next_working_days(period.first, last, calendar):
        if (days := (ends_on - day).days) != SIGN_WORKING_DAYS:
            by_days.setdefault(days, []).append(day)
    dispatched_on = office_day(ORDER.dispatched_at)
    cases = [(dispatched_on.in_(listed), days) for days, listed in sorted(by_days.items())]
    return sa.case(*cases, else_=SIGN_WORKING_DAYS) if cases else sa.literal(SIGN_WORKING_DAYS)


def _next_working_days(first: date, last: date, calendar: Calendar) -> Iterator[tuple[date, date]]:
    """Each day with the last one for signing what is dispatched on it: a day off counts as the next working day."""
    day, _ = last_day(datetime.combine(last, time(), SHANGHAI), SIGN_WORKING_DAYS, calendar)
    worked: list[date] = []  # from the latest back
    while day >= first:
        if calendar.is_working_day(day):
            worked.append(day)
        if day <= last:
            yield day, worked[-1 - SIGN_WORKING_DAYS]
        day -= timedelta(days=1)


def _count(name: str, *conditions: Any) -> Any:
    return sa.func.count().filter(sa.and_(*conditions)).label(name)


def _codes(states: tuple[State, ...]) -> tuple[str, ...]:
    return tuple(state.value for state in states)
