"""Counting rules against cases counted by hand."""

from __future__ import annotations

import pytest

from bot.evaluation.metrics import Rate, Refusal, Verdict, judge_question, judge_refusal, quantile, wilson


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (80, 100, 0.7112, 0.8666)],
)
def test_wilson_interval_equals_published_values(hits: int, total: int, low: float, high: float) -> None:
    assert wilson(hits, total) == pytest.approx((low, high), abs=1e-4)


def test_no_trial_leaves_everything_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert Rate(0, 0).share is None
    assert str(Rate(0, 0)) == "–"


@pytest.mark.parametrize(
    ("gold", "outcome", "answered", "offered", "verdict"),
    [
        ("A", "answer", "A", "", Verdict.CORRECT),
        ("A", "answer", "A", "BC", Verdict.CORRECT),
        ("A", "answer", "B", "A", Verdict.WRONG),
        ("A", "answer", "AB", "", Verdict.WRONG),
        ("A", "ask_back", "", "BA", Verdict.HELPED),
        ("A", "ask_back", "", "BCDA", Verdict.HELPED),
        ("A", "ask_back", "", "BCDEA", Verdict.MISSED),
        ("A", "ask_back", "", "BC", Verdict.MISSED),
        ("A", "admit", "", "A", Verdict.MISSED),
        ("A", "work_order", "", "", Verdict.MISSED),
        ("AB", "ask_back", "", "ABC", Verdict.CORRECT),
        ("AB", "ask_back", "", "AC", Verdict.MISSED),
        ("AB", "answer", "A", "B", Verdict.HELPED),
        ("AB", "answer", "AB", "", Verdict.HELPED),
        ("AB", "answer", "A", "C", Verdict.MISSED),
        ("AB", "answer", "C", "AB", Verdict.WRONG),
    ],
)
def test_verdict_on_a_question(gold: str, outcome: str, answered: str, offered: str, verdict: Verdict) -> None:
    assert judge_question(gold, outcome, answered, offered) is verdict


@pytest.mark.parametrize(
    ("gold", "outcome", "answered", "offered", "verdict"),
    [
        ("AB", "answer", "B", "", Verdict.CORRECT),
        ("AB", "answer", "C", "A", Verdict.WRONG),
        ("AB", "ask_back", "", "CB", Verdict.HELPED),
        ("AB", "ask_back", "", "C", Verdict.MISSED),
    ],
)
def test_verdict_when_any_gold_entry_is_right(
    gold: str, outcome: str, answered: str, offered: str, verdict: Verdict
) -> None:
    assert judge_question(gold, outcome, answered, offered, is_any_right=True) is verdict


@pytest.mark.parametrize(
    ("outcome", "answered", "verdict"),
    [
        ("admit", "", Refusal.REFUSED),
        ("small_talk", "", Refusal.REFUSED),
        ("work_order", "", Refusal.REFUSED),
        ("emergency", "", Refusal.REFUSED),
        ("answer", "A", Refusal.WRONG),
        ("admit", "A", Refusal.WRONG),
        ("ask_back", "", Refusal.ASKED_BACK),
        ("error", "", Refusal.BROKEN),
    ],
)
def test_verdict_on_a_message_outside_the_base(outcome: str, answered: str, verdict: Refusal) -> None:
    assert judge_refusal(outcome, answered) is verdict


def test_quantile_takes_the_nearest_rank() -> None:
    values = [float(number) for number in range(1, 21)]
    assert quantile(values, 0.5) == 10.0
    assert quantile(values, 0.95) == 19.0
    assert quantile([], 0.5) is None
