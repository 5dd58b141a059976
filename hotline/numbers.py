"""Numbers of work orders (工单编号): WJ + day in Shanghai + at least five digits counted from 1 that day."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hotline.deadlines import SHANGHAI
from storage.engine import insert
from storage.tables import order_sequence

NUMBER = re.compile(r"WJ[0-9]{13,18}")
LONGEST_INPUT = 40  # characters of a typed number or code that are looked at


def normal_number(text: str) -> str:
    """`ｗｊ 20250304 00001` as people type it → `WJ2025030400001`; empty for what cannot be a number."""
    number = "".join(unicodedata.normalize("NFKC", text[:LONGEST_INPUT]).split()).upper()
    return number if NUMBER.fullmatch(number) else ""


def next_number(connection: Connection, now: datetime) -> str:
    """Count one up for today. The row stays locked until the transaction ends, so a number is never given twice."""
    day = day_of(now)
    first = insert(connection, order_sequence).values(day=day, last=1)
    one_more = {"last": order_sequence.c.last + 1}
    connection.execute(first.on_conflict_do_update(index_elements=["day"], set_=one_more))
    last = connection.execute(sa.select(order_sequence.c.last).where(order_sequence.c.day == day)).scalar_one()
    return f"WJ{day:%Y%m%d}{last:05d}"


def day_of(moment: datetime) -> date:
    """The day in Shanghai."""
    return moment.astimezone(SHANGHAI).date()
