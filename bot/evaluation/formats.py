"""Read question files: TSV with a header and no quoting, or dialogues as JSON lines. UTF-8 both.

Every fault raises BadQuestionFile with file, line and reason: a file that is half understood measures nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evaluation.errors import BadQuestionFile
from bot.evaluation.expectations import EXPECTATIONS

SEVERAL = "|"  # stands between alternatives in one field


@dataclass(frozen=True)
class QuestionRow:
    """One question about a matter; with an `answer` column, any of the gold entries is right."""

    id: str
    message: str
    gold: tuple[str, ...]
    aspect: str
    style: str
    difficulty: str = ""
    answer: str | None = None  # None: the file has no such column; empty: no value for this question

    @property
    def is_any_right(self) -> bool:
        return self.answer is not None


@dataclass(frozen=True)
class OutsideRow:
    """One message that no entry of the base answers."""

    id: str
    message: str
    kind: str
    style: str = ""


@dataclass(frozen=True)
class EscalationRow:
    """One first message and where it should lead; `towns` are all named, `departments` are alternatives."""

    id: str
    message: str
    expect: tuple[str, ...]
    towns: tuple[str, ...]
    departments: tuple[str, ...]


@dataclass(frozen=True)
class DialogueTurn:
    """What the citizen says and what must hold after it."""

    user: str
    expect: dict[str, Any]


@dataclass(frozen=True)
class DialogueRow:
    """One whole conversation."""

    id: str
    turns: tuple[DialogueTurn, ...]


def read_questions(path: Path) -> list[QuestionRow]:
    """Questions with gold entries (`id message gold aspect style`, and `difficulty` or `answer`)."""
    rows = read_tsv(path, ("id", "message", "gold", "aspect", "style"), ("difficulty", "answer"))
    for place, row in enumerate(rows):
        if not several(row["gold"]):
            raise BadQuestionFile(f"{path.name}, question {row['id']!r} (row {place + 1}): gold is empty")
    return [
        QuestionRow(
            row["id"],
            row["message"],
            several(row["gold"]),
            row["aspect"],
            row["style"],
            row.get("difficulty", ""),
            row.get("answer"),
        )
        for row in rows
    ]


def read_outside(path: Path) -> list[OutsideRow]:
    """Messages outside the base: `id message kind style`, or `id message why` (then of one kind, unanswerable)."""
    rows = read_tsv(path, ("id", "message"), ("kind", "style", "why"))
    return [
        OutsideRow(row["id"], row["message"], row.get("kind", "unanswerable"), row.get("style", "")) for row in rows
    ]


def read_escalation(path: Path) -> list[EscalationRow]:
    """First messages and where they should lead: `id message expect town department`."""
    rows = read_tsv(path, ("id", "message", "expect", "town", "department"), ())
    return [
        EscalationRow(
            row["id"], row["message"], several(row["expect"]), several(row["town"]), several(row["department"])
        )
        for row in rows
    ]


def read_dialogues(path: Path) -> list[DialogueRow]:
    """Conversations as JSON lines; an expectation that is not known is an error, never a pass."""
    dialogues = []
    for number, line in _lines(path):
        where = f"{path.name}, line {number}"
        try:
            raw = json.loads(line)
        except json.JSONDecodeError as error:
            raise BadQuestionFile(f"{where}: not JSON: {error.msg} (column {error.colno})") from error
        _check_keys(raw, {"id", "turns"}, where)
        if not isinstance(raw["turns"], list) or not raw["turns"]:
            raise BadQuestionFile(f"{where}: turns must be a list with at least one turn")
        turns = [_turn(turn, f"{where}, turn {place}") for place, turn in enumerate(raw["turns"], start=1)]
        dialogues.append(DialogueRow(str(raw["id"]), tuple(turns)))
    _check_ids(path, [dialogue.id for dialogue in dialogues])
    return dialogues


def read_tsv(path: Path, required: Sequence[str], optional: Sequence[str]) -> list[dict[str, str]]:
    """Rows by column name, values without surrounding space; columns that are not named here are an error."""
    lines = _lines(path)
    if not lines:
        raise BadQuestionFile(f"{path.name} is empty")
    header = [name.strip() for name in lines[0][1].split("\t")]
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in (*required, *optional)]
    if missing or unknown or len(set(header)) != len(header):
        raise BadQuestionFile(f"{path.name}, header {header}: missing {missing}, unknown {unknown}")
    rows = []
    for number, line in lines[1:]:
        fields = line.split("\t")
        if len(fields) != len(header):
            raise BadQuestionFile(f"{path.name}, line {number}: {len(fields)} fields instead of {len(header)}")
        row = dict(zip(header, (field.strip() for field in fields), strict=True))
        if not row["id"] or not row["message"]:
            raise BadQuestionFile(f"{path.name}, line {number}: id or message is empty")
        rows.append(row)
    _check_ids(path, [row["id"] for row in rows])
    return rows


def several(text: str) -> tuple[str, ...]:
    """`A|B` → (A, B); an empty field gives no alternatives."""
    return tuple(part.strip() for part in text.split(SEVERAL) if part.strip())


def _lines(path: Path) -> list[tuple[int, str]]:
    """Lines that hold something, with their numbers. Only line feeds end a line: a message may hold U+2028."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadQuestionFile(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadQuestionFile(f"{path.name} is not UTF-8: {error}") from error
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def _turn(raw: Any, where: str) -> DialogueTurn:
    _check_keys(raw, {"user", "expect"}, where)
    if not isinstance(raw["user"], str) or not isinstance(raw["expect"], dict):
        raise BadQuestionFile(f"{where}: user must be text and expect an object")
    if unknown := sorted(raw["expect"].keys() - EXPECTATIONS.keys()):
        raise BadQuestionFile(f"{where}: unknown expectation {unknown}; known are {sorted(EXPECTATIONS)}")
    return DialogueTurn(raw["user"], raw["expect"])


def _check_keys(raw: Any, keys: set[str], where: str) -> None:
    if not isinstance(raw, dict) or raw.keys() != keys:
        found = sorted(raw) if isinstance(raw, dict) else type(raw).__name__
        raise BadQuestionFile(f"{where}: must be an object with exactly {sorted(keys)}, not {found}")


def _check_ids(path: Path, ids: Sequence[str]) -> None:
    twice = sorted({each for each in ids if ids.count(each) > 1})
    if twice:
        raise BadQuestionFile(f"{path.name}: the same id twice: {twice}")
    if not ids:
        raise BadQuestionFile(f"{path.name} holds no rows")
