"""Multinomial logistic regression over a sentence vector and character n-grams; plain arrays, no pickle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.components.ngrams import NGramVectoriser

Floats = NDArray[np.float32]

ARRAYS_FILE = "weights.npz"
NAMES_FILE = "names.json"


@dataclass(frozen=True)
class TrainingOptions:
    """How the model is fitted; the values in use stand in config.yml."""

    shortest: int
    longest: int
    dense_scale: float
    inverse_regularisation: float
    max_iter: int
    seed: int


@dataclass(frozen=True)
class LinearModel:
    """Weights by feature and class. `centre` and `dense_scale` spread the vectors, which lie close together."""

    classes: tuple[str, ...]
    vectoriser: NGramVectoriser
    centre: Floats  # (dim,)
    dense_scale: float
    dense_weights: Floats  # (dim, classes)
    sparse_weights: Floats  # (n-grams, classes)
    intercept: Floats  # (classes,)

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        vectors: Floats,
        labels: Sequence[str],
        options: TrainingOptions,
        weights: Floats | None = None,
    ) -> LinearModel:
        """Fit on `texts` (normalised), `vectors` of shape (texts, dim) and the weight of each; needs two classes."""
        from scipy.sparse import csr_matrix, hstack
        from sklearn.linear_model import LogisticRegression

        vectoriser = NGramVectoriser.fit(texts, options.shortest, options.longest)
        rows = [vectoriser.row(text) for text in texts]
        ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
        columns = np.concatenate([columns for columns, _ in rows])
        values = np.concatenate([values for _, values in rows])
        sparse = csr_matrix((values, columns, ends), shape=(len(texts), len(vectoriser.vocabulary)))
        centre = vectors.mean(axis=0)
        dense = csr_matrix((vectors - centre) * options.dense_scale)
        regression = LogisticRegression(
            C=options.inverse_regularisation, max_iter=options.max_iter, random_state=options.seed
        )
        regression.fit(hstack([dense, sparse]).tocsr(), list(labels), sample_weight=weights)
        coefficients, intercept = _by_class(regression.coef_, regression.intercept_)
        dim = vectors.shape[1]
        names = tuple(str(name) for name in regression.classes_)
        return cls(names, vectoriser, centre, options.dense_scale, coefficients[:dim], coefficients[dim:], intercept)

    def probabilities(self, text: str, vector: Floats) -> Floats:
        """Probability of every class for one normalised text and its sentence vector; sums to 1."""
        columns, values = self.vectoriser.row(text)
        scores = (vector - self.centre) * self.dense_scale @ self.dense_weights
        scores = scores + values @ self.sparse_weights[columns] + self.intercept
        powers = np.exp(scores - scores.max())
        return np.asarray(powers / powers.sum(), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write the arrays as npz and the names as JSON."""
        arrays = {
            "idf": self.vectoriser.idf,
            "centre": self.centre,
            "dense_weights": self.dense_weights,
            "sparse_weights": self.sparse_weights,
            "intercept": self.intercept,
        }
        np.savez(folder / ARRAYS_FILE, **arrays)
        names = {
            "classes": self.classes,
            "ngrams": list(self.vectoriser.vocabulary),
            "shortest": self.vectoriser.shortest,
            "longest": self.vectoriser.longest,
            "dense_scale": self.dense_scale,
        }
        (folder / NAMES_FILE).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LinearModel:
        """Read what `save` wrote; refuses pickled arrays (ValueError)."""
        names = json.loads((folder / NAMES_FILE).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS_FILE, allow_pickle=False) as arrays:
            vocabulary = {name: place for place, name in enumerate(names["ngrams"])}
            vectoriser = NGramVectoriser(vocabulary, arrays["idf"], names["shortest"], names["longest"])
            return cls(
                tuple(names["classes"]),
                vectoriser,
                arrays["centre"],
                names["dense_scale"],
                arrays["dense_weights"],
                arrays["sparse_weights"],
                arrays["intercept"],
            )


def _by_class(coefficients: Floats, intercept: Floats) -> tuple[Floats, Floats]:
    """Weights of shape (features, classes); scikit-learn keeps a single row when there are two classes."""
    if coefficients.shape[0] == 1:
        coefficients = np.concatenate([np.zeros_like(coefficients), coefficients])
        intercept = np.concatenate([np.zeros_like(intercept), intercept])
    return np.ascontiguousarray(coefficients.T, dtype=np.float32), intercept.astype(np.float32)
