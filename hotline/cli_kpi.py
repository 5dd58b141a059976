"""`python -m bot orders kpi`: the figures of a month, year or span of days, on the screen or as an Excel workbook."""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from hotline.deadlines import SHANGHAI
from hotline.kpi import Line, measure, total
from hotline.kpi_excel import BY_LABELS, write_workbook
from hotline.kpi_measures import MEASURES, Measure
from hotline.kpi_period import By, Period


def add_commands(subparsers: Any) -> None:
    """Add `orders kpi`; it sets `run`, a function of the parsed arguments and a migrated engine."""
    figures = subparsers.add_parser("kpi", help="办理指标：办结率、满意率等，可导出考核表")
    when = figures.add_mutually_exclusive_group()
    when.add_argument("--month", type=_month, dest="period", help="如 2026-10；缺省为本月")
    when.add_argument("--year", type=_year, dest="period", help="如 2025")
    when.add_argument("--days", type=_days, dest="period", help="起止日期，如 2025-01-01..2025-03-31，两端都算")
    figures.add_argument("--by", choices=[by.value for by in By], default=By.ALL.value, help="分组（缺省 all：全区）")
    figures.add_argument("--xlsx", type=Path, help="同时写入这个 Excel 文件")
    figures.add_argument("--formulas", action="store_true", help="列出各指标的算式")
    figures.set_defaults(run=run_kpi)


def run_kpi(args: argparse.Namespace, engine: Engine) -> int:
    """Print the figures; exit status 2 when the workbook cannot be written."""
    now = datetime.now(UTC)
    today = now.astimezone(SHANGHAI).date()
    period, by = args.period or Period.of_month(today.year, today.month), By(args.by)
    lines = measure(engine, period, by, now=now)
    if not lines:
        print(f"{period.first} 至 {period.last} 没有登记的工单。")
    else:
        shown = lines if by is By.ALL else (*lines, total(lines))
        print(f"{period.first} 至 {period.last}，按登记时间")
        print(table(by, shown))
    if args.formulas:
        print("\n".join(f"{each.label}：{each.formula}" for each in MEASURES))
    if args.xlsx is not None:
        try:
            write_workbook(args.xlsx, period, by, lines)
        except OSError as error:
            print(f"写不了文件 {args.xlsx}：{error.strerror}", file=sys.stderr)
            return 2
        print(f"已写入 {args.xlsx}")
    return 0


def table(by: By, lines: Sequence[Line]) -> str:
    """The figures as a table of even columns."""
    names = ("登记", "同比", "受理", "办结", "默认评价", *(each.label for each in MEASURES))
    rows = [(BY_LABELS[by], *names), *(_row(line) for line in lines)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(_padded, row, widths)).rstrip() for row in rows)


def _row(line: Line) -> tuple[str, ...]:
    counts = line.counts
    growth = "—" if line.growth is None else f"{line.growth:+.1%}"
    figures = (_shown(each, line.values[each.code]) for each in MEASURES)
    plain = (str(counts.registered), growth, str(counts.accepted), str(counts.closed), str(counts.default_rated))
    return (line.label, *plain, *figures)


def _shown(measured: Measure, value: float | None) -> str:
    if value is None:
        return "—"
    return f"{value:.1%}" if measured.unit == "%" else f"{value:.1f}{measured.unit}"


def _width(text: str) -> int:
    """Columns of a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _month(text: str) -> Period:
    match = re.fullmatch(r"(\d{4})-(\d{1,2})", text)
    if match is None or not 1 <= int(match.group(2)) <= 12 or not 1900 < int(match.group(1)) < 9999:
        raise argparse.ArgumentTypeError("请写成 2026-10")
    return Period.of_month(int(match.group(1)), int(match.group(2)))


def _year(text: str) -> Period:
    if not re.fullmatch(r"(?:19|20|21)\d{2}", text):
        raise argparse.ArgumentTypeError("请写成 2025")
    return Period.of_year(int(text))


def _days(text: str) -> Period:
    try:
        first, last = (date.fromisoformat(part) for part in text.split(".."))
    except ValueError as error:
        raise argparse.ArgumentTypeError("请写成 2025-01-01..2025-03-31") from error
    if last < first:
        raise argparse.ArgumentTypeError("结束日期早于开始日期")
    return Period(first, last)
