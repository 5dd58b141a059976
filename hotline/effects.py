"""What each move changes on the order, beside its state. No I/O: an order goes in, an order comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hotline.deadlines import SHANGHAI
from hotline.model import Card, EventKind, Resolution, WorkOrder, WorkOrderEvent
from hotline.moves import MOVES, Move
from hotline.reasons import refusal_text, why
from hotline.states import State
from hotline.step import Change, Step
from hotline.windows import extended, rectification

CARD_ORDER = (Card.NONE, Card.YELLOW, Card.RED)


def carried_out(order: WorkOrder, step: Step) -> Change:
    """The order after a step that nothing speaks against, one version on, and the line that tells it."""
    effect = EFFECTS.get(step.move)
    values = effect(order, step) if effect else {}
    state = target_of(order, step.move)
    after = replace(order, **values, state=state, version=order.version + 1, updated_at=step.now)
    event = WorkOrderEvent(
        order.number,
        EventKind.TRANSITION,
        step.now,
        step.actor.name,
        order.state,
        state,
        why(order, step),
        step.actor.role.value,
        step.move.value,
        unit_of(order, after, step.move),
    )
    facts = replace(step.facts, co_units=step.known.co_units) if step.move is Move.APPROVE else step.facts
    return Change(order, after, event, facts)


def target_of(order: WorkOrder, move: Move) -> State:
    """The state that the move leads this order to."""
    if move is Move.RELEASE:
        return State(order.came_from)
    if move is Move.REDO:
        return State.REDO if order.lead_unit else State.ACCEPTED
    target = MOVES[move].target
    assert target is not None  # all others have one
    return target


def unit_of(order: WorkOrder, after: WorkOrder, move: Move) -> str:
    """The unit that a line of the history concerns."""
    if move in (Move.PROPOSE, Move.SEND_BACK):
        return after.proposed_unit
    return after.lead_unit or order.lead_unit


def higher(one: Card, other: Card) -> Card:
    """The graver of two cards."""
    return max(one, other, key=CARD_ORDER.index)


def _asked(order: WorkOrder, step: Step) -> dict[str, Any]:
    return {"responded_at": order.responded_at or step.now}


def _supplemented(order: WorkOrder, step: Step) -> dict[str, Any]:
    moment = f"{step.now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return {"content": f"{order.content}\n【补充 {moment}】{step.facts.text}"}


def _rejected(order: WorkOrder, step: Step) -> dict[str, Any]:
    return _asked(order, step) | {"reply_text": step.facts.reply or refusal_text(step)}


def _merged(order: WorkOrder, step: Step) -> dict[str, Any]:
    assert step.known.main is not None  # refused otherwise
    return {"merged_into": step.known.main.number}


def _answered(order: WorkOrder, step: Step) -> dict[str, Any]:
    told = {"reply_text": step.facts.reply, "replied_at": step.now, "closed_at": step.now}
    return _asked(order, step) | told | _handled(order, step)


def _proposed(order: WorkOrder, step: Step) -> dict[str, Any]:
    return {"proposed_unit": step.facts.unit, "opinion": step.facts.opinion}


def _approved(order: WorkOrder, step: Step) -> dict[str, Any]:
    return _dispatched(order, step, order.proposed_unit)


def _assigned(order: WorkOrder, step: Step) -> dict[str, Any]:
    return _proposed(order, step) | _dispatched(order, step, step.facts.unit)


def _dispatched(order: WorkOrder, step: Step, unit: str) -> dict[str, Any]:
    count = order.dispatch_count + 1
    return {"lead_unit": unit, "dispatched_at": step.now, "signed_at": None, "dispatch_count": count}


def _signed(order: WorkOrder, step: Step) -> dict[str, Any]:
    return {"signed_at": step.now}


def _returned(order: WorkOrder, step: Step) -> dict[str, Any]:
    return {"lead_unit": "", "return_count": order.return_count + 1}


def _extended(order: WorkOrder, step: Step) -> dict[str, Any]:
    days = step.facts.days or step.known.asked_days
    due_on, is_provisional = extended(order, days, step.known.calendar)
    return {"extended_days": days, "due_on": due_on, "is_due_provisional": is_provisional}


def _replied(order: WorkOrder, step: Step) -> dict[str, Any]:
    return {"replied_at": step.now} | _handled(order, step)


def _handled(order: WorkOrder, step: Step) -> dict[str, Any]:
    """What whoever answers says of the handling. Publication is never wider than the citizen allowed."""
    facts = step.facts
    return {
        "resolution": order.resolution if facts.resolution is Resolution.UNKNOWN else facts.resolution,
        "handling": facts.handling or order.handling,
        "public_reply": order.public_reply and facts.public_reply is not False,
    }


def _closed(order: WorkOrder, step: Step) -> dict[str, Any]:
    assert step.known.reply is not None  # refused otherwise
    return _asked(order, step) | {"reply_text": step.known.reply.text, "closed_at": step.now}


def _sent_to_redo(order: WorkOrder, step: Step) -> dict[str, Any]:
    return {"redo_count": order.redo_count + 1}


def _rated(order: WorkOrder, step: Step) -> dict[str, Any]:
    """A rating that a person gave is never replaced by the default, only by another person's."""
    if step.facts.is_default and order.satisfaction and not order.is_default_rating:
        return {}
    return {
        "satisfaction": step.facts.score,
        "is_default_rating": step.facts.is_default,
        "rating_text": step.facts.text,
    }


def _reopened(order: WorkOrder, step: Step) -> dict[str, Any]:
    """Open again, with a limit of its own; the last reply stays readable until the next one is approved."""
    limit = rectification(step.now, step.known.calendar)
    return {
        "redo_count": order.redo_count + 1,
        "closed_at": None,
        "due_on": limit.on,
        "limit_days": limit.days,
        "limit_basis": limit.basis,
        "is_official_limit": limit.is_official,
        "is_due_provisional": limit.is_provisional,
    }


def _flagged(order: WorkOrder, step: Step) -> dict[str, Any]:
    return {"came_from": order.state.value, "card": higher(order.card, step.facts.card)}


def _released(order: WorkOrder, step: Step) -> dict[str, Any]:
    return {"came_from": ""}


EFFECTS: dict[Move, Callable[[WorkOrder, Step], dict[str, Any]]] = {
    Move.ASK_INFO: _asked,
    Move.SUPPLEMENT: _supplemented,
    Move.REJECT: _rejected,
    Move.MERGE: _merged,
    Move.ANSWER_DIRECTLY: _answered,
    Move.PROPOSE: _proposed,
    Move.APPROVE: _approved,
    Move.ASSIGN: _assigned,
    Move.SIGN: _signed,
    Move.RETURN: _returned,
    Move.GRANT_EXTENSION: _extended,
    Move.REPLY: _replied,
    Move.APPROVE_REPLY: _closed,
    Move.REJECT_REPLY: _sent_to_redo,
    Move.RATE: _rated,
    Move.REDO: _reopened,
    Move.SUPERVISE: _flagged,
    Move.RELEASE: _released,
}
