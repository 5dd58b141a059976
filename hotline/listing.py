"""Lists of orders: filters, search in the text, pages. Every query has a limit and reads along an index."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline.model import Card, OrderType, Privacy, WorkOrder
from hotline.numbers import normal_number
from hotline.rows import ORDERS, order_from
from hotline.states import OPEN_STATES, State
from storage.tables import order_unit, work_order

LONGEST_SEARCH = 50  # characters of a search that are looked at
SAME_VALUE = ("town_code", "proposed_unit", "lead_unit", "conversation_id", "appellant_phone")


@dataclass(frozen=True)
class OrderFilter:
    """Which orders to list; what is empty does not filter."""

    states: tuple[State, ...] = ()
    types: tuple[OrderType, ...] = ()
    town_code: str = ""
    proposed_unit: str = ""
    conversation_id: str = ""
    received_from: datetime | None = None  # inclusive
    received_before: datetime | None = None  # exclusive
    due_before: date | None = None  # exclusive
    lead_unit: str = ""  # 主办
    unit: str = ""  # 主办 or, once it is dispatched, 协办
    overdue_on: date | None = None  # open and due before this day
    appellant_phone: str = ""  # in full
    cards: tuple[Card, ...] = ()
    is_threat: bool = False  # true: only those
    text: str = ""  # a number, or words that all occur in title, content or place
    finds_hidden: bool = False  # by phone and words also confidential and anonymous orders: only for masks.CALLERS


def list_orders(
    engine: Engine, filters: OrderFilter | None = None, limit: int = 50, after: str = ""
) -> tuple[WorkOrder, ...]:
    """At most `limit` orders, the latest received first; the page behind the order numbered `after`, if given."""
    column = work_order.c
    query = ORDERS.where(*_conditions(filters or OrderFilter()))
    if after:
        place = sa.select(column.received_at, column.number).where(column.number == normal_number(after))
        query = query.where(sa.tuple_(column.received_at, column.number) < place.scalar_subquery())
    query = query.order_by(column.received_at.desc(), column.number.desc()).limit(limit)
    with engine.connect() as connection:
        return tuple(order_from(row) for row in connection.execute(query))


def count_orders(engine: Engine, filters: OrderFilter | None = None, up_to: int = 10_000) -> int:
    """How many orders there are; counting ends at `up_to`."""
    some = sa.select(sa.literal(1)).select_from(work_order).where(*_conditions(filters or OrderFilter())).limit(up_to)
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one())


def _conditions(filters: OrderFilter) -> Iterator[Any]:
    yield from _values(filters)
    yield from _times(filters)
    if filters.unit:
        yield _works_on(filters.unit)
    words = filters.text[:LONGEST_SEARCH].split()
    if number := normal_number("".join(words)):
        yield work_order.c.number == number
    else:
        yield from map(_occurs, words)
    if (filters.appellant_phone or words) and not number and not filters.finds_hidden:
        yield work_order.c.privacy == Privacy.PUBLIC  # whoever guesses a name or phone must not have it confirmed


def _values(filters: OrderFilter) -> Iterator[Any]:
    column = work_order.c
    if filters.states:
        yield column.state.in_(filters.states)
    if filters.types:
        yield column.type.in_(filters.types)
    if filters.cards:
        yield column.card.in_(filters.cards)
    if filters.is_threat:
        yield column.is_threat.is_(True)
    for name in SAME_VALUE:
        if value := getattr(filters, name):
            yield column[name] == value


def _times(filters: OrderFilter) -> Iterator[Any]:
    column = work_order.c
    if filters.received_from is not None:
        yield column.received_at >= filters.received_from
    if filters.received_before is not None:
        yield column.received_at < filters.received_before
    if filters.due_before is not None:
        yield column.due_on < filters.due_before
    if filters.overdue_on is not None:
        yield column.due_on < filters.overdue_on
        yield column.state.in_(OPEN_STATES)


def _works_on(unit: str) -> Any:
    column = work_order.c
    helps = column.number.in_(sa.select(order_unit.c.number).where(order_unit.c.unit == unit))
    return (column.lead_unit == unit) | (helps & (column.lead_unit != ""))


def _occurs(word: str) -> Any:
    column = work_order.c
    return sa.or_(*(place.contains(word, autoescape=True) for place in (column.title, column.content, column.location)))
