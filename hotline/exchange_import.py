"""Import a table of orders: 网络问政 and 民声热线 cases, or the city's export. The same file twice changes nothing.

Rows are written in portions, each in one transaction; a row that cannot be an order is refused with its number in the
file and the reason, and everything else goes on.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError
from tqdm import tqdm

from hotline.bulk import numbered, reserve_numbers, write_lives
from hotline.columns import header_of, match_headers, source_name, unknown_headers, words
from hotline.escalation import tell_staff
from hotline.exchange_cells import Cell, text_of
from hotline.exchange_errors import BadCell
from hotline.exchange_files import Table, Writer, create_table, open_table, refusal_headers
from hotline.exchange_history import life_of
from hotline.exchange_reading import Case, read_case
from hotline.limits import load_calendar, load_limits
from hotline.lives import Life
from hotline.numbers import day_of
from storage.engine import transaction
from storage.tables import work_order

PORTION = 200  # rows in one transaction
TRIES = 3  # of a portion, when somebody else imports the same rows at the same time


@dataclass(frozen=True)
class Refused:
    """A row that was not imported: its number in the file (the header is row 1) and why (Chinese)."""

    row: int
    reason: str
    cells: tuple[Cell, ...] = field(repr=False)


@dataclass
class ImportReport:
    """What came of a file. `unknown` are headers that no column has; their cells were not imported."""

    added: int = 0
    known: int = 0  # imported before
    refused: int = 0
    examples: list[Refused] = field(default_factory=list)
    unknown: tuple[str, ...] = ()

    SHOWN = 20  # refused rows kept as examples; all of them stand in the table of refused rows

    def lines(self) -> list[str]:
        """The report for people (Chinese)."""
        lines = [f"新增 {self.added}，已存在 {self.known}，拒收 {self.refused}"]
        lines += [f"未识别的列，没有导入：{'、'.join(self.unknown)}"] if self.unknown else []
        lines += [f"第 {each.row} 行：{each.reason}" for each in self.examples]
        if self.refused > len(self.examples):
            lines.append(f"……另有 {self.refused - len(self.examples)} 行")
        return lines


def import_file(
    engine: Engine,
    path: Path,
    source: str = "",
    *,
    now: datetime,
    refused_path: Path | None = None,
    is_dry_run: bool = False,
    progress: bool = False,
) -> ImportReport:
    """Import a .csv or .xlsx file. `source` stands in for an empty 来源.

    Refused rows are written to `refused_path` (made only when there are any) with number and reason in front, to be
    mended and imported again. A dry run does the same and stores nothing. Raises BadTable when the file as a whole
    cannot be read or has no usable header row.
    """
    with open_table(path) as table, ExitStack() as stack:
        run = _Run(engine, path.name, source_name(source.strip()), now, is_dry_run, match_headers(table.headers))
        run.report.unknown = unknown_headers(table.headers)
        keep = _keeper(table, refused_path, stack)
        bar = tqdm(total=table.total, desc="导入", unit="行", disable=not progress)
        for portion in _portions(table.rows):
            for refused in run.take(portion):
                run.report.refused += 1
                if len(run.report.examples) < ImportReport.SHOWN:
                    run.report.examples.append(refused)
                keep(refused)
            bar.update(len(portion))
        bar.close()
        return run.report


@dataclass
class _Run:
    """One import in progress."""

    engine: Engine
    file_name: str
    source: str
    now: datetime
    is_dry_run: bool
    places: dict[str, int]
    report: ImportReport = field(default_factory=ImportReport)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)  # key of a case → its row

    def take(self, portion: Sequence[tuple[int, tuple[Cell, ...]]]) -> list[Refused]:
        """Import some rows; the refused ones come back."""
        cases: dict[int, Case] = {}
        cells = dict(portion)
        refused: dict[int, str] = {}
        for row, values in portion:
            try:
                case = self._read(values)
                if (first := self.seen.setdefault(case.key, row)) != row:
                    raise BadCell(header_of("number"), f"与第 {first} 行重复")
                cases[row] = case
            except BadCell as error:
                refused[row] = str(error)
        refused |= self._store(cases)
        return [Refused(row, refused[row], cells[row]) for row in sorted(refused)]

    def _read(self, values: tuple[Cell, ...]) -> Case:
        row = {key: values[place] if place < len(values) else None for key, place in self.places.items()}
        return read_case(row, self.source, self.now)

    def _store(self, cases: dict[int, Case]) -> dict[int, str]:
        """Write what is new; gives the rows that the rules of the desk refuse."""
        for attempt in range(TRIES):
            try:
                with transaction(self.engine) as connection:
                    known = _known_keys(connection, (case.key for case in cases.values()))
                    new = {row: case for row, case in cases.items() if case.key not in known}
                    lives, refused = self._lives(connection, new)
                    if not self.is_dry_run:
                        _write(connection, lives, self.now)
                break
            except IntegrityError:
                if attempt == TRIES - 1:
                    raise
        self.report.known += len(cases) - len(new)
        self.report.added += len(lives)
        return refused

    def _lives(self, connection: Connection, cases: dict[int, Case]) -> tuple[list[Life], dict[int, str]]:
        calendar, limits = load_calendar(connection), load_limits(connection)
        days = Counter(day_of(case.received_at) for case in cases.values())
        free = dict.fromkeys(days, 1) if self.is_dry_run else reserve_numbers(connection, days)
        lives: list[Life] = []
        refused: dict[int, str] = {}
        for row, case in cases.items():
            day = day_of(case.received_at)
            origin = f"文件“{self.file_name}”第 {row} 行"
            code = f"{secrets.randbelow(1_000_000):06d}"
            try:
                life = life_of(
                    case,
                    numbered(day, free[day]),
                    code,
                    origin=origin,
                    now=self.now,
                    calendar=calendar,
                    limits=limits,
                )
            except BadCell as error:
                refused[row] = str(error)
                continue
            free[day] += 1
            lives.append(life)
        return lives, refused


def _write(connection: Connection, lives: Sequence[Life], now: datetime) -> None:
    write_lives(connection, lives)
    for life in lives:
        if life.order.is_threat and life.order.state.is_open:
            tell_staff(connection, life.order, now)


def _known_keys(connection: Connection, keys: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Those of these cases that are stored already."""
    column = work_order.c
    by_door: dict[str, list[str]] = {}
    for door, number in keys:
        by_door.setdefault(door, []).append(number)
    found: set[tuple[str, str]] = set()
    for door, numbers in by_door.items():
        query = sa.select(column.draft_id).where(column.conversation_id == door, column.draft_id.in_(numbers))
        found |= {(door, number) for number in connection.execute(query).scalars()}
    return frozenset(found)


def _portions(
    rows: Iterator[tuple[int, tuple[Cell, ...]]],
) -> Iterator[list[tuple[int, tuple[Cell, ...]]]]:
    while portion := list(islice(rows, PORTION)):
        yield portion


def _keeper(table: Table, path: Path | None, stack: ExitStack) -> Callable[[Refused], None]:
    """Writes a refused row to the table of refused rows, which is made for the first one."""
    kept = [place for place, header in enumerate(table.headers) if header not in words("ignored")]
    writers: list[Writer] = []

    def keep(refused: Refused) -> None:
        if path is None:
            return
        if not writers:
            writers.append(stack.enter_context(create_table(path)))
            writers[0].write(refusal_headers(table.headers))
        cells = [text_of(refused.cells[place]) if place < len(refused.cells) else "" for place in kept]
        writers[0].write((str(refused.row), refused.reason, *cells))

    return keep
