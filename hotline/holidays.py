"""The yearly notice on holidays (国务院办公厅), entered by staff from a small CSV file.

Columns, in Chinese or by their names in the database: 日期 day, 是否上班 is_worked (是: 调休 make-up workday; 否: day
off), 名称 name, 依据 basis.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from hotline.errors import HotlineError
from hotline.model import storable
from storage.engine import insert
from storage.tables import holiday

COLUMNS = {"日期": "day", "是否上班": "is_worked", "名称": "name", "依据": "basis"}
WORKED = {"是": True, "否": False, "1": True, "0": False, "true": True, "false": False}
DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日")
LONGEST_LINE = 2_000  # characters
MOST_ROWS = 2_000
LONGEST_FILE = 1_000_000  # bytes
TEXT_LENGTH = 200


@dataclass(frozen=True)
class Holiday:
    """A day that is not what its weekday says."""

    day: date  # Asia/Shanghai
    is_worked: bool
    name: str
    basis: str


@dataclass(frozen=True)
class Refusal:
    """A line of the file that cannot be used, and why (Chinese)."""

    line: int  # as an editor counts, from 1
    reason: str


class BadHolidayFile(HotlineError):
    """The file holds lines that cannot be used; none of it is stored, as half a notice gives wrong dates."""

    code = "bad_holiday_file"

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("；".join(f"第{refusal.line}行：{refusal.reason}" for refusal in refusals))
        self.refusals = refusals


def read_holidays(content: bytes) -> tuple[Holiday, ...]:
    """The days in a CSV file (UTF-8 or GB18030). Raises BadHolidayFile with every line that cannot be used."""
    if len(content) > LONGEST_FILE:
        raise BadHolidayFile((Refusal(1, f"文件超过{LONGEST_FILE}字节"),))
    text = _decoded(content)
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            raise BadHolidayFile((Refusal(number, "不是 CSV 文件"),))
    reader = csv.DictReader(io.StringIO(text))
    names = [COLUMNS.get((name or "").strip(), (name or "").strip()) for name in reader.fieldnames or ()]
    if missing := [label for label, name in COLUMNS.items() if name not in names]:
        raise BadHolidayFile((Refusal(1, "缺少列：" + "、".join(missing)),))
    reader.fieldnames = names
    days: dict[date, Holiday] = {}
    refusals = []
    for row in _rows(reader):
        found = _holiday_from({name: (row.get(name) or "").strip() for name in COLUMNS.values()}, days)
        if isinstance(found, str):
            refusals.append(Refusal(reader.line_num, found))
        else:
            days[found.day] = found
        if reader.line_num > MOST_ROWS:
            refusals.append(Refusal(reader.line_num, f"超过{MOST_ROWS}行"))
            break
    if refusals:
        raise BadHolidayFile(tuple(refusals))
    return tuple(days.values())


def set_holidays(connection: Connection, days: Iterable[Holiday]) -> int:
    """Store these days, each in place of what was stored for it; returns how many."""
    count = 0
    for day in days:
        row = insert(connection, holiday).values(**asdict(day))
        values = {"is_worked": day.is_worked, "name": day.name, "basis": day.basis}
        connection.execute(row.on_conflict_do_update(index_elements=["day"], set_=values))
        count += 1
    return count


def list_holidays(connection: Connection, year: int | None = None) -> tuple[Holiday, ...]:
    """The stored days in order, of one year or of all."""
    query = sa.select(holiday.c.day, holiday.c.is_worked, holiday.c.name, holiday.c.basis).order_by(holiday.c.day)
    if year is not None:
        query = query.where(holiday.c.day.between(date(year, 1, 1), date(year, 12, 31)))
    return tuple(Holiday(**row._mapping) for row in connection.execute(query))


def remove_holiday(connection: Connection, day: date) -> bool:
    """Forget what was stored for this day; was there anything?"""
    return bool(connection.execute(holiday.delete().where(holiday.c.day == day)).rowcount)


def parse_day(text: str) -> date:
    """`2027-01-01`, `2027/1/1` or `2027年1月1日`; raises ValueError for anything else."""
    for pattern in DATE_FORMATS:
        try:
            return datetime.strptime(text, pattern).date()
        except ValueError:
            continue
    raise ValueError(f"not a date: {text[:20]!r}")


def _rows(reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    try:
        yield from reader
    except csv.Error:
        raise BadHolidayFile((Refusal(reader.line_num, "不是 CSV 文件"),)) from None


def _decoded(content: bytes) -> str:
    """Excel saves CSV as GB18030 unless told otherwise."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace")


def _holiday_from(cells: dict[str, str], earlier: dict[date, Holiday]) -> Holiday | str:
    """The day of one line, or why it is refused (Chinese)."""
    try:
        day = parse_day(cells["day"])
    except ValueError:
        return f"日期应为 2027-01-01 这样的写法，不是“{cells['day'][:20]}”"
    is_worked = WORKED.get(cells["is_worked"].lower())
    if is_worked is None:
        return f"“是否上班”应为“是”或“否”，不是“{cells['is_worked'][:20]}”"
    name, basis = storable(cells["name"]), storable(cells["basis"])
    if not basis:
        return "缺少依据，应写明国务院办公厅通知的名称或文号"
    if max(len(name), len(basis)) > TEXT_LENGTH:
        return f"名称或依据超过{TEXT_LENGTH}字"
    if is_worked and day.weekday() < 5:
        return f"{day} 不是周末，不能是调休上班日"
    if day in earlier:
        return f"{day} 在文件里出现了两次"
    return Holiday(day, is_worked, name, basis)
