"""How citizens say what the formal names of service matters say, from `thesaurus.yml`.

An entry imported from a portal holds formal texts only ("机动车驾驶证换证"); the index adds the spoken words of the
official terms in its name, so that a question in everyday words finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from operator import add
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.errors import BadFile

THESAURUS = Path(__file__).with_name("thesaurus.yml")

MOST = 24  # spoken words for one text; more would drown its own words
SHORTEST, LONGEST = 2, 12  # characters of a term or a spoken word

Terms = dict[str, tuple[str, ...]]  # spoken words by official term
ByPair = dict[str, tuple[str, ...]]  # official terms by their first two characters


def spoken_for(text: str) -> tuple[str, ...]:
    """Return the spoken words of every official term in `text` (simplified), those of longer terms first.

    No word twice, none that `text` holds already, at most `MOST`. Raises BadFile when the thesaurus is malformed.
    """
    terms, by_pair = _thesaurus()
    lowered = text.lower()
    pairs = by_pair.keys() & set(map(add, lowered, lowered[1:]))
    found = [term for pair in pairs for term in by_pair[pair] if term in lowered]
    found.sort(key=lambda term: (-len(term), lowered.index(term)))
    words: dict[str, None] = {}
    for term in found:
        if len(words) >= MOST:
            break
        words.update(dict.fromkeys(word for word in terms[term] if word not in words and word not in lowered))
    return tuple(words)[:MOST]


def read_thesaurus(written: str) -> Terms:
    """Read the text of a thesaurus file: spoken words by official term (in lower case).

    Raises BadFile naming the row that is wrong.
    """
    try:
        tables = yaml.load(written, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - safe, in C
    except yaml.YAMLError as error:
        raise BadFile(f"thesaurus: {error}") from error
    terms: Terms = {}
    for place, row in _rows(tables):
        spoken = _words(row.get("spoken"), f"{place}: spoken")
        for term in _words(row.get("official"), f"{place}: official"):
            if term.lower() in terms:
                raise BadFile(f"{place}: {term!r} is already the term of another row")
            terms[term.lower()] = spoken
    return terms


@cache
def _thesaurus() -> tuple[Terms, ByPair]:
    terms = read_thesaurus(THESAURUS.read_text(encoding="utf-8"))
    by_pair: dict[str, list[str]] = {}
    for term in terms:
        by_pair.setdefault(term[:2], []).append(term)
    return terms, {pair: tuple(those) for pair, those in by_pair.items()}


def _rows(tables: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if not isinstance(tables, dict) or not tables:
        raise BadFile("thesaurus: must be a mapping of themes")
    for theme, rows in tables.items():
        if not isinstance(rows, list) or not rows:
            raise BadFile(f"thesaurus: {theme}: must be a list of rows")
        for number, row in enumerate(rows, start=1):
            place = f"thesaurus: {theme}, row {number}"
            if not isinstance(row, dict) or row.keys() != {"official", "spoken"}:
                raise BadFile(f"{place}: must hold official and spoken, nothing else: {row!r}")
            yield place, row


def _words(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise BadFile(f"{place}: must be a list of words, not {value!r}")
    for word in value:
        if not isinstance(word, str) or not SHORTEST <= len(word) <= LONGEST:
            raise BadFile(f"{place}: {word!r} must be text of {SHORTEST} to {LONGEST} characters")
    if len(set(value)) != len(value):
        raise BadFile(f"{place}: a word stands twice: {value!r}")
    return tuple(value)
