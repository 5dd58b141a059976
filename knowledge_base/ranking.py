"""From measures to an order of entries and one calibrated confidence.

The weights stand in `calibration.json`, written by `python -m bot kb calibrate` with its date and data: one set
for a base with similar questions ("rich"), one for a base of bare imported guides ("bare").
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge_base.index import FEATURES, Floats

CALIBRATION = Path(__file__).with_name("calibration.json")
CANDIDATES = 20  # entries that compete for the probability
EVIDENCE = ("share", "margin", *FEATURES, "length")


@dataclass(frozen=True)
class Weights:
    """One fitted set: how features add up, how evidence becomes confidence, and from where on to speak."""

    rank: Floats  # (features,)
    evidence: Floats  # (evidence,)
    intercept: float
    answer_at: float  # confidence from which on the first entry is the answer
    ask_at: float  # confidence from which on the first entries are offered; below, the base admits

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Weights:
        """Read a set; the order of features is checked by name."""
        rank = np.asarray([raw["rank"][name] for name in FEATURES], dtype=np.float32)
        evidence = np.asarray([raw["evidence"][name] for name in EVIDENCE], dtype=np.float32)
        return cls(rank, evidence, float(raw["intercept"]), float(raw["answer_at"]), float(raw["ask_at"]))


@dataclass(frozen=True)
class Ranking:
    """The best entries, best first: `order` (positions), `shares` (sum to 1), and P(first is right)."""

    order: NDArray[np.int64]
    shares: Floats
    confidence: float


@cache
def load_weights(path: Path = CALIBRATION) -> dict[str, Weights]:
    """All fitted sets by name."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    return {name: Weights.from_json(values) for name, values in raw["sets"].items()}


def standardise(values: Floats) -> Floats:
    """Each feature in standard deviations above its mean over all entries; `named` stays as it is."""
    spread = values.std(axis=0)
    result = (values - values.mean(axis=0)) / np.where(spread > 1e-9, spread, 1.0)
    result[:, -1] = values[:, -1]
    return np.asarray(result, dtype=np.float32)


def order_by(values: Floats, weights: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The best candidates and their shares (softmax of the weighted sum)."""
    scores = standardise(values) @ weights
    order = np.argsort(-scores, kind="stable")[:CANDIDATES]
    powers = np.exp(scores[order] - scores[order[0]])
    return order, np.asarray(powers / powers.sum(), dtype=np.float32)


def shares_among(values: Floats, weights: Floats, places: Sequence[int]) -> list[float]:
    """The shares of some entries only, in the order given (softmax of the weighted sum)."""
    scores = (standardise(values) @ weights)[list(places)]
    powers = np.exp(scores - scores.max())
    return [float(share) for share in powers / powers.sum()]


def evidence_of(values: Floats, order: NDArray[np.int64], shares: Floats, length: int) -> Floats:
    """What speaks for the first entry being right, as the calibration saw it."""
    share = float(np.clip(shares[0], 1e-4, 1 - 1e-4))
    margin = share - float(shares[1]) if len(shares) > 1 else 1.0
    head = [np.log(share / (1 - share)), margin, *values[order[0]], np.log1p(length)]
    return np.asarray(head, dtype=np.float32)


def rank(values: Floats, weights: Weights, length: int) -> Ranking:
    """Order the entries and say how sure we are of the first. `length` is that of the query, in characters."""
    order, shares = order_by(values, weights.rank)
    logit = float(evidence_of(values, order, shares, length) @ weights.evidence) + weights.intercept
    return Ranking(order, shares, 1.0 / (1.0 + float(np.exp(-logit))))
