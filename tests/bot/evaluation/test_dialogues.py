from __future__ import annotations

from bot.evaluation.dialogues import run
from bot.evaluation.formats import DialogueRow, DialogueTurn
from bot.evaluation.metrics import Rate
from bot.evaluation.report import render
from tests.bot.evaluation.scripted import ScriptedDialogue, turn


async def test_turns_and_whole_dialogues_are_counted() -> None:
    rows = [
        DialogueRow(
            "D1", (DialogueTurn("一", {"matter": "M01", "aspect": "fee"}), DialogueTurn("二", {"matter": "M02"}))
        ),
        DialogueRow("D2", (DialogueTurn("二", {"matter": "M02"}), DialogueTurn("三", {}))),
    ]
    script = {
        "一": turn("answer", "M01", aspect="time"),
        "二": turn("answer", "M02"),
        "三": turn("small_talk"),
    }
    report = await run(ScriptedDialogue(script), rows)
    assert report.summary["turns"] == Rate(3, 4)
    assert report.summary["whole_dialogues"] == Rate(1, 2)
    assert report.summary["by_expectation"] == {"aspect": Rate(0, 1), "matter": Rate(3, 3)}
    assert [(row["id"], row["turn"], row["ok"]) for row in report.rows] == [
        ("D1", 1, False),
        ("D1", 2, True),
        ("D2", 1, True),
        ("D2", 2, True),
    ]
    assert report.rows[0]["failed"] == ["aspect: expected 'fee', got 'time'"]
    assert "D1 第1轮" in render(report)


async def test_turns_of_one_dialogue_share_a_conversation() -> None:
    dialogue = ScriptedDialogue({"一": turn("small_talk"), "二": turn("small_talk")})
    rows = [DialogueRow(name, (DialogueTurn("一", {}), DialogueTurn("二", {}))) for name in ("D1", "D2")]
    await run(dialogue, rows)
    conversations = [conversation for conversation, _ in dialogue.heard]
    assert conversations[0] == conversations[1] != conversations[2] == conversations[3]
