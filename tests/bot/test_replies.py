"""The contract between dialogue and channels."""

from __future__ import annotations

import json

import pytest

from bot.replies import MalformedReply, Outcome, Reply, TurnResult

RESULT = TurnResult(
    outcome=Outcome.ANSWER,
    replies=(Reply("answer", "每证 40 元。", {"code": "M03", "ratable": True}, ("在哪里办",)),),
    entries=("M03",),
    aspect="fee",
    confidence=0.93,
    meta={"slots": {"phone": "13800000000"}},
    ms=12.5,
    message_id="m-1",
)


def test_a_result_survives_json() -> None:
    assert TurnResult.from_json(json.loads(json.dumps(RESULT.to_json()))) == RESULT


def test_the_public_form_holds_no_meta() -> None:
    assert "meta" not in RESULT.to_public_json()
    assert "13800000000" not in json.dumps(RESULT.to_public_json())


def test_a_reply_is_kept_apart_from_others_by_default() -> None:
    first, second = Reply("text", "一"), Reply("text", "二")
    first.data["changed"] = True
    assert second.data == {}


@pytest.mark.parametrize(
    "change",
    [{"outcome": "unheard_of"}, {"replies": None}, {"ms": "fast"}, {"entries": 3}, {"replies": [{"kind": "text"}]}],
)
def test_a_wrong_field_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(MalformedReply):
        TurnResult.from_json({**RESULT.to_json(), **change})


def test_a_missing_field_is_refused() -> None:
    value = RESULT.to_json()
    del value["message_id"]
    with pytest.raises(MalformedReply):
        TurnResult.from_json(value)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(MalformedReply):
        Reply.from_json({"kind": "hologram", "text": "", "data": {}, "quick_replies": []})
