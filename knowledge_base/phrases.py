"""What search reads of an entry: its phrases (how people name and ask it) and its document (what it says)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from knowledge_base.model import Bundle, Entry, Guide
from knowledge_base.text import mandarin
from knowledge_base.thesaurus import spoken_for

DOCUMENT_CHARACTERS = 1200  # of each entry; longer texts drown their own words
SPOKEN_WORDS = 8  # of the thesaurus, in the phrase that joins them to the name
SPOKEN_CHARACTERS = 80
SUMMARY_CHARACTERS = 110  # one sentence vector blurs what is longer


class PhraseKind(StrEnum):
    """Where a phrase comes from."""

    NAME = "name"
    ALIAS = "alias"
    SPOKEN = "spoken"  # the name with its everyday words, from the thesaurus
    QUESTION = "question"
    FAQ = "faq"


@dataclass(frozen=True)
class Phrase:
    """One wording that leads to an entry; `text` is already rewritten for search."""

    text: str
    owner: int  # position of the entry in the index
    kind: PhraseKind
    faq: int | None = None  # which FAQ of the entry, when it is one


def phrases_of(entry: Entry, owner: int) -> Iterator[Phrase]:
    """Yield the distinct phrases of one entry, its name first."""
    seen: set[str] = set()
    sources = (
        (PhraseKind.NAME, (entry.name,)),
        (PhraseKind.ALIAS, entry.aliases),
        (PhraseKind.SPOKEN, _spoken(entry)),
        (PhraseKind.QUESTION, entry.similar_questions),
        (PhraseKind.FAQ, tuple(faq.question for faq in entry.faqs)),
    )
    for kind, wordings in sources:
        for position, wording in enumerate(wordings):
            text = mandarin(wording)
            if text and text not in seen:
                seen.add(text)
                yield Phrase(text, owner, kind, position if kind is PhraseKind.FAQ else None)


def _spoken(entry: Entry) -> tuple[str, ...]:
    words = spoken_for(_names(entry))[:SPOKEN_WORDS]
    return (f"{entry.name}。{'，'.join(words)}"[:SPOKEN_CHARACTERS],) if words else ()


def _names(entry: Entry) -> str:
    return mandarin(" ".join([entry.name, *entry.aliases[:4]]))


def document_of(entry: Entry) -> str:
    """The searchable text of an entry: its names twice and in everyday words, then what it says.

    Holds no similar question.
    """
    names = _names(entry)
    parts = [names, *spoken_for(names), entry.name, entry.owner_unit, entry.theme]
    if isinstance(entry, Guide):
        parts += [material.text for material in entry.materials]
    parts += _statements(entry)
    if isinstance(entry, Bundle):
        parts += [member.name for member in entry.members]
    return mandarin(" ".join(part for part in parts if part))[:DOCUMENT_CHARACTERS]


def summary_of(entry: Entry) -> str:
    """What the entry is about in one breath, for one sentence vector: names, materials, conditions."""
    parts = [entry.name, *entry.aliases[:1]]
    if isinstance(entry, Guide):
        parts.append("、".join(material.text for material in entry.materials))
        parts.append("".join(condition.text for condition in entry.conditions))
    elif isinstance(entry, Bundle):
        parts += [member.name for member in entry.members]
    return mandarin("。".join(part for part in parts if part)[:SUMMARY_CHARACTERS])


def _statements(entry: Entry) -> Iterator[str]:
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, BaseModel) and name not in {"materials", "places", "members", "laws"}:
                text = getattr(item, "text", None) or getattr(getattr(item, "answer", None), "text", None)
                if text:
                    yield text
