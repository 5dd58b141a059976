from __future__ import annotations

import pytest
from scipy.stats import binomtest

from hotline.surge import CONFIDENCE, RULE, Growth


@pytest.mark.parametrize(("now", "before"), [(5, 0), (8, 1), (20, 9), (3, 12)])
def test_the_bound_is_that_of_an_exact_binomial_test(now: int, before: int) -> None:
    two_sided = 1 - 2 * (1 - CONFIDENCE)
    share = binomtest(now, now + before).proportion_ci(two_sided, "exact").low
    assert Growth(now, before).least_ratio == pytest.approx(share / (1 - share))


@pytest.mark.parametrize(
    ("now", "before", "is_surge"),
    [
        (5, 0, False),  # chance alone gives this too often
        (6, 0, True),
        (4, 0, False),  # too few citizens, whatever the ratio
        (12, 6, False),  # twice as many, but few
        (120, 60, True),  # twice as many, and many
        (60, 60, False),
        (0, 0, False),
        (0, 9, False),
    ],
)
def test_a_surge_is_growth_beyond_chance(now: int, before: int, is_surge: bool) -> None:
    assert Growth(now, before).is_surge is is_surge


def test_there_is_no_ratio_to_nothing() -> None:
    assert Growth(4, 0).ratio is None
    assert Growth(4, 2).ratio == 2.0
    assert Growth(0, 0).least_ratio == 0.0


def test_the_rule_says_its_numbers_and_that_it_is_not_official() -> None:
    assert all(part in RULE for part in ("5位", "95%", "1.5倍", "非官方"))
