"""Hot topics of a period: what many citizens write about, where, how fast it grows. Pure; the time is in the messages.

A topic is a group of alike messages (hotline/grouping.py) from the period and the one before. Heat counts every citizen
once a day; a day half a period old counts half, the likes of a message by their logarithm.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from hotline.deadlines import SHANGHAI
from hotline.grouping import Group, group
from hotline.kpi_period import Period
from hotline.routing_rules import find_unit
from hotline.surge import Growth
from hotline.topic_words import FORMULA, common_people, common_place, keywords
from knowledge_base.places import towns_in
from knowledge_base.text import normalise

LEAST_CITIZENS = 3  # from which messages are a topic; a default of this system
CONTENT_LENGTH = 400  # characters of a message's content that are looked at
EXAMPLES = 3
MOST_TITLE = 60
LOOSE_BELOW = 0.5  # share of members that hold the commonest keyword below which a topic may be a mixture
CONFIDENTIAL = "（均为保密或匿名诉求，不展示原文）"


@dataclass(frozen=True)
class Message:
    """One order or letter. Texts hold no name or phone: mask them before. `citizen` only tells writers apart."""

    number: str
    title: str
    content: str
    at: datetime
    citizen: str
    town: str = ""
    location: str = ""
    unit: str = ""
    is_private: bool = False  # 保密 or 匿名: counted, never shown
    support: int = 0  # likes

    @property
    def on(self) -> date:
        return self.at.astimezone(SHANGHAI).date()


@dataclass(frozen=True)
class Example:
    """A message that stands for its topic."""

    number: str
    on: date
    title: str


@dataclass(frozen=True)
class Topic:
    """One topic. Counts are of the period, unless it says otherwise; shares are (name, messages), most first."""

    title: str  # of the most typical message
    keywords: tuple[str, ...]
    place: str  # that most of them name
    people: str
    towns: tuple[tuple[str, int], ...]
    units: tuple[tuple[str, int], ...]
    is_unit_guessed: bool  # by the routing rules, because no order has a unit yet
    numbers: tuple[str, ...]  # the latest first
    citizens: int
    growth: Growth | None  # None: the period before is not known
    first_on: date
    last_on: date
    active_days: int
    trend: tuple[int, ...]  # messages on each day of the period
    support: int
    heat: float
    is_loose: bool  # may be a mixture of matters
    examples: tuple[Example, ...] = field(default=())

    @property
    def messages(self) -> int:
        return len(self.numbers)

    @property
    def is_surging(self) -> bool:
        return self.growth is not None and self.growth.is_surge

    @property
    def marks(self) -> tuple[str, ...]:
        """Labels for people."""
        return ("预警",) * self.is_surging + ("较分散",) * self.is_loose


def period_before(period: Period) -> Period:
    """The period of the same number of days that ends where this one begins."""
    days = (period.last - period.first).days + 1
    return Period(period.first - timedelta(days=days), period.first - timedelta(days=1))


def find_topics(
    messages: Sequence[Message], period: Period, *, has_before: bool, most: int = 20, least: int = LEAST_CITIZENS
) -> tuple[Topic, ...]:
    """The hottest topics of the period, at most `most`, of at least `least` citizens.

    `messages` are those of the period and of the one before; without the latter, `has_before` is false and no topic
    has a growth. Messages of other days are left out.
    """
    first = period_before(period).first
    messages = [message for message in messages if first <= message.on <= period.last]
    titles = [normalise(message.title) for message in messages]
    bodies = [normalise(message.content[:CONTENT_LENGTH]) for message in messages]
    texts = [f"{title}\n{body}" for title, body in zip(titles, bodies, strict=True)]
    found: list[tuple[float, Group, list[Message]]] = []
    for each in group([*map(_substance, titles)], [*map(_substance, bodies)]):
        now = [messages[place] for place in each.members if messages[place].on >= period.first]
        if len({message.citizen for message in now}) >= least:
            found.append((_heat(now, period), each, now))
    found.sort(key=lambda item: (-item[0], item[1].members))
    return tuple(_topic(each, now, messages, texts, period, has_before) for _, each, now in found[:most])


def _substance(text: str) -> str:
    return " ".join(FORMULA.sub(" ", text).split())


def _heat(now: Sequence[Message], period: Period) -> float:
    half_life = max(1.0, ((period.last - period.first).days + 1) / 2)
    days = {(message.citizen, message.on) for message in now}
    recent: float = sum(0.5 ** ((period.last - on).days / half_life) for _, on in days)
    return round(recent + math.log1p(sum(message.support for message in now)), 2)


def _topic(
    each: Group,
    now: Sequence[Message],
    messages: Sequence[Message],
    texts: Sequence[str],
    period: Period,
    has_before: bool,
) -> Topic:
    shown = [place for place in each.members if not messages[place].is_private]
    own_texts = [texts[place] for place in shown]
    words = keywords(own_texts, texts)
    before = {messages[place].citizen for place in each.members if messages[place].on < period.first}
    citizens = {message.citizen for message in now}
    on_days = Counter(message.on for message in now)
    units, is_guessed = _units(now)
    public = [message for message in now if not message.is_private]
    return Topic(
        title=_short(public[0].title) if public else CONFIDENTIAL,
        keywords=words,
        place=common_place(*_places(messages, texts, shown)),
        people=common_people(own_texts),
        towns=_most(message.town or next(iter(towns_in(f"{message.title} {message.content}")), "") for message in now),
        units=units,
        is_unit_guessed=is_guessed,
        numbers=tuple(message.number for message in sorted(now, key=lambda each: each.at, reverse=True)),
        citizens=len(citizens),
        growth=Growth(len(citizens), len(before)) if has_before else None,
        first_on=min(on_days),
        last_on=max(on_days),
        active_days=len(on_days),
        trend=_trend(on_days, period),
        support=sum(message.support for message in now),
        heat=_heat(now, period),
        is_loose=_is_loose(words, own_texts),
        examples=tuple(Example(message.number, message.on, _short(message.title)) for message in public[:EXAMPLES]),
    )


def _places(messages: Sequence[Message], texts: Sequence[str], shown: Sequence[int]) -> tuple[list[str], list[str]]:
    """What to look for places in, and the places that are known, both normalised."""
    locations = [normalise(messages[place].location) for place in shown]
    return [f"{location} {texts[place]}" for location, place in zip(locations, shown, strict=True)], locations


def _units(now: Sequence[Message]) -> tuple[tuple[tuple[str, int], ...], bool]:
    """Units of the orders; when none has one, what the rules propose, and True."""
    if units := _most(message.unit for message in now):
        return units, False
    proposals = (find_unit(normalise(f"{message.title} {message.content}")).unit or "" for message in now)
    return _most(proposals), True


def _most(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(Counter(name for name in names if name).most_common(5))


def _trend(on_days: Counter[date], period: Period) -> tuple[int, ...]:
    days = (period.last - period.first).days + 1
    return tuple(on_days[period.first + timedelta(days=day)] for day in range(days))


def _is_loose(words: Sequence[str], texts: Sequence[str]) -> bool:
    return max((sum(word in text for text in texts) for word in words), default=0) < LOOSE_BELOW * len(texts)


def _short(title: str) -> str:
    return title if len(title) <= MOST_TITLE else title[: MOST_TITLE - 1] + "…"
