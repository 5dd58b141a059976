"""The columns of the exchanged table of orders, and the words that stand in them. The data is columns.yml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hotline.exchange_errors import BadTable

COLUMNS_FILE = Path(__file__).with_name("columns.yml")
_DECORATION = re.compile(r"[\s*＊:：]|[(（\[【][^)）\]】]*[)）\]】]")


@dataclass(frozen=True)
class Column:
    """One column: `key` in code, `header` on export, `aliases` understood on import; `is_ours`: not of the city."""

    key: str
    header: str
    aliases: tuple[str, ...]
    is_required: bool
    is_ours: bool


@cache
def columns() -> tuple[Column, ...]:
    """Every column, in the order of the file."""
    return tuple(
        Column(
            row["key"],
            row["header"],
            tuple(row["aliases"]),
            bool(row.get("required")),
            bool(row.get("is_ours")),
        )
        for row in _content()["columns"]
    )


def headers() -> tuple[str, ...]:
    """The header row of an export."""
    return tuple(column.header for column in columns())


def header_of(key: str) -> str:
    """What people call a column."""
    return next(column.header for column in columns() if column.key == key)


def match_headers(row: Sequence[str]) -> dict[str, int]:
    """The place of each known column in a header row; raises BadTable with what is wrong (Chinese).

    An exact header wins over an alias, so that a file may hold both 受理编号 and 诉求编号.
    """
    cells = [_plain(cell) for cell in row]
    places: dict[str, int] = {}
    for column in columns():
        own = [place for place, cell in enumerate(cells) if cell == column.header]
        other = [place for place, cell in enumerate(cells) if cell in column.aliases]
        if len(own) > 1:
            raise BadTable(f"表头重复：{column.header}")
        if found := own or other:
            places[column.key] = found[0]
        elif column.is_required:
            raise BadTable(f"缺少列“{column.header}”；第一行必须是表头")
    return places


def unknown_headers(row: Sequence[str]) -> tuple[str, ...]:
    """Headers that no column has, in order; a column under two names counts once, so the second one stands here."""
    used = set(match_headers(row).values())
    ignored = words("ignored")
    return tuple(
        cell.strip()
        for place, cell in enumerate(row)
        if place not in used and _plain(cell) and _plain(cell) not in ignored
    )


def words(name: str) -> tuple[str, ...]:
    """A list of words of the file, such as `affirmative` or `no_threat`."""
    return tuple(_content()[name])


def meanings(name: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A table of codes and the words that mean them, in the order in which they are tried."""
    return tuple((str(code), tuple(texts)) for code, texts in _content()[name])


def source_name(text: str) -> str:
    """The name under which a source is kept: 民声关注 is 民声热线."""
    return str(_content()["sources"].get(text, text))


def _plain(cell: str) -> str:
    return _DECORATION.sub("", cell)


@cache
def _content() -> dict[str, Any]:
    return dict(yaml.safe_load(COLUMNS_FILE.read_text(encoding="utf-8")))
