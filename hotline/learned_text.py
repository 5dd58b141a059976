"""Texts as rows of weighted characters and character pairs: the half of what the routing model reads that has names.

No word segmentation: pairs did as well as words in cross-validation, and need no dictionary in memory.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

VIEWS = {1: 0.15, 2: 0.35}  # length of the n-grams → weight of that view in the likeness of two texts
LEAST_TEXTS = 2  # an n-gram of one text alone teaches nothing, and might be somebody's name
LONGEST_TEXT = 2_000  # characters that are read
SHOWN_WORDS = 4  # in an explanation

_NUMBER = re.compile(r"\d+")
_SPACE = re.compile(r"\s+")


def plain(text: str) -> str:
    """The text without blanks and with every number as 0: phones, dates and sums are not what a demand is about."""
    return _SPACE.sub("", _NUMBER.sub("0", text[:LONGEST_TEXT].lower()))


def _ngrams(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(len(text) - size + 1)]


@dataclass(frozen=True)
class Lexicon:
    """The known n-grams, and how rare each is (smoothed idf). Others count nothing."""

    terms: tuple[str, ...]
    idf: Floats
    places: dict[str, int]

    @classmethod
    def of(cls, terms: Sequence[str], idf: Floats) -> Lexicon:
        return cls(tuple(terms), idf, {term: place for place, term in enumerate(terms)})

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Lexicon:
        """From plain texts; idf is ln((1 + texts) / (1 + texts holding it)) + 1."""
        holding: Counter[str] = Counter()
        for text in texts:
            holding.update({term for size in VIEWS for term in _ngrams(text, size)})
        terms = sorted(term for term, count in holding.items() if count >= LEAST_TEXTS)
        counts = np.asarray([holding[term] for term in terms], dtype=np.float32)
        return cls.of(terms, (np.log((1 + len(texts)) / (1 + counts)) + 1).astype(np.float32))

    def row(self, text: str) -> tuple[Indices, Floats]:
        """Columns and values of one plain text; the square of a view's length is its weight."""
        rows = [self._view(text, size, weight) for size, weight in VIEWS.items()]
        return np.concatenate([columns for columns, _ in rows]), np.concatenate([values for _, values in rows])

    def matrix(self, texts: Iterable[str]) -> csr_matrix:
        """One row for each plain text."""
        rows = [self.row(text) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([columns for columns, _ in rows])
        values = np.concatenate([values for _, values in rows])
        return csr_matrix((values, columns, ends), shape=(len(rows), len(self.terms)))

    def _view(self, text: str, size: int, weight: float) -> tuple[Indices, Floats]:
        counted = Counter(term for term in _ngrams(text, size) if term in self.places)
        if not counted:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        columns = np.asarray([self.places[term] for term in counted], dtype=np.int64)
        values = (1 + np.log(np.asarray(list(counted.values()), np.float32))) * self.idf[columns]
        return columns, (values * (weight**0.5 / np.linalg.norm(values))).astype(np.float32)


def speaking_words(text: str, lexicon: Lexicon, weights: Floats) -> tuple[str, ...]:
    """The parts of a plain text that speak most for a label; `weights` are that label's, by term of the lexicon.

    Pairs that overlap and both speak for it become one longer word: 公积 and 积金 → 公积金.
    """
    columns, values = lexicon.row(text)
    points = {lexicon.terms[column]: value * weights[column] for column, value in zip(columns, values, strict=True)}
    pairs = [points.get(pair, 0.0) for pair in _ngrams(text, 2)]
    least = max(pairs, default=0.0) / 4
    words: dict[str, float] = {}
    start = 0
    while start < len(pairs):
        end = start
        while end < len(pairs) and pairs[end] > max(least, 0.0):
            end += 1
        if end > start:
            word = text[start : end + 1]
            words[word] = max(words.get(word, 0.0), sum(pairs[start:end]))
        start = end + 1
    return tuple(sorted(words, key=lambda word: -words[word])[:SHOWN_WORDS])
