"""`evaluate dialogues`: do whole conversations go as they should, turn by turn?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluation.asking import Heard, Talks, ask, new_conversation, with_progress
from bot.evaluation.expectations import Turn, failures
from bot.evaluation.formats import DialogueRow, DialogueTurn
from bot.evaluation.metrics import Rate, rate
from bot.evaluation.report import Report, Table, times, times_table

SHOWN_FAILURES = 200  # lines of the printed list; the JSON holds all


@dataclass(frozen=True)
class Said:
    """One turn of one dialogue, and what of its expectations did not hold."""

    dialogue: str
    place: int  # from 1
    turn: DialogueTurn
    heard: Heard
    amiss: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        return not self.amiss

    def to_json(self) -> dict[str, Any]:
        place = {"id": self.dialogue, "turn": self.place, "message": self.turn.user}
        scores = {key: not any(text.startswith(f"{key}:") for text in self.amiss) for key in self.turn.expect}
        checked = {"expect": self.turn.expect, "ok": self.is_ok, "failed": list(self.amiss), "scores": scores}
        return {**place, **self.heard.row(), **checked, "meta": _checked_meta(self.heard)}


async def run(dialogue: Talks, rows: Sequence[DialogueRow]) -> Report:
    """Hold every conversation from its first message and count."""
    said = [turn for row in with_progress(rows, "dialogues") for turn in await _hold(dialogue, row)]
    by_dialogue: dict[str, list[bool]] = defaultdict(list)
    for each in said:
        by_dialogue[each.dialogue].append(each.is_ok)
    summary = {
        "dialogues": len(by_dialogue),
        "turns": rate(said, lambda each: each.is_ok),
        "whole_dialogues": rate(by_dialogue.values(), all),
        "by_expectation": _by_expectation(said),
        "ms": times(each.heard.ms for each in said),
    }
    return Report(summary, [each.to_json() for each in said], _tables(summary, said))


async def _hold(dialogue: Talks, row: DialogueRow) -> list[Said]:
    conversation_id, said = new_conversation(), []
    for place, turn in enumerate(row.turns, start=1):
        heard = await ask(dialogue, turn.user, conversation_id)
        said.append(Said(row.id, place, turn, heard, tuple(failures(Turn(heard, turn.expect)))))
    return said


def _by_expectation(said: Iterable[Said]) -> dict[str, Rate]:
    held: dict[str, list[bool]] = defaultdict(list)
    for each in said:
        for key in each.turn.expect:
            held[key].append(not any(text.startswith(f"{key}:") for text in each.amiss))
    return {key: rate(values, bool) for key, values in sorted(held.items())}


def _checked_meta(heard: Heard) -> dict[str, Any]:
    """What expectations read beside the reply; measures of the search are left out."""
    return {key: value for key, value in heard.result.meta.items() if key not in ("candidates", "thresholds")}


def _tables(summary: dict[str, Any], said: Sequence[Said]) -> list[Table]:
    shares = {
        "全部期望成立的轮次": summary["turns"],
        "每一轮都正确的对话": summary["whole_dialogues"],
        **{f"期望 {key}": value for key, value in summary["by_expectation"].items()},
    }
    lines = tuple((name, str(share.total), str(share)) for name, share in shares.items())
    tables = [Table("对话：比例 [95% Wilson 区间]", ("", "数量", "比例"), lines)]
    failed = [(f"{each.dialogue} 第{each.place}轮", text) for each in said for text in each.amiss]
    if failed:
        tables.append(Table("未成立的期望", ("轮次", "期望与实际"), tuple(failed[:SHOWN_FAILURES]), is_text=True))
    return [*tables, times_table(summary["ms"])]
