"""The search index: an immutable picture of all published entries, swapped as a whole when one changes.

For each query it measures every entry in seven ways (`FEATURES`); `ranking` turns the measures into an order and
a probability. Nothing is trained when an entry changes: the probe is a ridge regression in closed form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge_base.aspects import aspect_table
from knowledge_base.bm25 import BM25
from knowledge_base.embedding import Embed
from knowledge_base.model import Entry
from knowledge_base.phrases import Phrase, document_of, phrases_of, summary_of
from knowledge_base.text import mandarin

FEATURES = ("nearest", "nearest3", "probe", "summary", "phrase_words", "document_words", "named")
RIDGE = 3.0  # regularisation of the probe, chosen by leave-one-out on the shipped knowledge
RICH = 4.0  # phrases per entry from which on similar questions are there to learn from

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Measures:
    """The features of every entry for one query, shape (entries, features), and the phrase that stood nearest."""

    values: Floats
    nearest_phrase: NDArray[np.int64]  # by entry: position of its nearest phrase
    likeness: Floats  # by entry: cosine of the query and that phrase


class SearchIndex:
    """All published entries, ready to be measured against a query. Safe to share by threads."""

    def __init__(self, entries: Sequence[Entry], embed: Embed) -> None:
        self.entries = tuple(entries)
        self.phrases: tuple[Phrase, ...] = tuple(
            phrase for owner, entry in enumerate(self.entries) for phrase in phrases_of(entry, owner)
        )
        self.by_code = {entry.code: position for position, entry in enumerate(self.entries)}
        self.owner = np.asarray([phrase.owner for phrase in self.phrases], dtype=np.int64)
        self.starts = np.searchsorted(self.owner, np.arange(len(self.entries)))
        self.counts = np.diff(np.append(self.starts, len(self.phrases)))
        self.vectors = embed([phrase.text for phrase in self.phrases])
        self.asking = embed(_asking_examples()).mean(axis=0)  # what all questions share, whatever they are about
        self.along = self.vectors @ self.asking
        self.apart = np.linalg.norm(self.vectors - self.asking, axis=1)
        self.summaries = embed([summary_of(entry) for entry in self.entries])
        self.words = BM25([phrase.text for phrase in self.phrases])
        self.documents = BM25([document_of(entry) for entry in self.entries])
        self.is_rich = len(self.phrases) >= RICH * max(len(self.entries), 1)
        self.centre = self.vectors.mean(axis=0) if len(self.phrases) else np.zeros(0, np.float32)
        self.gram_inverse, self.probe = self._fit_probe()
        self.exact = self._exact_names()

    def measure(self, text: str, vector: Floats, leave_out: int | None = None) -> Measures:
        """Measure every entry against `text` (as `mandarin` returns it) and its unit `vector`.

        `leave_out` names a phrase that is to be treated as absent (for leave-one-out).
        """
        likeness = self.vectors @ vector
        words = self.words.scores(text) / self.words.best_possible(text)
        if leave_out is not None:
            likeness[leave_out] = -1.0
            words[leave_out] = 0.0
        topics = self._topics(likeness, vector)
        order = np.lexsort((-topics, self.owner))  # phrases by entry, each entry's nearest first
        nearest = order[self.starts]
        values = np.stack(
            [
                topics[nearest],
                self._top3(topics[order]),
                self._probe_scores(vector, leave_out),
                self.summaries @ vector,
                np.maximum.reduceat(words, self.starts),
                self.documents.scores(text) / self.documents.best_possible(text),
                self._named(text, leave_out),
            ],
            axis=1,
        )
        return Measures(values.astype(np.float32), nearest, likeness[nearest])

    def _topics(self, likeness: Floats, vector: Floats) -> Floats:
        """Each phrase's likeness once what all questions share is taken away from it and from the query."""
        shared = self.along + vector @ self.asking - self.asking @ self.asking
        apart = self.apart * np.linalg.norm(vector - self.asking)
        return np.asarray((likeness - shared) / np.maximum(apart, 1e-6), dtype=np.float32)

    def _top3(self, ranked: Floats) -> Floats:
        """The mean likeness of each entry's three nearest phrases (of fewer, when it has fewer)."""
        columns = [ranked[self.starts + np.minimum(place, self.counts - 1)] for place in range(3)]
        return np.asarray(np.maximum(np.mean(columns, axis=0), 0.0), dtype=np.float32)

    def _fit_probe(self) -> tuple[Floats, Floats]:
        if not self.is_rich:
            return np.zeros((0, 0), np.float32), np.zeros((0, len(self.entries)), np.float32)
        rows = self._probe_rows(self.vectors)
        gram = rows.T @ rows + RIDGE * np.eye(rows.shape[1], dtype=np.float32)
        inverse = np.linalg.inv(gram.astype(np.float64)).astype(np.float32)
        targets = np.zeros((rows.shape[1], len(self.entries)), dtype=np.float32)
        np.add.at(targets.T, self.owner, rows)
        return inverse, inverse @ targets

    def _probe_rows(self, vectors: Floats) -> Floats:
        scaled = (vectors - self.centre) * 4.0  # e5 vectors lie close together: spread them before the regression
        ones = np.ones((*scaled.shape[:-1], 1), dtype=np.float32)
        return np.asarray(np.concatenate([scaled, ones], axis=-1), dtype=np.float32)

    def _probe_scores(self, vector: Floats, leave_out: int | None) -> Floats:
        if not self.is_rich:
            return np.zeros(len(self.entries), dtype=np.float32)
        row = self._probe_rows(vector)
        scores = row @ self.probe
        if leave_out is not None:  # ridge leave-one-out: (fit − leverage · target) / (1 − leverage)
            leverage = float(row @ self.gram_inverse @ row)
            scores[self.owner[leave_out]] -= leverage
            scores /= 1.0 - leverage
        return np.asarray(scores, dtype=np.float32)

    def _exact_names(self) -> dict[str, set[int]]:
        named: dict[str, set[int]] = {}
        for position, entry in enumerate(self.entries):
            for name in (entry.name, *entry.aliases):
                named.setdefault(mandarin(name), set()).add(position)
        return {name: owners for name, owners in named.items() if len(name) >= 2}

    def _named(self, text: str, leave_out: int | None) -> Floats:
        """How much of the text is a name or alias of the entry (0–1), shared names counting for each."""
        values = np.zeros(len(self.entries), dtype=np.float32)
        left_out = self.phrases[leave_out].text if leave_out is not None else None
        for name, owners in self.exact.items():
            if name in text and name != left_out:
                share = min(len(name) / max(min(len(text), 14), 1), 1.0) / len(owners) ** 0.5
                for owner in owners:
                    values[owner] = max(values[owner], share)
        return values


def _asking_examples() -> list[str]:
    return [mandarin(example) for row in aspect_table().values() for example in row.examples]


def build_index(entries: Sequence[Entry], embed: Embed) -> SearchIndex:
    """Build the index over published entries; raises ValueError when there is none."""
    if not entries:
        raise ValueError("the knowledge base holds no published entry")
    return SearchIndex(entries, embed)
