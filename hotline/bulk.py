"""Write many orders with their histories at once, on a connection that the caller holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hotline.lives import Life
from hotline.rows import COLUMNS
from storage.engine import insert
from storage.tables import order_reply, order_sequence, order_unit, work_order, work_order_event


def reserve_numbers(connection: Connection, wanted: Mapping[date, int]) -> dict[date, int]:
    """Take so many numbers of each day (Asia/Shanghai); gives the first sequence number of each.

    The rows stay locked until the transaction ends, as in numbers.next_number; days are locked in order, so that two
    imports never wait for each other in a ring.
    """
    first: dict[date, int] = {}
    for day, count in sorted(wanted.items()):
        row = insert(connection, order_sequence).values(day=day, last=count)
        more = {"last": order_sequence.c.last + count}
        connection.execute(row.on_conflict_do_update(index_elements=["day"], set_=more))
        query = sa.select(order_sequence.c.last).where(order_sequence.c.day == day)
        first[day] = connection.execute(query).scalar_one() - count + 1
    return first


def numbered(day: date, sequence: int) -> str:
    """工单编号, as numbers.next_number writes it."""
    return f"WJ{day:%Y%m%d}{sequence:05d}"


def write_lives(connection: Connection, lives: Sequence[Life]) -> None:
    """Insert orders, histories, 协办单位 and replies. Raises IntegrityError when one of the drafts is there already."""
    orders = [{name: getattr(life.order, name) for name in COLUMNS} for life in lives]
    for order in orders:
        order["nlu"] = dict(order["nlu"])
    events = [vars(event) for life in lives for event in life.events]
    units = [
        {"number": life.order.number, "unit": unit, "added_at": life.asked_to_help_at}
        for life in lives
        for unit in life.co_units
    ]
    replies = [
        {name: value for name, value in vars(reply).items() if name != "id"} for life in lives for reply in life.replies
    ]
    for table, rows in (
        (work_order, orders),
        (work_order_event, events),
        (order_unit, units),
        (order_reply, replies),
    ):
        if rows:
            connection.execute(table.insert(), rows)
