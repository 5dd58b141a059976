"""The weights are learned from pairs, held near what is assumed, and never negative."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge_base.calibrate import PRIOR, Asked, _fit_rank
from knowledge_base.index import FEATURES

NEAREST, WORDS = FEATURES.index("nearest"), FEATURES.index("phrase_words")


def asked(values: NDArray[np.float64], gold: int) -> Asked:
    return Asked(values.astype(np.float32), 8, gold)


def questions() -> list[Asked]:
    """Forty questions in which `nearest` tells the right one of five entries, and `phrase_words` a wrong one."""
    random = np.random.default_rng(7)
    rows = []
    for place in range(40):
        values = random.normal(0.0, 0.1, (5, len(FEATURES)))
        values[place % 5, NEAREST] += 1.0
        values[(place + 1) % 5, WORDS] += 1.0
        rows.append(asked(values, place % 5))
    return rows


def test_what_tells_the_right_entry_weighs_more_than_what_misleads() -> None:
    weights = _fit_rank(questions(), pull=0.003)
    assert weights[NEAREST] > PRIOR[NEAREST]
    assert weights[WORDS] < PRIOR[WORDS]


@pytest.mark.parametrize("pull", [0.0003, 0.003, 0.3])
def test_no_measure_speaks_against_an_entry(pull: float) -> None:
    assert (_fit_rank(questions(), pull=pull) >= 0.0).all()


def test_a_strong_pull_keeps_what_is_assumed() -> None:
    assert _fit_rank(questions(), pull=1e6) == pytest.approx(PRIOR, abs=1e-3)
