"""Fill a base with a year of made-up orders, each with its whole life, as the desk would have written them.

The same seed, count, days and present give the same orders, query codes included: nothing here is secret or real.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from tqdm import tqdm

from hotline.bulk import numbered, reserve_numbers, write_lives
from hotline.deadlines import LIMITS, Calendar, Limit, due
from hotline.demo_drafts import Topic, draw_draft, draw_moments
from hotline.demo_life import Story
from hotline.errors import HotlineError
from hotline.limits import load_calendar, load_limits
from hotline.lives import Life, filed
from hotline.merging import NOTE
from hotline.model import EventKind
from hotline.moves import Facts, Move
from hotline.numbers import day_of
from hotline.people import Actor
from hotline.states import Role, State
from storage.engine import transaction
from storage.tables import work_order

MOST_ORDERS = 50_000  # all of them stand in memory until they are written
PORTION = 500  # orders in one INSERT
MERGED_SHARE = 0.02
MERGED_WITHIN = timedelta(days=10)
DOOR = "demo:"  # conversation_id of a made-up order begins with this
FILER = Actor("bot", Role.CITIZEN)
MERGER = Actor("受理员1（示例）", Role.ACCEPTANCE)


class NotForDemo(HotlineError):
    """The base holds real orders, or these made-up ones already."""

    code = "not_for_demo"


@dataclass(frozen=True)
class Seeded:
    """What was written."""

    orders: int
    events: int
    is_open: int


@dataclass
class _Year:
    """What the making of one year needs at every order."""

    rng: random.Random
    now: datetime
    calendar: Calendar
    limits: tuple[Limit, ...]
    recent: dict[tuple[str, str], list[Life]]  # topic and town → lives that a duplicate may be merged into


def seed_demo(
    engine: Engine,
    *,
    orders: int,
    first: date,
    until: datetime,
    seed: int = 1,
    progress: bool = False,
    beside_real_orders: bool = False,
) -> Seeded:
    """Write so many orders received from the first day (Asia/Shanghai) until a moment, which is their present.

    Everything is written in one transaction. Raises NotForDemo when the base holds real orders (unless told that this
    is meant) or the same made-up ones, and ValueError for an impossible count or span.
    """
    if not 1 <= orders <= MOST_ORDERS or day_of(until) < first:
        raise ValueError(f"{orders} orders from {first} until {until}: must be 1 to {MOST_ORDERS}, first before last")
    with transaction(engine) as connection:
        door = f"{DOOR}{seed}:{first}"
        _check(connection, door, beside_real_orders)
        lives = make_lives(connection, orders, first, until, seed, door, progress)
        steps = range(0, len(lives), PORTION)
        for start in tqdm(steps, desc="写入示例工单", unit="批", disable=not progress):
            write_lives(connection, lives[start : start + PORTION])
    events = sum(len(life.events) for life in lives)
    return Seeded(len(lives), events, sum(life.order.state.is_open for life in lives))


def make_lives(
    connection: Connection, orders: int, first: date, until: datetime, seed: int, door: str, progress: bool = False
) -> list[Life]:
    """The orders, not written yet; only their numbers are taken from the base."""
    rng = random.Random(f"{seed}:{orders}:{first}")
    calendar, limits = load_calendar(connection), load_limits(connection)
    year = _Year(rng, until, _remembered(calendar, first, until), limits or LIMITS, {})
    moments = draw_moments(rng, orders, first, until, calendar)
    free = reserve_numbers(connection, Counter(map(day_of, moments)))
    lives: list[Life] = []
    for index, moment in enumerate(tqdm(moments, desc="编写示例工单", unit="件", disable=not progress)):
        day = day_of(moment)
        number, free[day] = numbered(day, free[day]), free[day] + 1
        lives.append(_make(year, moment, number, f"{index + 1:06d}", door))
    return lives


def _make(year: _Year, moment: datetime, number: str, draft_id: str, door: str) -> Life:
    draft, topic = draw_draft(year.rng, draft_id, door)
    life = filed(
        draft,
        due(draft.type, moment, year.calendar, year.limits),
        FILER,
        number=number,
        query_code=f"{year.rng.randrange(1_000_000):06d}",
        received_at=moment,
        now=moment,
        calendar=year.calendar,
    )
    if not _merge(year, life, topic):
        Story(life, topic, year.rng, year.now, year.calendar).tell()
        year.recent.setdefault((topic.unit, draft.town), []).append(life)
    return life


def _merge(year: _Year, life: Life, topic: Topic) -> bool:
    """Make it a duplicate of an order that is open at that moment, now and then."""
    if year.rng.random() >= MERGED_SHARE:
        return False
    at = life.order.received_at + timedelta(minutes=year.rng.randint(5, 90))
    mains = [main for main in year.recent.get((topic.unit, life.order.town), ()) if _can_take(main, at)]
    if not mains or at > year.now:
        return False
    main = mains[-1]
    life.move(
        Move.MERGE, MERGER, Facts(into=main.order.number), at=at, main=replace(main.order, state=main.state_at(at))
    )
    main.note(EventKind.NOTE, MERGER, NOTE.format(number=life.order.number), at=at, action=Move.MERGE.value)
    if (archived_at := at + timedelta(minutes=1)) <= year.now:
        life.move(Move.ARCHIVE, MERGER, at=archived_at)
    return True


def _can_take(main: Life, at: datetime) -> bool:
    is_gone = main.order.state in (State.CANCELLED, State.CLOSED_TIMEOUT)
    return not is_gone and main.order.received_at > at - MERGED_WITHIN and main.state_at(at).is_open


def _check(connection: Connection, door: str, beside_real_orders: bool) -> None:
    column = work_order.c
    real = sa.select(column.number).where(column.is_fictional.is_(False)).limit(1)
    if not beside_real_orders and connection.execute(real).first() is not None:
        raise NotForDemo("数据库里有真实工单，不写入示例数据；历史记录不可删除，请换一个数据库")
    same = sa.select(column.number).where(column.conversation_id == door).limit(1)
    if connection.execute(same).first() is not None:
        raise NotForDemo("这批示例工单已经写入过；换一个 --seed 可再写一批")


def _remembered(calendar: Calendar, first: date, until: datetime) -> Calendar:
    """The same calendar with the days of the span looked up once: they are asked for a million times."""
    span = (day_of(until) - first).days + 120
    days = [first + timedelta(days=step) for step in range(span)]
    known = {day: calendar.is_working_day(day) for day in days if calendar.is_known(day)}
    return replace(calendar, overrides=known | dict(calendar.overrides))
