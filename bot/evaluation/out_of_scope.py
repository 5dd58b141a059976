"""`evaluate out-of-scope`: does the assistant refuse what its base does not hold?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluation.asking import Heard, Talks, ask, with_progress
from bot.evaluation.formats import OutsideRow
from bot.evaluation.metrics import Rate, Refusal, judge_refusal
from bot.evaluation.report import Report, Table, times, times_table

LABELS = {
    Refusal.REFUSED: "拒答 refused",
    Refusal.ASKED_BACK: "反问 asked_back",
    Refusal.WRONG: "误答 wrong",
    Refusal.BROKEN: "出错 broken",
}


@dataclass(frozen=True)
class Asked:
    """One message, what came back and how it is judged."""

    row: OutsideRow
    heard: Heard
    verdict: Refusal

    def to_json(self) -> dict[str, Any]:
        asked = {"id": self.row.id, "message": self.row.message}
        sort = {"kind": self.row.kind, "style": self.row.style}
        return {**asked, **self.heard.row(), **sort, "scores": {"verdict": self.verdict.value}}


async def run(dialogue: Talks, rows: Sequence[OutsideRow]) -> Report:
    """Say every message in a conversation of its own and count."""
    asked = []
    for row in with_progress(rows, "out-of-scope"):
        heard = await ask(dialogue, row.message)
        asked.append(Asked(row, heard, judge_refusal(heard.outcome, heard.answered)))
    summary = {
        "messages": len(asked),
        **_rates(asked),
        "by_kind": _by(asked, lambda each: each.row.kind),
        "by_style": _by(asked, lambda each: each.row.style),
        "ms": times(each.heard.ms for each in asked),
    }
    return Report(summary, [each.to_json() for each in asked], _tables(summary))


def _rates(asked: Sequence[Asked]) -> dict[str, Rate]:
    return {verdict.value: Rate(sum(each.verdict is verdict for each in asked), len(asked)) for verdict in Refusal}


def _by(asked: Sequence[Asked], group: Callable[[Asked], str]) -> dict[str, dict[str, Rate]]:
    names = sorted({group(each) for each in asked} - {""})
    return {name: _rates([each for each in asked if group(each) == name]) for name in names}


def _tables(summary: dict[str, Any]) -> list[Table]:
    verdicts = [verdict.value for verdict in Refusal]
    groups = {"全部": {verdict: summary[verdict] for verdict in verdicts}}
    groups |= {f"类别 {name}": rates for name, rates in summary["by_kind"].items()}
    groups |= {f"说法 {name}": rates for name, rates in summary["by_style"].items()}
    lines = [
        (name, str(rates[verdicts[0]].total), *(str(rates[verdict]) for verdict in verdicts))
        for name, rates in groups.items()
    ]
    header = ("", "条数", *(LABELS[verdict] for verdict in Refusal))
    return [Table("库外消息：比例 [95% Wilson 区间]", header, tuple(lines)), times_table(summary["ms"])]
