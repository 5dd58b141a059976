"""What search reads of an entry: its phrases (how people name and ask it) and its document (what it says)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from knowledge_base.model import Bundle, Entry, Guide
from knowledge_base.text import mandarin

DOCUMENT_CHARACTERS = 1200  # of each entry; longer texts drown their own words


class PhraseKind(StrEnum):
    """Where a phrase comes from."""

    NAME = "name"
    ALIAS = "alias"
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
        (PhraseKind.QUESTION, entry.similar_questions),
        (PhraseKind.FAQ, tuple(faq.question for faq in entry.faqs)),
    )
    for kind, wordings in sources:
        for position, wording in enumerate(wordings):
            text = mandarin(wording)
            if text and text not in seen:
                seen.add(text)
                yield Phrase(text, owner, kind, position if kind is PhraseKind.FAQ else None)


def document_of(entry: Entry) -> str:
    """The searchable text of an entry: its names twice, then what it says. Holds no similar question."""
    parts = [entry.name, *entry.aliases[:4], entry.name, entry.owner_unit, entry.theme]
    if isinstance(entry, Guide):
        parts += [material.text for material in entry.materials]
    parts += _statements(entry)
    if isinstance(entry, Bundle):
        parts += [member.name for member in entry.members]
    return mandarin(" ".join(part for part in parts if part))[:DOCUMENT_CHARACTERS]


def _statements(entry: Entry) -> Iterator[str]:
    for name in type(entry).model_fields:
        value = getattr(entry, name)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, BaseModel) and name not in {"materials", "places", "members", "laws"}:
                text = getattr(item, "text", None) or getattr(getattr(item, "answer", None), "text", None)
                if text:
                    yield text
