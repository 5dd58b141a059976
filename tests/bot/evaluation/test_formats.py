"""Question files are read whole or refused with the place of the fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.evaluation.errors import BadQuestionFile
from bot.evaluation.formats import read_dialogues, read_escalation, read_outside, read_questions
from tests.bot.evaluation.scripted import jsonl, tsv

QUESTIONS = "id / message / gold / aspect / style"


def test_question_with_several_gold_entries_and_no_answer_column(tmp_path: Path) -> None:
    path = tsv(tmp_path / "q.tsv", f"{QUESTIONS} / difficulty", "1 / 说“你好” / M01|M02 / fee / plain / easy")
    [row] = read_questions(path)
    assert (row.message, row.gold, row.difficulty) == ("说“你好”", ("M01", "M02"), "easy")
    assert not row.is_any_right


def test_answer_column_makes_any_gold_entry_right(tmp_path: Path) -> None:
    path = tsv(tmp_path / "q.tsv", "id / message / gold / aspect / answer / style", "1 / 问 / A|B / fee /  / plain")
    [row] = read_questions(path)
    assert row.is_any_right and row.answer == ""


def test_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "q.tsv"
    path.write_bytes("\ufeffid\tmessage\twhy\r\nu1\t问\u2028题\t无\r\n".encode())
    [row] = read_outside(path)
    assert (row.id, row.message, row.kind) == ("u1", "问\u2028题", "unanswerable")


def test_escalation_row_splits_its_alternatives(tmp_path: Path) -> None:
    header = "id / message / expect / town / department"
    [row] = read_escalation(
        tsv(tmp_path / "e.tsv", header, "1 / 路灯坏了 / complaint|help / 龙归镇 / 区住建局|所在镇街")
    )
    assert row.expect == ("complaint", "help")
    assert row.towns == ("龙归镇",)
    assert row.departments == ("区住建局", "所在镇街")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "empty"),
        ([QUESTIONS], "holds no rows"),
        (["id / message / gold"], "missing.*aspect"),
        ([f"{QUESTIONS} / colour"], "unknown.*colour"),
        ([QUESTIONS, "1 / 问 / M01 / fee"], "line 2: 4 fields instead of 5"),
        ([QUESTIONS, "1 /  / M01 / fee / plain"], "line 2: id or message is empty"),
        ([QUESTIONS, "1 / 问 /  / fee / plain"], "gold is empty"),
        ([QUESTIONS, "1 / 问 / M01 / fee / plain", "1 / 问 / M01 / fee / plain"], "same id twice"),
    ],
)
def test_faulty_question_file_is_refused_with_its_place(tmp_path: Path, lines: list[str], reason: str) -> None:
    with pytest.raises(BadQuestionFile, match=reason):
        read_questions(tsv(tmp_path / "q.tsv", *lines))


def test_missing_and_undecodable_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQuestionFile, match="cannot read"):
        read_questions(tmp_path / "absent.tsv")
    (tmp_path / "gbk.tsv").write_bytes("问".encode("gbk"))
    with pytest.raises(BadQuestionFile, match="not UTF-8"):
        read_questions(tmp_path / "gbk.tsv")


def test_dialogue_is_read_turn_by_turn(tmp_path: Path) -> None:
    turns = [{"user": "办证", "expect": {"clarify": ["M01"]}}, {"user": "补办", "expect": {"matter": "M03"}}]
    [dialogue] = read_dialogues(jsonl(tmp_path / "d.jsonl", {"id": "D1", "turns": turns}))
    assert [turn.user for turn in dialogue.turns] == ["办证", "补办"]
    assert dialogue.turns[1].expect == {"matter": "M03"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"id": "D1", "turns": [{"user": "好", "expect": {"matters": "M01"}}]}, "line 1, turn 1: unknown expectation"),
        ({"id": "D1", "turns": [{"user": "好", "expects": {}}]}, "line 1, turn 1: must be an object"),
        ({"id": "D1", "turns": [{"user": 1, "expect": {}}]}, "user must be text"),
        ({"id": "D1", "turns": []}, "at least one turn"),
        ({"id": "D1", "turns": [], "note": ""}, "exactly"),
        ([1], "exactly"),
    ],
)
def test_faulty_dialogue_is_refused_with_its_place(tmp_path: Path, value: Any, reason: str) -> None:
    with pytest.raises(BadQuestionFile, match=reason):
        read_dialogues(jsonl(tmp_path / "d.jsonl", value))


def test_line_that_is_not_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "d.jsonl"
    path.write_text('\n{"id": \n', encoding="utf-8")
    with pytest.raises(BadQuestionFile, match="line 2: not JSON"):
        read_dialogues(path)
