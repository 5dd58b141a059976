from __future__ import annotations

from benchmarks.measure import CONVERSATIONS, MESSAGES_EACH, SEQUENTIAL, Measured, memory_mb, seconds_since_start
from benchmarks.messages import messages, reference_sentence
from benchmarks.turn import passed_limits, ratios, report_of
from bot.evaluation.report import render

MEASURED = Measured(
    imports_s=2.0,
    ready_s=5.0,
    rss_ready_mb=400.0,
    rss_peak_mb=450.0,
    first_ms=60.0,
    p50_ms=30.0,
    p95_ms=50.0,
    messages_per_second=40.0,
    lag_p95_ms=5.0,
    lag_max_ms=20.0,
    reference_ms=10.0,
    errors=0,
)


def make_measured(**changes: float) -> Measured:
    return Measured(**{**MEASURED.__dict__, **changes})


def test_messages_are_all_different_and_enough() -> None:
    texts = messages()
    assert len(set(texts)) == len(texts) >= 1 + SEQUENTIAL + CONVERSATIONS * MESSAGES_EACH


def test_reference_sentences_have_20_characters() -> None:
    assert {len(reference_sentence(number)) for number in (0, 7, 999)} == {20}


def test_limit_is_passed_only_above_it() -> None:
    assert passed_limits(make_measured(ready_s=8.0, rss_peak_mb=600.0, p50_ms=40.0)) == []
    assert len(passed_limits(make_measured(ready_s=8.1, rss_peak_mb=601.0, p50_ms=41.0))) == 3
    assert passed_limits(make_measured(errors=2)) == ["2 条消息出错"]


def test_times_are_given_as_multiples_of_the_reference() -> None:
    by_reference = ratios(MEASURED)
    assert by_reference["p50_ms"] == 3.0
    assert by_reference["ready_s"] == 500.0
    assert by_reference["messages_per_second"] == 2.5
    assert "rss_peak_mb" not in by_reference


def test_table_names_the_limits() -> None:
    assert "≤ 40" in render(report_of(MEASURED))


def test_this_process_has_an_age_and_a_size() -> None:
    assert 0 < seconds_since_start() < 86_400
    assert 0 < memory_mb("VmRSS") <= memory_mb("VmHWM")
