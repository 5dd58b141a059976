"""Each expectation: a turn where it holds and one where it does not."""

from __future__ import annotations

from typing import Any

import pytest

from bot.evaluation.asking import Heard
from bot.evaluation.expectations import EXPECTATIONS, Turn, failures
from bot.evaluation.orders import PREPARED
from tests.bot.evaluation.scripted import heard

CASES: list[tuple[dict[str, Any], Heard, Heard]] = [
    ({"matter": "M01"}, heard("answer", "M01"), heard("ask_back", "M01", "M02")),
    ({"matter": "M01"}, heard("answer", "M01", "M02"), heard("answer", "M02", "M01")),
    ({"matter": "M01|M02"}, heard("answer", "M02"), heard("answer", "M03")),
    ({"matter": "M01|M02"}, heard("ask_back", "M03", "M02", "M01"), heard("ask_back", "M01", "M03")),
    ({"aspect": "fee"}, heard("answer", "M01", aspect="fee"), heard("answer", "M01", aspect="time")),
    ({"aspect": ["fee", "where"]}, heard("answer", "M01", aspect="where"), heard("answer", "M01")),
    ({"clarify": ["M01", "M02"]}, heard("ask_back", "M01", "M02"), heard("answer", "M01", "M02")),
    ({"work_order": "started"}, heard("work_order", work_order="started"), heard("work_order")),
    (
        {"work_order": ["submitted", "confirming"]},
        heard("work_order", work_order="submitted", cards=["receipt"]),
        heard("work_order", work_order="submitted"),
    ),
    (
        {"work_order": "status"},
        heard("order_status", work_order="status", cards=["order_status"]),
        heard("order_status", work_order="status"),
    ),
    (
        {"work_order": "status", "result": "not_found"},
        heard("order_status", work_order="status", result="not_found"),
        heard("order_status", work_order="status", result="not_found", cards=["order_status"]),
    ),
    (
        {"result": "not_found"},
        heard("order_status", result="not_found"),
        heard("order_status", result="not_found", text=PREPARED[0].content),
    ),
    ({"previous": "cancelled"}, heard("answer", previous="cancelled"), heard("answer")),
    ({"form": "kept"}, heard("answer", form="kept"), heard("answer")),
    ({"asks": ["phone", "privacy"]}, heard("work_order", asks="privacy"), heard("work_order", asks="confirm")),
    ({"asks": "phone"}, heard("work_order", asks="phone"), heard("work_order")),
    (
        {"slots": {"phone": "13900000000", "town": "龙归镇"}},
        heard("work_order", slots={"phone": "139-0000-0000", "town": "龙归镇"}),
        heard("work_order", slots={"phone": "13900000000", "town": "龙归"}),
    ),
    ({"slots": {"phone": None}}, heard("work_order", slots={"phone": ""}), heard("work_order", slots={"phone": "1"})),
    ({"accepts_refusal": True}, heard("work_order", accepts_refusal=True), heard("work_order")),
    ({"type": "praise"}, heard("work_order", order_type="praise"), heard("work_order", order_type="complaint")),
    ({"offers": ["rephrase", "hotline"]}, heard("admit", offers=["hotline"]), heard("admit", offers=["redo"])),
    (
        {"tells_deadline": True},
        heard("work_order", tells_deadline=True, text="15 个工作日内答复"),
        heard("work_order", tells_deadline=True, text="尽快答复"),
    ),
    ({"out_of_scope": True}, heard("out_of_scope"), heard("admit")),
    ({"emergency": True}, heard("emergency"), heard("work_order")),
    ({"human_agent": True}, heard("human"), heard("admit")),
    ({"abuse": True}, heard("abuse"), heard("small_talk")),
    ({"self_harm_or_threat": True}, heard("self_harm_or_threat"), heard("emergency")),
    (
        {"emergency_resolved": True},
        heard("small_talk", emergency_resolved=True),
        heard("emergency", emergency_resolved=True),
    ),
    ({"asks_rating": True}, heard("small_talk", asks_rating=True), heard("small_talk")),
    ({"asks_rating": False}, heard("small_talk"), heard("small_talk", asks_rating=True)),
    ({"rating": 5}, heard("rating", rating=5), heard("rating", rating=4)),
    (
        {"rating_reason": "refused"},
        heard("rating", rating_reason="refused"),
        heard("rating", rating_reason="refused", asks_rating=True),
    ),
    ({"hotline": "12345"}, heard("admit", text="请拨打12345热线"), heard("admit", text="编号 123456")),
]


@pytest.mark.parametrize(("expect", "good", "bad"), CASES)
def test_expectation_holds_for_one_turn_and_fails_for_another(expect: dict[str, Any], good: Heard, bad: Heard) -> None:
    assert failures(Turn(good, expect)) == []
    assert failures(Turn(bad, expect)) != []


def test_every_expectation_has_a_case() -> None:
    assert {key for expect, _, _ in CASES for key in expect} == EXPECTATIONS.keys()


def test_unknown_expectation_is_never_a_pass() -> None:
    with pytest.raises(KeyError):
        failures(Turn(heard("answer", "M01"), {"matters": "M01"}))
