"""Ask the running assistant, and read out of a turn what the evaluations count."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from tqdm import tqdm

from bot.replies import Outcome, Reply, TurnResult

log = logging.getLogger(__name__)
Row = TypeVar("Row")

# The outcomes that the metrics know, and which of the assistant's finer ones belong to each.
COUNTED_AS: dict[Outcome, str] = {
    Outcome.ANSWER: "answer",
    Outcome.ASK_BACK: "ask_back",
    Outcome.ADMIT: "admit",
    Outcome.OUT_OF_SCOPE: "admit",
    Outcome.WORK_ORDER: "work_order",
    Outcome.ORDER_STATUS: "work_order",
    Outcome.HUMAN: "work_order",
    Outcome.EMERGENCY: "emergency",
    Outcome.SELF_HARM_OR_THREAT: "emergency",
    Outcome.SMALL_TALK: "small_talk",
    Outcome.ABUSE: "small_talk",
    Outcome.RATING: "small_talk",
    Outcome.ERROR: "error",
}


class Talks(Protocol):
    """The part of `bot.dialogue.Dialogue` that is asked."""

    async def turn(self, conversation_id: str, text: str, channel: str = "web") -> TurnResult: ...


@dataclass(frozen=True)
class Heard:
    """One turn as it came back; `ms` is the time the caller waited."""

    result: TurnResult
    ms: float

    @property
    def outcome(self) -> str:
        """One of the outcomes that the metrics know."""
        return COUNTED_AS[self.result.outcome]

    @property
    def text(self) -> str:
        """The whole reply as the citizen reads it."""
        return "\n".join(reply.text for reply in self.result.replies)

    @property
    def answered(self) -> tuple[str, ...]:
        """Codes of the entries that were answered, in the order they were shown."""
        shown = tuple(str(card.data.get("code", "")) for card in self.cards("answer"))
        if not shown and self.result.outcome is Outcome.ANSWER:
            return self.result.entries[:1]
        return tuple(code for code in shown if code)

    @property
    def offered(self) -> tuple[str, ...]:
        """Codes that the citizen may choose from without having been answered."""
        answered = self.answered
        return tuple(code for code in self.result.entries if code not in answered)

    def cards(self, kind: str) -> tuple[Reply, ...]:
        return tuple(reply for reply in self.result.replies if reply.kind == kind)

    def meta(self, key: str) -> Any:
        return self.result.meta.get(key)

    def row(self) -> dict[str, Any]:
        """What every JSON row carries."""
        return {
            "outcome": self.outcome,
            "outcome_detail": self.result.outcome.value,
            "entries": list(self.result.entries),
            "answered": list(self.answered),
            "aspect": self.result.aspect,
            "confidence": self.result.confidence,
            "text": self.text,
            "ms": round(self.ms, 1),
        }


def new_conversation() -> str:
    """An id that no conversation has had: nothing said before may help."""
    return f"evaluation-{uuid.uuid4().hex}"


async def ask(dialogue: Talks, text: str, conversation_id: str = "") -> Heard:
    """Say `text`, in a conversation of its own unless one is given. A turn that breaks is counted as an error."""
    started = time.perf_counter()
    try:
        result = await dialogue.turn(conversation_id or new_conversation(), text)
    except Exception as error:  # one broken turn must not hide how the others went; it counts against us
        log.exception("the turn broke on %r", text)
        result = TurnResult(Outcome.ERROR, (Reply("text", f"{type(error).__name__}: {error}"),))
    return Heard(result, (time.perf_counter() - started) * 1000)


def with_progress(rows: Sequence[Row], label: str) -> Iterator[Row]:
    """The rows, with a progress bar on standard error."""
    bar: Iterable[Row] = tqdm(rows, desc=label, unit="条", disable=None)
    yield from bar
