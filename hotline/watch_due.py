"""Which orders are due for which timed job, as conditions that an index answers; never a walk over all orders.

A job's round tells one occasion from the next: a new due date, a new dispatch, a new stay in a state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hotline.deadlines import (
    Calendar,
    known_until,
    latest_day_overdue,
    latest_day_with_left,
    working_days_before,
)
from hotline.limits import load_calendar
from hotline.model import Card
from hotline.numbers import day_of
from hotline.states import OPEN_STATES, State
from hotline.windows import RECTIFY_BASIS
from storage.tables import order_reminder, work_order, work_order_event


@dataclass(frozen=True)
class Rules:
    """When the clock acts. All are defaults of this system, none is official."""

    red_days: int = 3  # working days overdue
    sign_days: int = 1  # working days to sign a dispatched order
    info_days: int = 5  # working days for the citizen to answer a question
    rating_days: int = 7  # natural days to rate, as in the Guangdong trial rule of 2019
    archive_days: int = 30  # natural days until a finished order is sealed


RULES = Rules()
CLOCKED = tuple(state for state in OPEN_STATES if state is not State.NEED_INFO)  # there we wait for the citizen


@dataclass(frozen=True)
class Due:
    """One job: its kind, the orders it is due for, and the round as text."""

    kind: str
    condition: Any
    round: Any


def due_jobs(connection: Connection, now: datetime, rules: Rules = RULES) -> tuple[Due, ...]:
    """All timed jobs with what makes an order due now, in the order in which they should run."""
    calendar = load_calendar(connection)
    return (
        _settled(now, calendar),
        *_reminders(connection, day_of(now), calendar),
        *_cards(day_of(now), calendar, rules),
        _unsigned(now, calendar, rules),
        _since("timeout", (State.NEED_INFO,), working_days_before(now, rules.info_days, calendar)),
        _since("visit", (State.CLOSED, State.ANSWERED_DIRECTLY), now),
        _since("rating", (State.VISITING,), now - timedelta(days=rules.rating_days)),
        _since("archive", (State.REJECTED, State.MERGED, State.EVALUATED), now - timedelta(days=rules.archive_days)),
    )


def numbers_due(due: Due, limit: int, without: tuple[str, ...] = ()) -> Any:
    """A query for the numbers of at most `limit` orders that are due and not claimed yet."""
    query = sa.select(work_order.c.number).where(due.condition, ~_is_claimed(due))
    if without:
        query = query.where(work_order.c.number.not_in(without))
    return query.limit(limit)


def round_due(due: Due, number: str) -> Any:
    """A query for the round in which this order is due; no row when it is not, or no longer."""
    return sa.select(due.round).where(work_order.c.number == number, due.condition)


def _is_claimed(due: Due) -> Any:
    claim = order_reminder.c
    is_this = _all(claim.number == work_order.c.number, claim.kind == due.kind, claim.round == due.round)
    return sa.exists().where(is_this).correlate(work_order)


def _settled(now: datetime, calendar: Calendar) -> Due:
    """A provisional due date whose holidays are known by now."""
    condition = _all(
        work_order.c.is_due_provisional,
        work_order.c.state.in_(OPEN_STATES),
        work_order.c.due_on <= known_until(day_of(now), calendar),
    )
    return Due("settle", condition, _text(work_order.c.due_on))


def _reminders(connection: Connection, today: date, calendar: Calendar) -> Iterator[Due]:
    """Half and four fifths of the limit: working days begun, today among them, against the limit with its extension.

    Only the stage that the order is in: who was not reminded of the half for days is not reminded of it afterwards.
    """
    is_running = _all(work_order.c.state.in_(CLOCKED), work_order.c.due_on >= today)
    limits = connection.execute(sa.select(_total()).where(is_running).distinct()).scalars().all()
    left = {days: latest_day_with_left(today, days, calendar) for total in limits for days in (total // 2, total // 5)}
    half = (_all(_total() == days, _within(left[days // 5], left[days // 2])) for days in limits)
    most = (_all(_total() == days, work_order.c.due_on <= left[days // 5]) for days in limits)
    yield Due("half", _all(is_running, sa.or_(sa.false(), *half)), _text(work_order.c.due_on))
    yield Due("most", _all(is_running, sa.or_(sa.false(), *most)), _text(work_order.c.due_on))


def _cards(today: date, calendar: Calendar, rules: Rules) -> Iterator[Due]:
    """Overdue, and long overdue. A card is never taken back or replaced by a lesser one."""
    long_ago = latest_day_overdue(today, rules.red_days, calendar)
    card, due_on = work_order.c.card, work_order.c.due_on
    is_open = work_order.c.state.in_(CLOCKED)
    is_just_over = _within(long_ago, today - timedelta(days=1))
    yield Due("yellow", _all(is_open, is_just_over, card == Card.NONE.value), _text(due_on))
    yield Due("red", _all(is_open, due_on <= long_ago, card != Card.RED.value), _text(due_on))


def _unsigned(now: datetime, calendar: Calendar, rules: Rules) -> Due:
    is_late = work_order.c.dispatched_at <= working_days_before(now, rules.sign_days, calendar)
    return Due("unsigned", _all(work_order.c.state == State.DISPATCHED, is_late), _text(work_order.c.dispatch_count))


def _since(kind: str, states: tuple[State, ...], moment: datetime) -> Due:
    """In one of these states since this moment or longer."""
    event = work_order_event.c
    is_entry = _all(
        event.number == work_order.c.number,
        event.to_state == work_order.c.state,
        event.from_state != event.to_state,  # not a reminder or a remark
    )
    entered_at = sa.select(sa.func.max(event.at)).where(is_entry).correlate(work_order).scalar_subquery()
    entry = sa.select(sa.func.max(event.id)).where(is_entry).correlate(work_order).scalar_subquery()
    return Due(kind, _all(work_order.c.state.in_(states), entered_at <= moment), _text(entry))


def _total() -> Any:
    """The whole limit in working days. A rectification has a limit of its own, whatever was granted before it."""
    is_rectification = work_order.c.limit_basis == RECTIFY_BASIS
    whole = work_order.c.limit_days + work_order.c.extended_days
    return sa.case((is_rectification, work_order.c.limit_days), else_=whole)


def _within(after: date, until: date) -> Any:
    return _all(work_order.c.due_on > after, work_order.c.due_on <= until)


def _all(*conditions: Any) -> Any:
    return sa.and_(*conditions)


def _text(column: Any) -> Any:
    return sa.cast(column, sa.String)
