"""What a dialogue file may expect of a turn: one short check a key. A check returns what is amiss, or nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.evaluation.asking import Heard
from bot.evaluation.orders import PREPARED
from bot.replies import Outcome

Check = Callable[["Turn", Any], str]  # the turn and the expected value → what is amiss, empty when it holds


@dataclass(frozen=True)
class Turn:
    """One turn that was heard, with everything that is expected of it."""

    heard: Heard
    expect: dict[str, Any]


def failures(turn: Turn) -> list[str]:
    """Each expectation that does not hold, as `key: expected …, got …`. Unknown keys raise KeyError."""
    amiss = {key: EXPECTATIONS[key](turn, value) for key, value in turn.expect.items()}
    return [f"{key}: {text}" for key, text in amiss.items() if text]


def _matter(turn: Turn, value: Any) -> str:
    wanted, heard = set(str(value).split("|")), turn.heard
    is_answered = bool(heard.answered) and wanted.issuperset(heard.answered)
    is_choice = len(wanted) > 1 and heard.outcome == "ask_back" and wanted.issubset(heard.result.entries)
    got = f"{heard.result.outcome} {list(heard.answered or heard.result.entries)}"
    return "" if is_answered or is_choice else _differs(value, got)


def _aspect(turn: Turn, value: Any) -> str:
    return _one_of(value, turn.heard.result.aspect)


def _clarify(turn: Turn, value: Any) -> str:
    entries = turn.heard.result.entries
    is_asked = turn.heard.outcome == "ask_back" and set(_listed(value)) <= set(entries)
    return "" if is_asked else _differs(value, f"{turn.heard.result.outcome} {list(entries)}")


def _work_order(turn: Turn, value: Any) -> str:
    got = turn.heard.meta("work_order")
    if "status" in _listed(value) and "result" in turn.expect and turn.heard.result.outcome is Outcome.ORDER_STATUS:
        return ""  # asked for, but not to be shown: `result` says what must hold
    if amiss := _one_of(value, got):
        return amiss
    if got == "submitted" and not turn.heard.cards("receipt"):
        return "submitted, but no receipt was given"
    if got == "status" and not turn.heard.cards("order_status"):
        return "status, but the state of no order was shown"
    return ""


def _result(turn: Turn, value: Any) -> str:
    revealed = [order.number for order in PREPARED if order.content in turn.heard.text]
    if revealed or turn.heard.cards("order_status"):
        return f"expected {value!r}, but the order was revealed"
    return _equals("result")(turn, value)


def _asks(turn: Turn, value: Any) -> str:
    got = _listed(turn.heard.meta("asks"))
    return "" if set(got) & set(_listed(value)) else _differs(value, got)


def _offers(turn: Turn, value: Any) -> str:
    got = _listed(turn.heard.meta("offers"))
    return "" if set(got) & set(_listed(value)) else _differs(value, got)


def _slots(turn: Turn, value: Any) -> str:
    held = turn.heard.meta("slots") or {}
    amiss = {name: held.get(name) for name, wanted in value.items() if not _holds(name, wanted, held.get(name))}
    return _differs(value, amiss) if amiss else ""


def _holds(name: str, wanted: Any, held: Any) -> bool:
    if not wanted or not held:
        return not wanted and not held
    if name == "phone":
        return re.sub(r"\D", "", str(held)) == re.sub(r"\D", "", str(wanted))
    if name in ("content", "location", "time"):
        return str(wanted) in str(held)
    return bool(wanted == held)


def _hotline(turn: Turn, value: Any) -> str:
    missing = [number for number in _listed(value) if not _is_given(str(number), turn.heard.text)]
    return f"not given: {missing}" if missing else ""


def _is_given(number: str, text: str) -> bool:
    return re.search(rf"(?<!\d){re.escape(number)}(?!\d)", text) is not None


def _tells_deadline(turn: Turn, value: Any) -> str:
    is_told = turn.heard.meta("tells_deadline") is True and "工作日" in turn.heard.text
    return "" if is_told is bool(value) else _differs(value, is_told)


def _emergency_resolved(turn: Turn, value: Any) -> str:
    if value and (turn.heard.cards("alarm") or turn.heard.result.outcome is Outcome.EMERGENCY):
        return "the alarm was repeated"
    return _equals("emergency_resolved")(turn, value)


def _rating_reason(turn: Turn, value: Any) -> str:
    return "the rating was asked again" if turn.heard.meta("asks_rating") else _equals("rating_reason")(turn, value)


def _equals(key: str) -> Check:
    """The turn says so itself; a flag that is absent counts as false."""

    def check(turn: Turn, value: Any) -> str:
        got = turn.heard.meta(key)
        is_same = bool(got) is value if isinstance(value, bool) else got == value
        return "" if is_same else _differs(value, got)

    return check


def _outcome(outcome: Outcome) -> Check:
    def check(turn: Turn, value: Any) -> str:
        is_this = turn.heard.result.outcome is outcome
        return "" if is_this is bool(value) else _differs(value, turn.heard.result.outcome.value)

    return check


def _one_of(value: Any, got: Any) -> str:
    return "" if got in _listed(value) else _differs(value, got)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _differs(expected: Any, got: Any) -> str:
    return f"expected {expected!r}, got {got!r}"


EXPECTATIONS: dict[str, Check] = {
    "matter": _matter,
    "aspect": _aspect,
    "clarify": _clarify,
    "work_order": _work_order,
    "previous": _equals("previous"),
    "form": _equals("form"),
    "asks": _asks,
    "slots": _slots,
    "accepts_refusal": _equals("accepts_refusal"),
    "type": _equals("order_type"),
    "offers": _offers,
    "result": _result,
    "tells_deadline": _tells_deadline,
    "out_of_scope": _outcome(Outcome.OUT_OF_SCOPE),
    "emergency": _outcome(Outcome.EMERGENCY),
    "human_agent": _outcome(Outcome.HUMAN),
    "abuse": _outcome(Outcome.ABUSE),
    "self_harm_or_threat": _outcome(Outcome.SELF_HARM_OR_THREAT),
    "emergency_resolved": _emergency_resolved,
    "asks_rating": _equals("asks_rating"),
    "rating": _equals("rating"),
    "rating_reason": _rating_reason,
    "hotline": _hotline,
}
