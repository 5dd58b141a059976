"""Weights are read by name; the order and the confidence follow from them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from knowledge_base.index import FEATURES
from knowledge_base.ranking import CALIBRATION, EVIDENCE, Weights, load_weights, order_by, rank

RAW = {
    "rank": dict.fromkeys(FEATURES, 1.0),
    "evidence": dict.fromkeys(EVIDENCE, 0.0) | {"share": 1.0},
    "intercept": 0.0,
    "answer_at": 0.8,
    "ask_at": 0.3,
}


@pytest.mark.parametrize("name", ["rich", "bare"])
def test_the_shipped_weights_are_complete_and_their_thresholds_are_in_order(name: str) -> None:
    weights = load_weights()[name]
    assert weights.rank.shape == (len(FEATURES),)
    assert weights.evidence.shape == (len(EVIDENCE),)
    assert 0 < weights.ask_at < weights.answer_at < 1


def test_the_shipped_weights_say_when_and_on_what_they_were_fitted() -> None:
    raw = json.loads(CALIBRATION.read_text(encoding="utf-8"))
    assert {"fitted_on", "data", "data_sha256", "wrong_limit"} <= raw.keys()


@pytest.mark.parametrize("missing", FEATURES)
def test_a_set_that_lacks_a_feature_is_refused(missing: str) -> None:
    rest = {name: weight for name, weight in RAW["rank"].items() if name != missing}  # type: ignore[attr-defined]
    with pytest.raises(KeyError, match=missing):
        Weights.from_json(RAW | {"rank": rest})


def test_the_entry_that_measures_best_comes_first_and_the_shares_sum_to_one() -> None:
    values = np.zeros((5, len(FEATURES)), dtype=np.float32)
    values[3, :5], values[1, :5] = 1.0, 0.5
    order, shares = order_by(values, np.ones(len(FEATURES), dtype=np.float32))
    assert order[:2].tolist() == [3, 1]
    assert shares.sum() == pytest.approx(1.0)
    assert (np.diff(shares) <= 0).all()


def test_a_clear_first_is_more_certain_than_a_close_one() -> None:
    weights = Weights.from_json(RAW)
    clear, close = np.zeros((2, 5, len(FEATURES)), dtype=np.float32)
    clear[0, :5] = 1.0
    close[:2, :5] = 1.0
    assert rank(clear, weights, 6).confidence > rank(close, weights, 6).confidence


def test_entries_that_measure_alike_do_not_break_the_arithmetic() -> None:
    ranking = rank(np.zeros((3, len(FEATURES)), dtype=np.float32), Weights.from_json(RAW), 0)
    assert np.isfinite(ranking.confidence)
    assert ranking.shares == pytest.approx([1 / 3] * 3)
