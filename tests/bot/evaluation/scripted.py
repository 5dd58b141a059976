"""A dialogue whose replies are laid down beforehand, by message; anything else makes it break."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.evaluation.asking import Heard
from bot.replies import Outcome, Reply, TurnResult


class ScriptedDialogue:
    """`heard` records conversation and message of every turn."""

    def __init__(self, script: dict[str, TurnResult]) -> None:
        self._script = script
        self.heard: list[tuple[str, str]] = []

    async def turn(self, conversation_id: str, text: str, channel: str = "web") -> TurnResult:
        self.heard.append((conversation_id, text))
        return self._script[text]


def turn(outcome: str, *entries: str, text: str = "答复", **meta: Any) -> TurnResult:
    """A turn; an answer answers its first entry and offers the others."""
    kind = Outcome(outcome)
    card = Reply("answer", text, {"code": entries[0]}) if kind is Outcome.ANSWER and entries else Reply("text", text)
    aspect = meta.pop("aspect", None)
    cards = tuple(Reply(name, "") for name in meta.pop("cards", ()))
    return TurnResult(kind, (card, *cards), entries=entries, aspect=aspect, meta=meta)


def heard(outcome: str, *entries: str, **meta: Any) -> Heard:
    return Heard(turn(outcome, *entries, **meta), ms=1.0)


def tsv(path: Path, *lines: str) -> Path:
    """Write lines whose columns stand apart by ` / `."""
    path.write_text("".join(line.replace(" / ", "\t") + "\n" for line in lines), encoding="utf-8")
    return path


def jsonl(path: Path, *values: Any) -> Path:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")
    return path
