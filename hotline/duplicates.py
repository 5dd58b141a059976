"""Orders that may repeat another one, with the reasons: same phone, same place, same topic, alike text, near in time.

Grounds are weighed; one that cannot be compared (no place, no unit yet) is left out and the others count for more. A
different phone speaks against nothing: neighbours complain about the same thing.
Weights and the window of 30 days are defaults of this system, no official rule. A person decides on merging.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from hotline.deadlines import SHANGHAI
from hotline.errors import OrderNotFound
from hotline.form import NOT_GIVEN
from hotline.model import Privacy
from hotline.numbers import normal_number
from hotline.similarity import ALIKE, LOOKED_AT, NEARLY_SAME, likeness, shingles
from hotline.states import State
from storage.tables import work_order

DAYS = 30  # default of this system, not a rule
MOST_FETCHED = 200  # orders of each of the five queries
NEAR_TEXT_DAYS = 3  # days in which a copied text is looked for in the whole district
WEIGHTS = {"phone": 0.3, "place": 0.25, "topic": 0.1, "text": 0.35}
SHOWN_FROM = 0.55  # score
SAME_PLACE = 0.6  # likeness of two places from which they are the same
NEAR_METRES = 150.0
HOUSE = re.compile(r"(\d+)(?:号|栋|幢|座)(?!线)")
LEFT_OUT = (State.DRAFT.value, State.CANCELLED.value, State.MERGED.value)


class Kind(StrEnum):
    """Does the same citizen ask again, or another one about the same matter?"""

    SAME_CITIZEN = "same_citizen"
    SAME_MATTER = "same_matter"

    @property
    def label(self) -> str:
        return "同一诉求人重复反映" if self is Kind.SAME_CITIZEN else "不同诉求人反映同一事项"


@dataclass(frozen=True)
class Candidate:
    """An order that may be about the same. `reason` is for staff (Chinese).

    `tells_identity`: the reason ties a confidential order to another one by its phone; show it only to those who may
    see who the citizens are.
    """

    number: str
    title: str
    state: State
    received_at: datetime
    kind: Kind
    score: float  # 0–1
    reason: str
    tells_identity: bool


def find_duplicates(
    engine: Engine, number: str, *, within: timedelta = timedelta(days=DAYS), limit: int = 10
) -> tuple[Candidate, ...]:
    """Orders received at most `within` before or after this one that may repeat it, the likeliest first.

    Raises OrderNotFound. Reads at most 5 × MOST_FETCHED orders, each query by an index.
    """
    with engine.connect() as connection:
        order = connection.execute(_select().where(work_order.c.number == normal_number(number))).one_or_none()
        if order is None:
            raise OrderNotFound(f"no order {number[:40]!r}")
        near = _near(connection, order, within)
    own = shingles(order.content)
    candidates = (_compare(order, own, other) for other in near)
    found = [candidate for candidate in candidates if candidate is not None]
    return tuple(sorted(found, key=lambda each: (-each.score, each.number))[:limit])


def _select() -> Any:
    column = work_order.c
    return sa.select(
        column.number,
        column.title,
        sa.func.substr(column.content, 1, LOOKED_AT).label("content"),
        column.state,
        column.type,
        column.category,
        column.privacy,
        column.town,
        column.town_code,
        column.location,
        column.lat,
        column.lng,
        column.appellant_phone,
        column.received_at,
        column.is_fictional,
        sa.case((column.lead_unit != "", column.lead_unit), else_=column.proposed_unit).label("unit"),
    )


def _near(connection: Connection, order: Row, within: timedelta) -> tuple[Row, ...]:
    """Orders by the same phone, in the same town, and in the whole district for some days; each order once."""
    column = work_order.c
    found: dict[str, Row] = {}
    queries = [*_around(order.received_at, min(within, timedelta(days=NEAR_TEXT_DAYS)))]
    if order.town_code:
        queries += [query.where(column.town_code == order.town_code) for query in _around(order.received_at, within)]
    if order.appellant_phone:
        is_near = column.received_at.between(order.received_at - within, order.received_at + within)
        queries.append(_select().where(column.appellant_phone == order.appellant_phone, is_near))
    for query in queries:
        others = query.where(
            column.number != order.number,
            column.state.not_in(LEFT_OUT),
            column.is_fictional == order.is_fictional,
        )
        found |= {row.number: row for row in connection.execute(others.limit(MOST_FETCHED))}
    return tuple(found.values())


def _around(moment: datetime, within: timedelta) -> Iterator[Any]:
    """The nearest orders before and after a moment: two queries that a limit may cut."""
    received = work_order.c.received_at
    yield _select().where(received.between(moment - within, moment)).order_by(received.desc())
    yield _select().where(received > moment, received <= moment + within).order_by(received)


def _compare(order: Row, own: frozenset[str], other: Row) -> Candidate | None:
    text = likeness(own, shingles(other.content))
    grounds = {
        "phone": _phone(order, other),
        "place": _place(order, other),
        "topic": _topic(order, other),
        "text": text,
    }
    known = {name: value for name, value in grounds.items() if value is not None}
    score = sum(WEIGHTS[name] * value for name, value in known.items()) / sum(WEIGHTS[name] for name in known)
    if text >= NEARLY_SAME and known.get("place", 1.0) > 0:
        score = max(score, text)
    if score < SHOWN_FROM:
        return None
    is_same_citizen = "phone" in known
    is_hidden = Privacy.PUBLIC.value not in (order.privacy, other.privacy) or order.privacy != other.privacy
    return Candidate(
        number=other.number,
        title=other.title,
        state=State(other.state),
        received_at=other.received_at,
        kind=Kind.SAME_CITIZEN if is_same_citizen else Kind.SAME_MATTER,
        score=round(score, 2),
        reason="、".join(_reasons(order, other, known)),
        tells_identity=is_same_citizen and is_hidden,
    )


def _reasons(order: Row, other: Row, known: dict[str, float]) -> Iterator[str]:
    if "phone" in known:
        yield "同一电话"
    if known.get("place", 0.0) >= SAME_PLACE:
        yield "同一地点"
    elif known.get("place") == 0.0:
        yield "地点不同"
    elif order.town_code and order.town_code == other.town_code:
        yield f"同在{order.town}"
    if known.get("topic") == 1.0:
        yield f"同类事项（{order.category or order.unit}）"
    if known["text"] >= NEARLY_SAME:
        yield f"内容几乎相同（{known['text']:.0%}）"
    elif known["text"] >= ALIKE:
        yield f"内容相似 {known['text']:.0%}"
    days = abs((_day(order) - _day(other)).days)
    yield "同一天收到" if days == 0 else f"相隔{days}天"


def _phone(order: Row, other: Row) -> float | None:
    """1 for the same phone, otherwise None."""
    return 1.0 if order.appellant_phone and order.appellant_phone == other.appellant_phone else None


def _place(order: Row, other: Row) -> float | None:
    """1 for the same spot, 0 for another town or house number; None when one of them names no place."""
    if None not in (order.lat, order.lng, other.lat, other.lng):
        return float(_metres(order, other) <= NEAR_METRES)
    if order.town_code and other.town_code and order.town_code != other.town_code:
        return 0.0
    first, second = (each.location if each.location != NOT_GIVEN else "" for each in (order, other))
    if not first or not second:
        return None
    houses, others = set(HOUSE.findall(first)), set(HOUSE.findall(second))
    if houses and others and not houses & others:
        return 0.0
    if first in second or second in first:
        return 1.0
    alike = likeness(shingles(first), shingles(second))
    return 1.0 if alike >= SAME_PLACE else alike / 2


def _topic(order: Row, other: Row) -> float | None:
    """1 for the same category or, without one, unit; None when it cannot be told."""
    if order.category and other.category:
        return float(order.category == other.category)
    if order.unit and other.unit:
        return float(order.unit == other.unit)
    return None


def _metres(order: Row, other: Row) -> float:
    """Distance on a sphere, near enough for a few kilometres."""
    north = (order.lat - other.lat) * 111_195
    east = (order.lng - other.lng) * 111_195 * math.cos(math.radians(order.lat))
    return math.hypot(north, east)


def _day(order: Row) -> Any:
    return order.received_at.astimezone(SHANGHAI).date()
