from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hotline.learned_calibration import NEVER, PRECISION, calibrate, choose_threshold, lower_bound

random = np.random.default_rng(3)


def scored(labels: int, texts: int = 600) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Scores that point to the right label, with noise."""
    gold = random.integers(labels, size=texts)
    scores = 2.0 * (gold[:, np.newaxis] == np.arange(labels)) - 1 + random.normal(scale=0.8, size=(texts, labels))
    return scores.astype(np.float32), gold


@pytest.mark.parametrize("labels", [2, 3, 7])
def test_confidence_is_the_share_that_is_right(labels: int) -> None:
    scores, gold = scored(labels, 3_000)
    calibration, unseen = calibrate(scores, gold)
    assert np.allclose(calibration.probabilities(scores).sum(axis=1), 1, atol=1e-5)
    assert np.allclose(unseen.sum(axis=1), 1, atol=1e-5)
    assert unseen.max(axis=1).mean() == pytest.approx((unseen.argmax(axis=1) == gold).mean(), abs=0.03)


def test_the_probabilities_of_a_row_come_from_a_fit_without_it() -> None:
    scores, gold = scored(3)
    calibration, unseen = calibrate(scores, gold)
    assert not np.allclose(calibration.probabilities(scores), unseen, atol=1e-6)


def test_the_threshold_lies_where_mistakes_begin() -> None:
    confidences = np.linspace(1, 0.5, 1000, dtype=np.float32)
    are_right = np.arange(1000) < 600
    threshold = choose_threshold(confidences, are_right)
    assert threshold.precision >= PRECISION
    assert 0.55 < threshold.coverage < 0.65
    assert threshold.at == pytest.approx(confidences[round(threshold.coverage * 1000) - 1])


def test_a_few_lucky_hits_prove_nothing() -> None:
    assert choose_threshold(np.ones(40, np.float32), np.ones(40, bool)).at == NEVER


def test_equal_confidences_stand_on_the_same_side() -> None:
    threshold = choose_threshold(np.full(400, 0.9, np.float32), np.arange(400) < 300)
    assert threshold.at == NEVER


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.6, 0.9, 0.99]), st.booleans()), min_size=1, max_size=300))
def test_what_passes_the_threshold_is_right_often_enough(pairs: list[tuple[float, bool]]) -> None:
    confidences = np.asarray([confidence for confidence, _ in pairs], np.float32)
    are_right = np.asarray([is_right for _, is_right in pairs])
    threshold = choose_threshold(confidences, are_right)
    passed = are_right[confidences >= threshold.at]
    assert len(passed) == round(threshold.coverage * len(pairs))
    assert not len(passed) or lower_bound(int(passed.sum()), len(passed)) >= PRECISION
