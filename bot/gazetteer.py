"""The names that a message may hold: towns, matters and units, from the shipped tables.

Names are written as `knowledge_base.text.align` writes them, so that a traditional or full-width spelling is found
as well. A name that means several things of one kind is left out: search, not the gazetteer, tells those apart.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from functools import cache

from hotline.routing import units
from knowledge_base.content import entries_of, shipped
from knowledge_base.model import Entry, Gap
from knowledge_base.places import towns
from knowledge_base.text import align

LABELS = ("town", "matter", "unit")
SHORTEST_NAME = 2  # characters; a single one stands in too many other words
_LIST = re.compile(r"[、,，;；()]")  # several names, or one with an explanation: nobody types it so


@dataclass(frozen=True, order=True)
class Pattern:
    """One name: `label` is the entity, `value` what it stands for (official name, or code of an entry)."""

    label: str  # one of LABELS
    text: str
    value: str


def patterns_of(entries: Iterable[Entry]) -> tuple[Pattern, ...]:
    """All unambiguous names of the towns and of `entries`, sorted. A name of several kinds is of the first kind."""
    meanings: dict[str, dict[str, set[str]]] = {label: defaultdict(set) for label in LABELS}
    for label, name, value in (*_town_names(), *_unit_names(), *_entry_names(entries)):
        text = align(name.strip())
        if len(text) >= SHORTEST_NAME and not _LIST.search(text):
            meanings[label][text].add(value)
    taken: set[str] = set()
    patterns = []
    for label, names in meanings.items():
        fresh = {text: values for text, values in names.items() if text not in taken}
        patterns += [Pattern(label, text, *values) for text, values in fresh.items() if len(values) == 1]
        taken |= fresh.keys()
    return tuple(sorted(patterns))


def _town_names() -> Iterator[tuple[str, str, str]]:
    for town in towns():
        for word in town.words:
            yield "town", word, town.name


def _unit_names() -> Iterator[tuple[str, str, str]]:
    for unit in units():
        for name in (unit.name, *unit.aliases):
            yield "unit", name, unit.name


def _entry_names(entries: Iterable[Entry]) -> Iterator[tuple[str, str, str]]:
    for entry in entries:
        if entry.owner_unit:
            yield "unit", entry.owner_unit, entry.owner_unit
        if not isinstance(entry, Gap):
            for name in (entry.name, *entry.aliases):
                yield "matter", name, entry.code


def words_of(patterns: Iterable[Pattern]) -> Iterator[str]:
    """The names that the segmenter has to keep whole.

    All towns, but other names only from three characters on: jieba knows the short ones that are words, and a forced
    "联办" would cut the town out of "在西联办证".
    """
    return (each.text for each in patterns if each.label == "town" or len(each.text) > SHORTEST_NAME)


@cache
def shipped_patterns() -> tuple[Pattern, ...]:
    """The names in the shipped knowledge; about a second at the first call. Raises BadRow, BadFile."""
    return patterns_of(entries_of(shipped()))


def content_fingerprint() -> str:
    """Changes whenever a pattern does."""
    rows = json.dumps([astuple(pattern) for pattern in shipped_patterns()], ensure_ascii=False)
    return hashlib.sha256(rows.encode()).hexdigest()
