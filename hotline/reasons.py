"""The "why" of a line of the history, for staff (Chinese)."""

from __future__ import annotations

import re
from collections.abc import Callable

from hotline import scope
from hotline.model import Card, Resolution, WorkOrder
from hotline.moves import Move
from hotline.step import Step

SCORE_LABELS = {1: "非常不满意", 2: "不满意", 3: "基本满意", 4: "满意", 5: "非常满意"}
BAD_RATING = "差评工单：市民评价“{label}”，系统自动转重办"
_ASKED_DAYS = re.compile(r"申请延期([0-9]+)个工作日")


def why(order: WorkOrder, step: Step) -> str:
    """What was told with the move, in one sentence."""
    compose = COMPOSED.get(step.move)
    return compose(order, step) if compose else step.facts.reason


def refusal_text(step: Step) -> str:
    """Why it is not accepted and where to go instead, for the citizen."""
    known = scope.refusal_of(step.facts.reject_reason)
    return (step.facts.reason or known.reason) + known.channel if known else step.facts.reason


def asked_days(reason: str) -> int:
    """Working days that a line of the history asked for; 0 when it did not."""
    found = _ASKED_DAYS.match(reason)
    return int(found.group(1)) if found else 0


def _joined(*parts: str) -> str:
    return "；".join(filter(None, parts))


def _refused(order: WorkOrder, step: Step) -> str:
    known = scope.refusal_of(step.facts.reject_reason)
    title = known.title if known else ""
    return f"{step.facts.reject_reason} {title}：{refusal_text(step)}"


def _merged(order: WorkOrder, step: Step) -> str:
    return _joined(f"并入{step.known.main.number if step.known.main else ''}", step.facts.reason)


def _units(order: WorkOrder, step: Step) -> str:
    helpers = f"协办：{'、'.join(step.facts.co_units)}" if step.facts.co_units else ""
    return _joined(f"主办：{step.facts.unit}", helpers, step.facts.opinion, step.facts.reason)


def _returned(order: WorkOrder, step: Step) -> str:
    return f"{step.facts.reason}（依据：{step.facts.legal_basis}）"


def _asked_longer(order: WorkOrder, step: Step) -> str:
    return _joined(f"申请延期{step.facts.days}个工作日", step.facts.reason)


def _granted(order: WorkOrder, step: Step) -> str:
    return _joined(f"同意延期{step.facts.days or step.known.asked_days}个工作日", step.facts.reason)


def _replied(order: WorkOrder, step: Step) -> str:
    facts = step.facts
    factual = {None: "", True: "诉求属实", False: "诉求不属实"}[facts.is_factual]
    resolution = "" if facts.resolution is Resolution.UNKNOWN else facts.resolution.label
    return _joined(resolution, factual, facts.handling.label if facts.handling else "", facts.reason)


def _rated(order: WorkOrder, step: Step) -> str:
    if step.facts.is_default and order.satisfaction and not order.is_default_rating:
        return f"到期未再评价，保留市民原来的评价“{SCORE_LABELS[order.satisfaction]}”"
    if step.facts.is_default:
        return f"到期未评价，默认“{SCORE_LABELS[step.facts.score]}”"
    return _joined(SCORE_LABELS[step.facts.score], step.facts.text, step.facts.reason)


def _flagged(order: WorkOrder, step: Step) -> str:
    card = "" if step.facts.card is Card.NONE else step.facts.card.label
    return _joined(card, step.facts.reason)


def _told(order: WorkOrder, step: Step) -> str:
    return _joined(step.facts.text, step.facts.reason)


COMPOSED: dict[Move, Callable[[WorkOrder, Step], str]] = {
    Move.SUPPLEMENT: _told,
    Move.CANCEL: _told,
    Move.REJECT: _refused,
    Move.MERGE: _merged,
    Move.PROPOSE: _units,
    Move.ASSIGN: _units,
    Move.RETURN: _returned,
    Move.REQUEST_EXTENSION: _asked_longer,
    Move.GRANT_EXTENSION: _granted,
    Move.REPLY: _replied,
    Move.ANSWER_DIRECTLY: _replied,
    Move.RATE: _rated,
    Move.SUPERVISE: _flagged,
}
