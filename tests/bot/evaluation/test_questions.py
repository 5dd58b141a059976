from __future__ import annotations

from bot.evaluation.formats import QuestionRow
from bot.evaluation.metrics import Rate
from bot.evaluation.questions import run
from tests.bot.evaluation.scripted import ScriptedDialogue, turn


def row(number: int, gold: str, aspect: str = "fee", style: str = "plain", answer: str | None = None) -> QuestionRow:
    return QuestionRow(f"q{number}", f"问{number}", tuple(gold.split("|")), aspect, style, "easy", answer)


async def test_four_verdicts_are_counted_over_all_and_by_style() -> None:
    rows = [row(1, "M01"), row(2, "M02"), row(3, "M03", style="voice"), row(4, "M04|M05", style="voice")]
    script = {
        "问1": turn("answer", "M01", aspect="fee"),
        "问2": turn("ask_back", "M01", "M02"),
        "问3": turn("answer", "M09", aspect="fee"),
        "问4": turn("admit"),
    }
    report = await run(ScriptedDialogue(script), rows)
    assert {name: report.summary[name].hits for name in ("correct", "helped", "wrong", "missed")} == {
        "correct": 1,
        "helped": 1,
        "wrong": 1,
        "missed": 1,
    }
    assert report.summary["by_style"]["voice"]["wrong"] == Rate(1, 2)
    assert report.summary["by_difficulty"]["easy"]["correct"] == Rate(1, 4)
    assert report.rows[1]["entries"] == ["M01", "M02"]
    assert report.rows[2]["scores"]["verdict"] == "wrong"


async def test_aspect_counts_only_correct_answers() -> None:
    rows = [row(1, "M01"), row(2, "M02"), row(3, "M03"), row(4, "M04|M05")]
    script = {
        "问1": turn("answer", "M01", aspect="fee"),
        "问2": turn("answer", "M02", aspect="time"),
        "问3": turn("answer", "M09", aspect="fee"),
        "问4": turn("ask_back", "M04", "M05"),
    }
    report = await run(ScriptedDialogue(script), rows)
    assert report.summary["aspect"] == Rate(1, 2)


async def test_value_must_stand_verbatim_in_the_reply() -> None:
    rows = [row(1, "A|B", answer="20 个工作日"), row(2, "A", answer="20 个工作日"), row(3, "A", answer="")]
    script = {
        "问1": turn("answer", "B", text="承诺时限：20 个工作日"),
        "问2": turn("answer", "A", text="承诺时限：20个工作日"),
        "问3": turn("answer", "A"),
    }
    report = await run(ScriptedDialogue(script), rows)
    assert report.summary["value"] == Rate(1, 2)
    assert report.summary["correct"] == Rate(3, 3)
    assert [each["scores"].get("value") for each in report.rows] == [True, False, None]


async def test_each_question_has_a_conversation_of_its_own() -> None:
    dialogue = ScriptedDialogue({"问1": turn("admit"), "问2": turn("admit")})
    await run(dialogue, [row(1, "M01"), row(2, "M02")])
    assert len({conversation for conversation, _ in dialogue.heard}) == 2


async def test_turn_that_breaks_is_counted_as_missed() -> None:
    report = await run(ScriptedDialogue({}), [row(1, "M01")])
    assert report.summary["missed"] == Rate(1, 1)
    assert report.rows[0]["outcome"] == "error"
