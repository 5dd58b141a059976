"""Which towns and regions a message names, from the gazetteer `content/places.yml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.model import Entry, Guide, Level
from knowledge_base.text import align, normalise

PLACES = Path(__file__).with_name("content") / "places.yml"

# Words after which another region is where someone comes from or goes to, not where the matter is handled.
_MOVING = re.compile(
    r"户口在|户籍在|户籍|老家|迁|转[入出到回]|来自|回去|从|跨省|异地|外地|嫁|出生在|来(?:韶关|武江)"
    r"|去(?!哪|边度|什么)|人在|住在|身份证是|寄|读书|读研|毕业|工作|打工|女儿|儿子|孩子|父母"
    r"|看病|住院|手术|就医|结算"
)


@dataclass(frozen=True)
class Town:
    """One of the seven towns and subdistricts."""

    code: str  # 12 digits of the statistics bureau
    name: str
    words: tuple[str, ...]  # names, aliases and landmarks, simplified


@cache
def _gazetteer() -> dict[str, Any]:
    return dict(yaml.safe_load(PLACES.read_text(encoding="utf-8")))


@cache
def towns() -> tuple[Town, ...]:
    """All towns, with every word that means them, longest first."""
    return tuple(
        Town(row["code"], row["name"], _words([row["name"], *row["aliases"], *row.get("landmarks", ())]))
        for row in _gazetteer()["towns"]
    )


def towns_in(message: str) -> tuple[str, ...]:
    """Official names of the towns that a message names, in the order in which they stand."""
    text = normalise(message)
    found = [(min(places), town.name) for town in towns() if (places := _places_of(text, town.words))]
    return tuple(name for _, name in sorted(found))


def town_code(name: str) -> str:
    """The code of a town by its official name, empty when there is none."""
    return next((town.code for town in towns() if town.name == name), "")


def other_region_asked(message: str) -> str:
    """The other city, district or province whose service the message asks about, or nothing.

    Conservative: a region that someone comes from, moves from or travels to is not meant.
    """
    text = normalise(message)
    if _is_local(text) or _MOVING.search(text):
        return ""
    return next((name for name, words in _regions() if _places_of(text, words)), "")


def is_served_in(entry: Entry, region: str) -> bool:
    """Does the entry hold for people of this region: handled by the province or the state, or by the region itself?"""
    if not isinstance(entry, Guide):
        return False
    is_above = entry.use_level in (Level.NATION, Level.PROVINCE)
    return is_above or region in entry.handle_area or region in entry.owner_unit


def _is_local(text: str) -> bool:
    local = [
        *_gazetteer()["district"]["aliases"],
        *_gazetteer()["city"]["aliases"],
        "武江区",
        "韶关市",
        "本地",
        "我们这",
    ]
    return any(align(word) in text for word in local) or bool(towns_in(text))


@cache
def _regions() -> tuple[tuple[str, tuple[str, ...]], ...]:
    neighbours = [(row["name"], _words([row["name"], *row["aliases"]])) for row in _gazetteer()["neighbours"]]
    others = [
        (row, _words([row])) if isinstance(row, str) else (row["name"], _words([row["name"], *row.get("aliases", ())]))
        for row in _gazetteer()["other_regions"]
    ]
    return tuple(neighbours + others)


def _words(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({align(name) for name in names}, key=len, reverse=True))


def _places_of(text: str, words: tuple[str, ...]) -> list[int]:
    return [text.index(word) for word in words if word in text]
