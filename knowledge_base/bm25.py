"""BM25 over character and word tokens, as one sparse matrix product.

Okapi BM25 (Robertson & Zaragoza 2009) with its usual k1 and b. Chinese has no spaces, so single characters and
character pairs stand beside the words: pairs survive a wrong segmentation, single characters survive a typo.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

K1 = 1.2
B = 0.75

_LATIN = re.compile(r"[a-z0-9]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")

Tokens = Callable[[str], list[str]]


def character_tokens(text: str) -> list[str]:
    """Latin words whole, Chinese as single characters and pairs."""
    tokens = _LATIN.findall(text)
    for run in _CHINESE.findall(text):
        tokens.extend(run)
        tokens.extend(run[start : start + 2] for start in range(len(run) - 1))
    return tokens


class BM25:
    """Scores one query against `documents` (texts already normalised)."""

    def __init__(self, documents: Sequence[str], tokens: Tokens = character_tokens) -> None:
        self._tokens = tokens
        self._vocabulary: dict[str, int] = {}
        rows, columns, counts, lengths = [], [], [], []
        for row, document in enumerate(documents):
            counted = Counter(tokens(document))
            lengths.append(sum(counted.values()))
            for token, count in counted.items():
                rows.append(row)
                columns.append(self._vocabulary.setdefault(token, len(self._vocabulary)))
                counts.append(count)
        shape = (len(documents), max(len(self._vocabulary), 1))
        frequency = csr_matrix((np.asarray(counts, np.float32), (rows, columns)), shape=shape)
        self.idf, self._weights = _weigh(frequency, np.asarray(lengths, np.float32))

    def scores(self, query: str) -> NDArray[np.float32]:
        """BM25 of every document, shape (documents,)."""
        counted = Counter(token for token in self._tokens(query) if token in self._vocabulary)
        if not counted:
            return np.zeros(self._weights.shape[1], dtype=np.float32)
        columns = [self._vocabulary[token] for token in counted]
        times = np.asarray([min(count, 2) for count in counted.values()], dtype=np.float32)
        return np.asarray(times @ self._weights[columns], dtype=np.float32).ravel()

    def best_possible(self, query: str) -> float:
        """What a short document holding every token of `query` once would score; unknown tokens count as rare."""
        rare = float(self.idf.max()) if self.idf.size else 1.0
        known = [self.idf[self._vocabulary[t]] if t in self._vocabulary else rare for t in set(self._tokens(query))]
        return float(sum(known)) * (K1 + 1) / (K1 * (1 - B) + 1) or 1.0


def _weigh(frequency: csr_matrix, lengths: NDArray[np.float32]) -> tuple[NDArray[np.float32], csr_matrix]:
    """Return idf by token and the token × document weight matrix."""
    documents = frequency.shape[0]
    containing = np.bincount(frequency.indices, minlength=frequency.shape[1])
    idf = np.log1p((documents - containing + 0.5) / (containing + 0.5)).astype(np.float32)
    average = float(lengths.mean()) if documents else 1.0
    relative = K1 * (1 - B + B * lengths / max(average, math.ulp(1.0)))
    weighted = frequency.tocoo()
    weighted.data = weighted.data * (K1 + 1) / (weighted.data + relative[weighted.row]) * idf[weighted.col]
    return idf, csr_matrix(weighted.T)
