"""Where the messages come from in which topics are looked for: the work orders of a period, or a file of letters.

Phones, identity cards and names are masked here, so that nothing behind this point can show them.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hotline.exchange_cells import Cell, moment_of, text_of
from hotline.exchange_errors import BadCell, BadTable
from hotline.exchange_files import open_table
from hotline.kpi_period import Period
from hotline.masks import mask_text
from hotline.model import Privacy
from hotline.states import State
from hotline.topics import Message, period_before
from storage.tables import work_order

MOST_MESSAGES = 10_000  # of both periods together, the latest; grouping them takes under a minute
FETCHED_AT_ONCE = 500  # rows
READ_LENGTH = 600  # characters of a content; grouping looks at fewer, masking may need the end of a number
LEAST_BEFORE = 0.2  # messages of the period before per message of this one; with fewer it is not comparable
NEVER_FILED = (State.DRAFT.value, State.CANCELLED.value)
HEADERS = {
    "number": ("id", "number", "编号", "工单编号", "诉求编号", "留言编号"),
    "title": ("title", "标题", "留言主题", "诉求标题"),
    "time": ("time", "ask_time", "登记时间", "留言时间", "时间"),
    "content": ("detail", "content", "question_detail", "内容", "诉求内容", "留言详情"),
    "support": ("likes", "点赞数"),
}
NEEDED = ("title", "time", "content")
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚钟姜崔谭陆范汪廖"
    "石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫雷龙史陶贺顾毛郝龚邵万钱严赖覃洪武莫孔温欧"
)
_INTRODUCED = re.compile(
    rf"(我叫|我是|本人|姓名|名叫|联系人)([是为:： ]?)([{_SURNAMES}])[一-龥]{{1,2}}"
    r"(?=[,，。.、;；!！(（\s]|$|是|系|家住|住)"
)


@dataclass(frozen=True)
class Material:
    """Messages of a period and the one before it. `is_cut`: there were more than could be taken."""

    messages: tuple[Message, ...]
    has_before: bool  # the whole period before is known, so that growth can be told
    is_cut: bool = False
    refused: int = 0  # rows of a file without a readable time or text


def read_orders(connection: Connection, period: Period, most: int = MOST_MESSAGES) -> Material:
    """The orders received in both periods, fetched in small batches; drafts and withdrawn orders are left out."""
    since, before = period_before(period).starts_at, period.ends_before
    column = work_order.c
    query = (
        sa.select(
            column.number,
            column.title,
            sa.func.substr(column.content, 1, READ_LENGTH).label("content"),
            column.received_at,
            column.appellant_name,
            column.appellant_phone,
            column.conversation_id,
            column.privacy,
            column.town,
            column.location,
            sa.case((column.lead_unit != "", column.lead_unit), else_=column.proposed_unit).label("unit"),
        )
        .where(column.received_at >= since, column.received_at < before, column.state.not_in(NEVER_FILED))
        .order_by(column.received_at.desc(), column.number.desc())
        .limit(most + 1)
    )
    rows = connection.execution_options(yield_per=FETCHED_AT_ONCE).execute(query)
    messages = [_of_order(row) for row in rows]
    is_cut = len(messages) > most
    has_before = not is_cut and _is_known_since(connection, since) and _is_comparable(messages, period)
    return Material(tuple(messages[:most]), has_before, is_cut)


def read_file(path: Path, period: Period, most: int = MOST_MESSAGES) -> Material:
    """The rows of a table (.tsv, .csv or .xlsx) in both periods, read one by one; raises BadTable.

    It needs columns for title, time and content; ids and likes are optional. Rows with the same text count as one
    writer, since a file does not tell who wrote.
    """
    since, before = period_before(period).starts_at, period.ends_before
    latest: list[tuple[datetime, int, Message]] = []
    earliest: datetime | None = None
    refused = found = 0
    with open_table(path) as table:
        places = _places(table.headers)
        for row, cells in table.rows:
            if (message := _of_row(row, cells, places)) is None:
                refused += 1
                continue
            earliest = min(earliest or message.at, message.at)
            if since <= message.at < before:
                found += 1
                keep = heapq.heappush if len(latest) < most else heapq.heappushpop
                keep(latest, (message.at, row, message))
    is_cut = found > most
    messages = tuple(message for *_, message in sorted(latest, reverse=True))
    has_before = not is_cut and earliest is not None and earliest <= since and _is_comparable(messages, period)
    return Material(messages, has_before, is_cut, refused)


def without_names(text: str, name: str = "") -> str:
    """The text with phones, card numbers, this name, and names that someone introduces himself by, masked."""
    return _INTRODUCED.sub(r"\1\2\3**", mask_text(text, name))


def _of_order(row: Row) -> Message:
    return Message(
        number=row.number,
        title=without_names(row.title, row.appellant_name),
        content=without_names(row.content, row.appellant_name),
        at=row.received_at,
        citizen=row.appellant_phone or row.conversation_id or row.number,
        town=row.town,
        location=without_names(row.location, row.appellant_name),
        unit=row.unit,
        is_private=row.privacy != Privacy.PUBLIC.value,
    )


def _is_known_since(connection: Connection, since: datetime) -> bool:
    earliest = connection.execute(sa.select(sa.func.min(work_order.c.received_at))).scalar_one()
    return earliest is not None and earliest <= since


def _is_comparable(messages: Sequence[Message], period: Period) -> bool:
    """Are there enough messages of the period before? Else its records are not complete."""
    now = sum(message.at >= period.starts_at for message in messages)
    return len(messages) - now >= max(1.0, LEAST_BEFORE * now)


def _places(headers: Sequence[str]) -> dict[str, int]:
    names = [header.strip().lower() for header in headers]
    places = {key: names.index(name) for key, known in HEADERS.items() for name in known if name in names}
    if missing := [HEADERS[key][-1] for key in NEEDED if key not in places]:
        raise BadTable(f"缺少列：{'、'.join(missing)}")
    return places


def _of_row(row: int, cells: Sequence[Cell], places: dict[str, int]) -> Message | None:
    def cell(key: str) -> Any:
        place = places.get(key, -1)
        return cells[place] if 0 <= place < len(cells) else None

    try:
        at = moment_of(cell("time"), "received_at")
    except BadCell:
        return None
    title, content = text_of(cell("title")), text_of(cell("content"))
    if at is None or not title + content:
        return None
    likes = text_of(cell("support"))
    return Message(
        number=text_of(cell("number")) or f"第{row}行",
        title=without_names(title or content[:40]),
        content=without_names(content[:READ_LENGTH]),
        at=at,
        citizen=hashlib.sha256(f"{title}\n{content}".encode(errors="replace")).hexdigest(),
        support=int(likes) if likes.isascii() and likes.isdigit() and len(likes) < 10 else 0,
    )
