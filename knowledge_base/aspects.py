"""Which aspect of a matter a message asks for.

A ridge regression in closed form over the sentence embedding and the signs of `aspects.yml`; it learns from the
examples there and from the frequent questions of all guides, so it is ready as soon as the index is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from knowledge_base.embedding import Embed
from knowledge_base.embedding import Vectors as Floats
from knowledge_base.model import Aspect, Entry
from knowledge_base.text import mandarin

TABLE = Path(__file__).with_name("aspects.yml")
RIDGE = 2.0
SIGN_WEIGHT = 1.5  # how much a sign weighs beside the embedding
ASKED_AT = 0.22  # regression value from which on the aspect counts as asked; below, the general answer is given


@dataclass(frozen=True)
class AspectRow:
    """How an aspect is named, asked by quick reply, and recognised."""

    label: str
    ask: str
    signs: tuple[re.Pattern[str], ...]
    examples: tuple[str, ...]


@cache
def aspect_table() -> dict[Aspect, AspectRow]:
    """The table of `aspects.yml`; raises KeyError when an aspect is missing from it."""
    raw: dict[str, Any] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {
        aspect: AspectRow(
            raw[aspect]["label"],
            raw[aspect]["ask"],
            tuple(re.compile(sign) for sign in raw[aspect]["signs"]),
            tuple(raw[aspect]["examples"]),
        )
        for aspect in Aspect
    }


class AspectClassifier:
    """Trained in milliseconds from examples whose vectors are cached. Safe to share by threads."""

    def __init__(self, entries: Sequence[Entry], embed: Embed) -> None:
        table = aspect_table()
        examples = [(mandarin(text), aspect) for aspect, row in table.items() for text in row.examples]
        examples += [(mandarin(faq.question), faq.aspect) for entry in entries for faq in entry.faqs if faq.aspect]
        self._aspects = tuple(Aspect)
        texts = [text for text, _ in examples]
        vectors = embed(texts)
        self._centre = vectors.mean(axis=0)
        rows = np.stack([self._row(text, vector) for text, vector in zip(texts, vectors, strict=True)])
        targets = np.zeros((len(rows), len(self._aspects)), dtype=np.float32)
        for place, (_, aspect) in enumerate(examples):
            targets[place, self._aspects.index(aspect)] = 1.0
        weight = np.sqrt(1.0 / np.maximum(targets.sum(axis=0), 1.0))[targets.argmax(axis=1)] * 5
        gram = (rows * weight[:, None]).T @ rows + RIDGE * np.eye(rows.shape[1])
        self._weights = np.linalg.solve(gram, (rows * weight[:, None]).T @ targets).astype(np.float32)

    def scores(self, text: str, vector: Floats) -> dict[Aspect, float]:
        """Regression value by aspect for a `mandarin` text and its vector."""
        values = self._row(text, vector) @ self._weights
        return dict(zip(self._aspects, values.tolist(), strict=True))

    def asked(self, text: str, vector: Floats) -> Aspect:
        """The aspect asked first; GENERAL when none stands out."""
        scores = self.scores(text, vector)
        best = max(scores, key=lambda aspect: scores[aspect])
        return best if scores[best] >= ASKED_AT else Aspect.GENERAL

    def is_named(self, text: str) -> bool:
        """Whether any sign of a definite aspect stands in the text (used to know a clipped follow-up)."""
        return any(self.names(text, aspect) for aspect in aspect_table() if aspect is not Aspect.GENERAL)

    def names(self, text: str, aspect: Aspect) -> bool:
        """Whether a sign of this aspect stands in the text."""
        return any(sign.search(text) for sign in aspect_table()[aspect].signs)

    def _row(self, text: str, vector: Floats) -> Floats:
        table = aspect_table()
        signs = [min(sum(bool(sign.search(text)) for sign in table[each].signs), 2) for each in self._aspects]
        spread = (vector - self._centre) * 4.0
        row = np.concatenate([spread, np.asarray(signs, np.float32) * SIGN_WEIGHT, [1.0]])
        return np.asarray(row, dtype=np.float32)
