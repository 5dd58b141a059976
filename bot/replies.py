"""What one turn gives back: the contract between the dialogue and every channel.

A reply carries its complete plain-text rendering, so that WeChat, the shell and a screen reader lose nothing, and
beside it a structured card for pages that can draw one. Card data by `kind` (dates are `YYYY-MM-DD`):

- text, notice: empty
- answer: code, name, aspect, aspect_label, lead [{text, note}], materials [{name, necessity, note, is_exempt}],
  channel {name, entry, url, how} or null, place, source, source_url, verified_at, unit, disclaimer, level_note, ratable
- choices: question, choices [{code, name, contrast}]
- form: field, progress {content, town, location, time, phone, privacy} (values given so far, phone masked)
- receipt: number, query_code, due_on, limit_text, type_label, town, notice
- order_status: number, state, state_label, history [{at, label}], due_on, reply, question
- order_notice: number, state, state_label, at (moment, UTC), sentence, unit, reply, question, due_on or "", ratable
- alarm: calls [{number, label}] (may be empty: the numbers are then read from the text)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

KINDS = frozenset({"text", "answer", "choices", "receipt", "order_status", "order_notice", "notice", "alarm", "form"})


class MalformedReply(ValueError):
    """A stored or received turn result does not follow the contract."""

    code = "malformed_reply"


class RatingRefused(ValueError):
    """What is rated cannot be rated (any more); the message is a sentence for the citizen."""

    code = "rating_refused"


class Outcome(StrEnum):
    """How a turn ended; each has one place in the statistics."""

    ANSWER = "answer"
    ASK_BACK = "ask_back"
    ADMIT = "admit"
    WORK_ORDER = "work_order"
    EMERGENCY = "emergency"
    SELF_HARM_OR_THREAT = "self_harm_or_threat"
    SMALL_TALK = "small_talk"
    ORDER_STATUS = "order_status"
    HUMAN = "human"
    OUT_OF_SCOPE = "out_of_scope"
    ABUSE = "abuse"
    RATING = "rating"
    ERROR = "error"


@dataclass(frozen=True)
class Reply:
    """One bubble or card of the answer."""

    kind: str
    text: str  # complete plain-text rendering, always present
    data: dict[str, Any] = field(default_factory=dict)
    quick_replies: tuple[str, ...] = ()  # ordinary messages that the citizen can send with one tap

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "text": self.text, "data": self.data, "quick_replies": list(self.quick_replies)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reply:
        """Raises MalformedReply when a field is missing or the kind is unknown."""
        try:
            reply = cls(str(value["kind"]), str(value["text"]), dict(value["data"]), tuple(value["quick_replies"]))
        except (KeyError, TypeError, ValueError) as error:
            raise MalformedReply(f"reply without a valid {error}") from error
        if reply.kind not in KINDS:
            raise MalformedReply(f"unknown reply kind {reply.kind!r}")
        return reply


@dataclass(frozen=True)
class TurnResult:
    """Everything one message led to."""

    outcome: Outcome
    replies: tuple[Reply, ...]
    entries: tuple[str, ...] = ()  # codes answered or offered, best first
    aspect: str | None = None
    confidence: float | None = None  # calibrated, 0 to 1
    meta: dict[str, Any] = field(default_factory=dict)  # for evaluation; never leaves the server
    ms: float = 0.0  # time the turn took, milliseconds
    message_id: str = ""  # id of this turn; a rating refers to it

    def to_json(self) -> dict[str, Any]:
        """The complete result, `meta` included; a channel sends `to_public_json`."""
        return {**self.to_public_json(), "meta": self.meta}

    def to_public_json(self) -> dict[str, Any]:
        """What a citizen's device may see."""
        return {
            "outcome": self.outcome.value,
            "replies": [reply.to_json() for reply in self.replies],
            "entries": list(self.entries),
            "aspect": self.aspect,
            "confidence": self.confidence,
            "ms": self.ms,
            "message_id": self.message_id,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> TurnResult:
        """Raises MalformedReply when a field is missing or of the wrong shape."""
        try:
            return cls(
                outcome=Outcome(value["outcome"]),
                replies=tuple(Reply.from_json(reply) for reply in value["replies"]),
                entries=tuple(value["entries"]),
                aspect=value["aspect"],
                confidence=value["confidence"],
                meta=dict(value.get("meta", {})),
                ms=float(value["ms"]),
                message_id=str(value["message_id"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, MalformedReply):
                raise
            raise MalformedReply(f"turn result without a valid {error}") from error
