"""TF-IDF over character n-grams: the sparse half of what the intent classifier reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]


def ngrams(text: str, shortest: int, longest: int) -> Counter[str]:
    """All n-grams of `text`, white space taken as one blank; longer texts give no more than they hold."""
    text = " ".join(text.split())
    return Counter(
        text[start : start + size] for size in range(shortest, longest + 1) for start in range(len(text) - size + 1)
    )


@dataclass(frozen=True)
class NGramVectoriser:
    """Vocabulary and idf learnt from the training texts. Unknown n-grams count nothing."""

    vocabulary: dict[str, int]
    idf: Floats
    shortest: int
    longest: int

    @classmethod
    def fit(cls, texts: Sequence[str], shortest: int, longest: int) -> NGramVectoriser:
        """Smoothed idf as usual: ln((1 + texts) / (1 + texts holding it)) + 1."""
        holding: Counter[str] = Counter()
        for text in texts:
            holding.update(ngrams(text, shortest, longest).keys())
        names = sorted(holding)
        counts = np.asarray([holding[name] for name in names], dtype=np.float32)
        idf = np.log((1 + len(texts)) / (1 + counts)) + 1
        return cls({name: place for place, name in enumerate(names)}, idf.astype(np.float32), shortest, longest)

    def row(self, text: str) -> tuple[Indices, Floats]:
        """Columns and values of one text; sublinear counts, length 1 (both empty when nothing is known)."""
        counted = ngrams(text, self.shortest, self.longest)
        known = [(self.vocabulary[name], count) for name, count in counted.items() if name in self.vocabulary]
        if not known:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        columns = np.asarray([column for column, _ in known], dtype=np.int64)
        values = (1 + np.log(np.asarray([count for _, count in known], dtype=np.float32))) * self.idf[columns]
        return columns, (values / np.linalg.norm(values)).astype(np.float32)
