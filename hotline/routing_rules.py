"""Rules on words, matter and place: which unit they point to, and how clearly.

The words stand in units.yml. Each hit gives points; the score says how far the first unit is ahead of the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

UNITS_FILE = Path(__file__).with_name("units.yml")
POINTS = {"decides": 3, "aliases": 2, "usually": 2, "suggests": 1}
LEAST_POINTS = 2  # one hint alone proposes nothing
SURE_FROM = 0.55  # score from which a unit is proposed: 3 against 1 and 2 against 1 pass, 3 against 2 does not
DOUBT = 0.6  # points that always stand against the first unit
LONGEST_TEXT = 2_000  # characters that are looked at
SHOWN_WORDS = 5  # words named in an explanation
TOWN_UNIT = "所在镇街"
NEUTRAL = ""  # unit of the phrases that only hide what lies inside them
MATTER_POINTS = 3  # for the unit that handles the matter which the message is about


@dataclass(frozen=True)
class Unit:
    """One unit that handles orders, as in units.yml."""

    name: str
    level: Literal["district", "city", "utility", "town"]
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """The unit that the rules are sure of, or None; `score` is 0–1, `explanation` is for staff (Chinese).

    `leaning` is the unit with the most points, sure or not, and `words` are what it got them for.
    """

    unit: str | None
    explanation: str
    score: float
    leaning: str = ""
    words: str = ""


@dataclass(frozen=True)
class _Phrase:
    """Parts that must all occur; each part is a choice of words."""

    unit: str
    points: int
    parts: tuple[tuple[str, ...], ...]

    @property
    def is_plain(self) -> bool:
        return len(self.parts) == 1


@dataclass(frozen=True)
class _Hit:
    phrase: _Phrase
    words: tuple[str, ...]


def units() -> tuple[Unit, ...]:
    """Every unit, in the order of the file."""
    return _load()[0]


def known_unit(name: str) -> str:
    """The unit as units.yml writes it, from how a guide names it; empty when it is none of them."""
    for unit in units():
        if name == unit.name or name in unit.aliases:
            return unit.name
    inside = [unit.name for unit in units() if unit.name in name]
    return max(inside, key=len, default="")


def find_unit(text: str, town: str = "", matter_unit: str = "") -> Finding:
    """The unit that should handle this, from normalised (simplified) text.

    `town` is the official name of the town, when known; it only makes the explanation of 所在镇街 precise.
    `matter_unit` handles the matter that the message is about, when one is known.
    """
    text = text[:LONGEST_TEXT].lower()
    hits = _hits(text, _load()[1])
    if matter_unit := known_unit(matter_unit):
        hits.insert(0, _Hit(_Phrase(matter_unit, MATTER_POINTS, ()), ("所涉办事事项",)))
    points: dict[str, int] = {}
    for hit in hits:
        if hit.phrase.unit != NEUTRAL:
            points[hit.phrase.unit] = points.get(hit.phrase.unit, 0) + hit.phrase.points
    if not points:
        return Finding(None, "未识别到与承办单位职责相关的词语，请调度员指定。", 0.0)
    ranked = sorted(points.items(), key=lambda item: -item[1])
    (first, best), second = ranked[0], ranked[1] if len(ranked) > 1 else None
    score = best / (best + (second[1] if second else 0) + DOUBT)
    words = _words_of(hits, first)
    if best < LEAST_POINTS or score < SURE_FROM:
        names = "、".join(name for name, _ in ranked[:3])
        return Finding(None, f"依据不足，未作建议；可能涉及：{names}（{words}）。", score, first, words)
    return Finding(first, _explain(first, words, second[0] if second else "", town), score, first, words)


def _explain(unit: str, words: str, second: str, town: str) -> str:
    where = f"（{town}）" if unit == TOWN_UNIT and town else ""
    also = f"；也可能涉及{second}" if second else ""
    return f"因诉求提到{words}，建议由{unit}{where}承办{also}。"


def _words_of(hits: list[_Hit], unit: str) -> str:
    own = sorted((hit for hit in hits if hit.phrase.unit == unit), key=lambda hit: -hit.phrase.points)
    words = dict.fromkeys("+".join(hit.words) for hit in own)
    return "、".join(f"“{word}”" for word in list(words)[:SHOWN_WORDS])


def _hits(text: str, phrases: tuple[_Phrase, ...]) -> list[_Hit]:
    """Phrases that occur, without the plain ones that only occur inside longer plain ones."""
    present = {word for word in _words() if word in text}
    found = [_Hit(phrase, words) for phrase in phrases if (words := _occurring(phrase, present))]
    plain = {word for hit in found if hit.phrase.is_plain for word in hit.words}
    inner = {word for word in plain if _is_covered(word, plain, text)}
    return [hit for hit in found if not (hit.phrase.is_plain and inner.issuperset(hit.words))]


def _occurring(phrase: _Phrase, present: set[str]) -> tuple[str, ...]:
    """For each part the first word that is present; empty unless every part has one."""
    if present.isdisjoint(phrase.parts[0]):
        return ()
    words = [next((word for word in choice if word in present), "") for choice in phrase.parts]
    return tuple(words) if all(words) else ()


def _is_covered(word: str, others: set[str], text: str) -> bool:
    """Does every occurrence of `word` lie inside an occurrence of a longer word?"""
    longer = [other for other in others if len(other) > len(word) and word in other]
    for other in longer:
        text = text.replace(other, "\n")
    return bool(longer) and word not in text


@cache
def _load() -> tuple[tuple[Unit, ...], tuple[_Phrase, ...]]:
    content = yaml.safe_load(UNITS_FILE.read_text(encoding="utf-8"))
    rows = content["units"]
    known = tuple(Unit(row["name"], row["level"], tuple(row["aliases"])) for row in rows)
    phrases = [
        _Phrase(row["name"], points, tuple(tuple(part.split("|")) for part in text.split("+")))
        for row in rows
        for kind, points in POINTS.items()
        for text in ([row["name"], *row[kind]] if kind == "aliases" else row.get(kind, ()))
    ]
    neutral = [_Phrase(NEUTRAL, 0, ((text,),)) for text in content["neutral"]]
    return known, (*phrases, *neutral)


@cache
def _words() -> frozenset[str]:
    return frozenset(word for phrase in _load()[1] for choice in phrase.parts for word in choice)
