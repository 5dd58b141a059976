"""The counting rules: what makes a reply correct, helpful, wrong or missed, and how sure a rate is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

MOST_CHOICES = 4  # a question back with more choices than this helps nobody
Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution
Item = TypeVar("Item")


class Verdict(StrEnum):
    """How a question about a matter ended."""

    CORRECT = "correct"
    HELPED = "helped"
    WRONG = "wrong"
    MISSED = "missed"


class Refusal(StrEnum):
    """How a message outside the base ended."""

    REFUSED = "refused"
    ASKED_BACK = "asked_back"  # nothing was answered, but something was offered: neither good nor wrong
    WRONG = "wrong"
    BROKEN = "broken"


@dataclass(frozen=True)
class Rate:
    """`hits` of `total`, with the 95 % Wilson interval."""

    hits: int
    total: int

    @property
    def share(self) -> float | None:
        return self.hits / self.total if self.total else None

    def __str__(self) -> str:
        if self.share is None:
            return "–"
        low, high = wilson(self.hits, self.total)
        return f"{self.share:.1%} [{low:.1%}, {high:.1%}]"

    def to_json(self) -> dict[str, Any]:
        low, high = wilson(self.hits, self.total)
        share = None if self.share is None else round(self.share, 4)
        return {"hits": self.hits, "total": self.total, "share": share, "low": round(low, 4), "high": round(high, 4)}


def wilson(hits: int, total: int, z: float = Z95) -> tuple[float, float]:
    """The Wilson score interval (E. B. Wilson, 1927); without any trial it is the whole of 0 to 1."""
    if total == 0:
        return 0.0, 1.0
    share, square = hits / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def judge_question(
    gold: Sequence[str],
    outcome: str,
    answered: Sequence[str],
    offered: Sequence[str],
    *,
    is_any_right: bool = False,
) -> Verdict:
    """Judge one reply.

    Several gold entries mean that the question is honestly ambiguous and must be asked back with all of them; with
    `is_any_right` they are equally good answers instead.
    """
    if answered:
        return _judge_answer(set(gold), set(answered), set(offered), is_any_right)
    if outcome != "ask_back":
        return Verdict.MISSED
    if len(gold) > 1 and not is_any_right:
        return Verdict.CORRECT if set(gold) <= set(offered) else Verdict.MISSED
    is_there = not set(gold).isdisjoint(offered)
    return Verdict.HELPED if is_there and len(offered) <= MOST_CHOICES else Verdict.MISSED


def _judge_answer(gold: set[str], answered: set[str], offered: set[str], is_any_right: bool) -> Verdict:
    if not answered <= gold:
        return Verdict.WRONG
    if is_any_right or len(gold) == 1:
        return Verdict.CORRECT
    return Verdict.HELPED if gold <= answered | offered else Verdict.MISSED


def judge_refusal(outcome: str, answered: Sequence[str]) -> Refusal:
    """Judge the reply to a message that no entry answers: whatever answers none is a refusal, but see Refusal."""
    if answered or outcome == "answer":
        return Refusal.WRONG
    if outcome == "ask_back":
        return Refusal.ASKED_BACK
    return Refusal.BROKEN if outcome == "error" else Refusal.REFUSED


def rate(items: Iterable[Item], is_hit: Callable[[Item], bool]) -> Rate:
    """How many of the items are hits."""
    hits = [is_hit(item) for item in items]
    return Rate(sum(hits), len(hits))


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` of the values lie (nearest rank); None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
