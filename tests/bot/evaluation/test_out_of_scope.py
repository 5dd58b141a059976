from __future__ import annotations

from bot.evaluation.formats import OutsideRow
from bot.evaluation.metrics import Rate
from bot.evaluation.out_of_scope import run
from tests.bot.evaluation.scripted import ScriptedDialogue, turn


async def test_refusals_are_counted_by_kind() -> None:
    rows = [
        OutsideRow("1", "讲个笑话", "chitchat"),
        OutsideRow("2", "办捕捞证", "near_miss_government"),
        OutsideRow("3", "办养犬证", "near_miss_government"),
        OutsideRow("4", "外省的事", "near_miss_government"),
    ]
    script = {
        "讲个笑话": turn("small_talk"),
        "办捕捞证": turn("answer", "M01"),
        "办养犬证": turn("ask_back", "M01", "M02"),
        "外省的事": turn("out_of_scope"),
    }
    report = await run(ScriptedDialogue(script), rows)
    near = report.summary["by_kind"]["near_miss_government"]
    assert report.summary["refused"] == Rate(2, 4)
    assert (near["refused"], near["wrong"], near["asked_back"]) == (Rate(1, 3), Rate(1, 3), Rate(1, 3))
    assert report.rows[3]["outcome"] == "admit"
    assert report.rows[3]["outcome_detail"] == "out_of_scope"
