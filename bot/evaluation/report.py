"""What a run found: tables for people, JSON for anyone who wants to count again."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evaluation.metrics import Rate, quantile


@dataclass(frozen=True)
class Table:
    """A printed table; the first column is text, the others are numbers unless `is_text`."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_text: bool = False


@dataclass(frozen=True)
class Report:
    """The result of one run. Rates in the summary may be nested; they become JSON objects."""

    summary: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    tables: Sequence[Table]


def render(report: Report, *, is_markdown: bool = False) -> str:
    """All tables as aligned plain text or as Markdown."""
    draw = _markdown if is_markdown else _plain
    return "\n\n".join(draw(table) for table in report.tables)


def write_json(report: Report, path: Path) -> None:
    """Write `{"summary": …, "rows": […]}`, creating the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"summary": _plain_data(report.summary), "rows": _plain_data(report.rows)}
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def times(milliseconds: Iterable[float]) -> dict[str, float | None]:
    """Median, 95 % and longest time in milliseconds; None without any."""
    known = [round(value, 1) for value in milliseconds]
    return {"p50": quantile(known, 0.5), "p95": quantile(known, 0.95), "max": max(known, default=None)}


def times_table(milliseconds: Mapping[str, float | None]) -> Table:
    """The times of a run, as printed."""
    values = ("–" if value is None else f"{value:.1f}" for value in milliseconds.values())
    return Table("每条消息用时（毫秒）", ("", *milliseconds), (("全部", *values),))


def _plain(table: Table) -> str:
    lines = [table.header, *table.rows]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(table.header))]
    drawn = [
        "  ".join(
            _pad(cell, width, column > 0 and not table.is_text)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return "\n".join([table.title, drawn[0].rstrip(), "-" * _width(drawn[0]), *(line.rstrip() for line in drawn[1:])])


def _markdown(table: Table) -> str:
    rule = "|".join(["", ":--", *[":--" if table.is_text else "--:"] * (len(table.header) - 1), ""])
    lines = [
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in (table.header, *table.rows)
    ]
    return "\n".join([f"**{table.title}**", "", lines[0], rule, *lines[1:]])


def _pad(cell: str, width: int, is_right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if is_right else cell + space


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _plain_data(value: Any) -> Any:
    if isinstance(value, Rate):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): _plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain_data(item) for item in value]
    return value
