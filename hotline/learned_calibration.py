"""From scores to probabilities, and from probabilities to the threshold above which a label is proposed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Whole = NDArray[np.int64]

PRECISION = 0.95  # of what is proposed, so many at least must be right
NEVER = 2.0  # threshold when no confidence is good enough
FOLDS = 5
Z95 = 1.96  # two-sided 95 % of the normal distribution


@dataclass(frozen=True)
class Calibration:
    """Multinomial logistic regression over the scores."""

    weights: Floats  # (labels, labels): by score, by label
    bias: Floats  # (labels,)

    def probabilities(self, scores: Floats) -> Floats:
        """Shape as `scores`; rows sum to 1."""
        logits = scores @ self.weights + self.bias
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=-1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True)
class Threshold:
    """The least confidence that is acted on, and what it gave in cross-validation."""

    at: float
    precision: float
    coverage: float


def calibrate(scores: Floats, gold: Whole) -> tuple[Calibration, Floats]:
    """Fit on left-out scores; also the probabilities that each row gets from a fit without it (5 folds)."""
    from sklearn.model_selection import StratifiedKFold

    unseen = np.zeros_like(scores)
    for fitted, held in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(scores, gold):
        unseen[held] = _fit(scores[fitted], gold[fitted]).probabilities(scores[held])
    return _fit(scores, gold), unseen


def choose_threshold(confidences: Floats, are_right: NDArray[np.bool_], precision: float = PRECISION) -> Threshold:
    """The least threshold whose proposals are right often enough, the lower end of the 95 % interval counted."""
    order = np.argsort(-confidences, kind="stable")
    hits = np.cumsum(are_right[order])
    for taken in range(len(order), 0, -1):
        is_tie = taken < len(order) and confidences[order[taken]] == confidences[order[taken - 1]]
        if not is_tie and lower_bound(int(hits[taken - 1]), taken) >= precision:
            at = float(confidences[order[taken - 1]])
            return Threshold(at, float(hits[taken - 1]) / taken, taken / len(order))
    return Threshold(NEVER, 0.0, 0.0)


def lower_bound(hits: int, total: int) -> float:
    """Lower end of the 95 % Wilson interval (E. B. Wilson, 1927)."""
    share, square = hits / total, Z95 * Z95
    middle = share + square / (2 * total)
    half = Z95 * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    return (middle - half) / (1 + square / total)


def _fit(scores: Floats, gold: Whole) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    regression = LogisticRegression(max_iter=1000).fit(scores, gold)
    weights, bias = regression.coef_, regression.intercept_
    if len(weights) == 1:  # two labels: only the second one's side is told
        weights, bias = np.vstack([np.zeros_like(weights), weights]), np.concatenate([[0.0], bias])
    return Calibration(weights.T.astype(np.float32), bias.astype(np.float32))
