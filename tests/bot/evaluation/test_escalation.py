from __future__ import annotations

import pytest

from bot.evaluation.asking import Heard
from bot.evaluation.escalation import is_same_department, run, type_of
from bot.evaluation.formats import EscalationRow
from bot.evaluation.metrics import Rate
from bot.replies import TurnResult
from tests.bot.evaluation.scripted import ScriptedDialogue, heard, turn


def row(message: str, expect: str, towns: tuple[str, ...] = (), departments: tuple[str, ...] = ()) -> EscalationRow:
    return EscalationRow(message, message, (expect,), towns, departments)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (heard("work_order", order_type="complaint", work_order="started"), "complaint"),
        (heard("work_order", work_order="status", asks="order_no"), "query_order"),
        (heard("order_status"), "query_order"),
        (heard("human"), "human_agent"),
        (heard("emergency", order_type="help"), "emergency"),
        (heard("answer", "M01"), "answer"),
        (heard("work_order"), "work_order"),
    ],
)
def test_type_that_a_message_was_taken_for(result: Heard, expected: str) -> None:
    assert type_of(result) == expected


async def test_types_are_counted_in_a_confusion_table() -> None:
    rows = [row("a", "complaint"), row("b", "complaint"), row("c", "praise")]
    script = {
        "a": turn("work_order", order_type="complaint"),
        "b": turn("work_order", order_type="help"),
        "c": turn("work_order", order_type="praise"),
    }
    report = await run(ScriptedDialogue(script), rows)
    assert report.summary["type"] == Rate(2, 3)
    assert report.summary["confusion"] == {"complaint": {"complaint": 1, "help": 1}, "praise": {"praise": 1}}


async def test_alarms_have_their_own_recall_and_false_alarms_are_counted() -> None:
    rows = [
        row("火", "emergency"),
        row("气", "emergency"),
        row("不想活", "self_harm_or_threat"),
        row("灯", "complaint"),
    ]
    script = {
        "火": turn("emergency"),
        "气": turn("work_order", order_type="help"),
        "不想活": turn("self_harm_or_threat"),
        "灯": turn("emergency"),
    }
    report = await run(ScriptedDialogue(script), rows)
    assert report.summary["emergency_recall"] == Rate(1, 2)
    assert report.summary["self_harm_or_threat_recall"] == Rate(1, 1)
    assert report.summary["false_alarms"] == Rate(1, 1)


@pytest.mark.parametrize(
    ("result", "is_right"),
    [
        (turn("emergency", text="请拨打 110。", offers=["work_order"]), True),
        (turn("emergency", text="请拨打 110。"), False),
        (turn("emergency", text="请当心。", offers=["work_order"]), False),
    ],
)
async def test_help_passes_as_an_alarm_only_with_number_and_order(result: TurnResult, is_right: bool) -> None:
    report = await run(ScriptedDialogue({"电线掉了": result}), [row("电线掉了", "help")])
    assert report.rows[0]["scores"]["type"] is is_right


async def test_blank_fields_are_counted_apart_from_wrong_ones() -> None:
    rows = [
        row("a", "complaint", ("龙归镇",), ("区住建局", "区水务局")),
        row("b", "complaint", ("龙归镇", "江湾镇"), ("区住建局",)),
        row("c", "complaint", ("龙归镇", "江湾镇"), ("区住建局",)),
        row("d", "complaint"),
    ]
    script = {
        "a": turn("work_order", order_type="complaint", town="龙归镇", department="区水务局"),
        "b": turn("work_order", order_type="complaint", town="江湾镇|龙归镇", department="区人社局"),
        "c": turn("work_order", order_type="complaint", town="江湾镇", department=""),
        "d": turn("work_order", order_type="complaint", town="江湾镇"),
    }
    summary = (await run(ScriptedDialogue(script), rows)).summary
    assert [summary["town"][name].hits for name in ("right", "wrong", "blank")] == [2, 1, 0]
    assert [summary["department"][name].hits for name in ("right", "wrong", "blank")] == [1, 1, 1]
    assert summary["town_beyond"] == Rate(1, 1)


@pytest.mark.parametrize(
    ("given", "towns", "is_same"),
    [
        ("所在镇街", ("龙归镇",), True),
        ("龙归镇人民政府", ("龙归镇",), True),
        ("新华街道办事处", (), True),
        ("江湾镇人民政府", ("龙归镇",), False),
        ("区住建局", (), False),
    ],
)
def test_government_of_the_town_is_the_town_unit(given: str, towns: tuple[str, ...], is_same: bool) -> None:
    assert is_same_department(given, "所在镇街", towns) is is_same
