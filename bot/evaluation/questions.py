"""`evaluate questions`: is the right matter answered, and its asked aspect first?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluation.asking import Heard, Talks, ask, with_progress
from bot.evaluation.formats import QuestionRow, several
from bot.evaluation.metrics import Rate, Verdict, judge_question, rate
from bot.evaluation.report import Report, Table, times, times_table

LABELS = {
    Verdict.CORRECT: "正确 correct",
    Verdict.HELPED: "有帮助 helped",
    Verdict.WRONG: "错误 wrong",
    Verdict.MISSED: "未答 missed",
}


@dataclass(frozen=True)
class Asked:
    """One question, what came back and how it is judged."""

    row: QuestionRow
    heard: Heard
    verdict: Verdict

    @property
    def is_answer(self) -> bool:
        """Was it answered correctly (a correct question back has no aspect)?"""
        return self.verdict is Verdict.CORRECT and bool(self.heard.answered)

    @property
    def is_aspect_right(self) -> bool:
        return self.heard.result.aspect in several(self.row.aspect)

    @property
    def is_value_given(self) -> bool:
        """Does the value of the `answer` column stand in the reply, character by character?"""
        return bool(self.row.answer) and (self.row.answer or "") in self.heard.text

    def to_json(self) -> dict[str, Any]:
        scores: dict[str, Any] = {"verdict": self.verdict.value}
        if self.is_answer and self.row.aspect:
            scores["aspect"] = self.is_aspect_right
        if self.row.answer:
            scores["value"] = self.is_value_given
        asked = {"id": self.row.id, "message": self.row.message}
        expected = {"gold": list(self.row.gold), "gold_aspect": self.row.aspect, "gold_answer": self.row.answer}
        sort = {"style": self.row.style, "difficulty": self.row.difficulty}
        return {**asked, **self.heard.row(), **expected, **sort, "scores": scores}


async def run(dialogue: Talks, rows: Sequence[QuestionRow]) -> Report:
    """Ask every question in a conversation of its own and count."""
    asked = [await _ask(dialogue, row) for row in with_progress(rows, "questions")]
    with_aspect = [each for each in asked if each.is_answer and each.row.aspect]
    with_value = [each for each in asked if each.row.answer]
    summary = {
        "questions": len(asked),
        **_rates(asked),
        "by_style": _by(asked, lambda each: each.row.style),
        "by_difficulty": _by(asked, lambda each: each.row.difficulty),
        "by_aspect": _by(asked, lambda each: each.row.aspect),
        "outcomes": dict(Counter(each.heard.outcome for each in asked)),
        "aspect": rate(with_aspect, lambda each: each.is_aspect_right),
        "value": rate([each for each in with_value if each.is_answer], lambda each: each.is_value_given),
        "value_of_all": rate(with_value, lambda each: each.is_value_given),
        "ms": times(each.heard.ms for each in asked),
    }
    return Report(summary, [each.to_json() for each in asked], _tables(summary))


async def _ask(dialogue: Talks, row: QuestionRow) -> Asked:
    heard = await ask(dialogue, row.message)
    verdict = judge_question(row.gold, heard.outcome, heard.answered, heard.offered, is_any_right=row.is_any_right)
    return Asked(row, heard, verdict)


def _rates(asked: Sequence[Asked]) -> dict[str, Rate]:
    return {verdict.value: Rate(sum(each.verdict is verdict for each in asked), len(asked)) for verdict in Verdict}


def _by(asked: Sequence[Asked], group: Callable[[Asked], str]) -> dict[str, dict[str, Rate]]:
    names = sorted({group(each) for each in asked} - {""})
    return {name: _rates([each for each in asked if group(each) == name]) for name in names}


def _tables(summary: dict[str, Any]) -> list[Table]:
    verdicts = [verdict.value for verdict in Verdict]
    groups = {"全部": {verdict: summary[verdict] for verdict in verdicts}}
    groups |= {f"说法 {name}": rates for name, rates in summary["by_style"].items()}
    groups |= {f"难度 {name}": rates for name, rates in summary["by_difficulty"].items()}
    lines = [
        (name, str(rates[verdicts[0]].total), *(str(rates[verdict]) for verdict in verdicts))
        for name, rates in groups.items()
    ]
    header = ("", "题数", *(LABELS[verdict] for verdict in Verdict))
    shares = {"正确回答中，先答所问要素 aspect": summary["aspect"]}
    if summary["value_of_all"].total:
        shares |= {"正确回答中，含原文取值 value": summary["value"], "全部题中，含原文取值": summary["value_of_all"]}
    content = tuple((name, str(share.total), str(share)) for name, share in shares.items())
    return [
        Table("问事项：比例 [95% Wilson 区间]", header, tuple(lines)),
        Table("回答的内容", ("", "题数", "比例"), content),
        times_table(summary["ms"]),
    ]
