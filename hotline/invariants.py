"""What is always true of a work order, whatever was done to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from hotline.model import EventKind, Privacy, WorkOrder, WorkOrderEvent
from hotline.moves import Move
from hotline.replies import Reply, Verdict
from hotline.states import State, may_move

S = State
AT_A_UNIT = (S.DISPATCHED, S.SIGNED, S.EXTENSION_REQ, S.REPLIED, S.REDO, S.CLOSED)
AT_NO_UNIT = (
    *(S.SUBMITTED, S.NEED_INFO, S.REJECTED, S.MERGED, S.ANSWERED_DIRECTLY, S.ACCEPTED, S.PENDING_AUDIT),
    *(S.RETURNED, S.COORDINATING, S.CANCELLED, S.CLOSED_TIMEOUT),
)
ANSWERED = (S.CLOSED, S.ANSWERED_DIRECTLY, S.VISITING, S.EVALUATED)
NEVER_ANSWERED = (*(S.REJECTED, S.MERGED, S.CANCELLED, S.CLOSED_TIMEOUT), *(s for s in S if s.is_open))
COUNTED = (EventKind.TRANSITION, EventKind.CARD)  # lines that raise the version; a note may do so too
SIGNED = (S.SIGNED, S.EXTENSION_REQ, S.REPLIED, S.REDO)


def broken_invariants(
    order: WorkOrder,
    history: Sequence[WorkOrderEvent],
    replies: Sequence[Reply] = (),
    co_units: Sequence[str] = (),
) -> list[str]:
    """Every rule that this order breaks, in words; empty for a sound one."""
    state = State(order.came_from) if order.came_from else order.state  # where it stands beneath a supervision
    return [
        *_owner(order, state, co_units),
        *_answer(order, state, replies),
        *_marks(order, state),
        *_story(order, history),
        *_counts(order, history),
        *_two_persons(history, replies),
    ]


def _owner(order: WorkOrder, state: State, co_units: Sequence[str]) -> Iterator[str]:
    if state in AT_A_UNIT and not order.lead_unit:
        yield f"{state.value} without a lead unit"
    if state in AT_NO_UNIT and order.lead_unit:
        yield f"{state.value} with the lead unit {order.lead_unit}"
    if order.lead_unit in co_units:
        yield "the lead unit helps itself"
    if state in AT_A_UNIT and order.dispatched_at is None:
        yield f"{state.value} and never dispatched"
    if state in SIGNED and order.signed_at is None:
        yield f"{state.value} and never signed"


def _answer(order: WorkOrder, state: State, replies: Sequence[Reply]) -> Iterator[str]:
    if state in ANSWERED and (not order.reply_text or order.closed_at is None):
        yield f"{state.value} without a reply or the time of closing"
    if state in NEVER_ANSWERED and order.closed_at is not None:
        yield f"{state.value} with a time of closing"
    pending = [reply for reply in replies if reply.verdict is Verdict.PENDING]
    if len(pending) != (state is S.REPLIED):
        yield f"{len(pending)} pending replies in {state.value}"
    approved = [reply.text for reply in replies if reply.verdict is Verdict.APPROVED]
    if approved and order.reply_text != approved[-1]:
        yield "the reply is not the last approved one"


def _marks(order: WorkOrder, state: State) -> Iterator[str]:
    if order.state.is_open and not order.due_on:
        yield "open without a due date"
    if bool(order.came_from) is not (order.state is S.SUPERVISED):
        yield f"{order.state.value} came from {order.came_from or 'nowhere'}"
    if (state is S.MERGED and not order.merged_into) or (order.merged_into and state not in (S.MERGED, S.ARCHIVED)):
        yield f"{state.value} merged into {order.merged_into or 'nothing'}"
    if not 0 <= order.satisfaction <= 5 or (state is S.EVALUATED and not order.satisfaction):
        yield f"{state.value} with a rating of {order.satisfaction}"
    if order.privacy is Privacy.ANONYMOUS and (order.appellant_name or order.appellant_phone):
        yield "anonymous with a name or phone"


def _story(order: WorkOrder, history: Sequence[WorkOrderEvent]) -> Iterator[str]:
    if not history or history[0].from_state is not S.DRAFT or history[-1].to_state is not order.state:
        yield "the history does not lead from a draft to the state of the order"
    yield from (f"a gap between {one.to_state} and {two.from_state}" for one, two in _gaps(history))
    came_from = None
    for event in history:
        if event.kind is not EventKind.TRANSITION:
            if event.from_state is not event.to_state:
                yield f"a {event.kind.value} that moves the order"
            continue
        if not may_move(event.from_state, event.to_state, came_from):
            yield f"an illegal step from {event.from_state.value} to {event.to_state.value}"
        came_from = event.from_state if event.to_state is S.SUPERVISED else None
    if any(two.at < one.at for one, two in pairwise(history)):
        yield "the history runs backwards"


def _gaps(history: Sequence[WorkOrderEvent]) -> Iterator[tuple[WorkOrderEvent, WorkOrderEvent]]:
    return ((one, two) for one, two in pairwise(history) if one.to_state is not two.from_state)


def _counts(order: WorkOrder, history: Sequence[WorkOrderEvent]) -> Iterator[str]:
    least = sum(event.kind in COUNTED for event in history)
    if not least <= order.version <= len(history):
        yield f"version {order.version} after {least} changes"
    moves = [event.action for event in history if event.kind is EventKind.TRANSITION]
    into = {
        "dispatch_count": (Move.APPROVE, Move.ASSIGN),
        "return_count": (Move.RETURN,),
        "redo_count": (Move.REJECT_REPLY, Move.REDO),
    }
    for name, actions in into.items():
        if getattr(order, name) != (seen := sum(move in actions for move in moves)):
            yield f"{name} is {getattr(order, name)} after {seen}"


def _two_persons(history: Sequence[WorkOrderEvent], replies: Sequence[Reply]) -> Iterator[str]:
    proposer = ""
    for event in history:
        proposer = event.actor if event.action == Move.PROPOSE else proposer
        if event.action == Move.APPROVE and event.actor == proposer:
            yield f"{event.actor} approved the own proposal"
    yield from (f"{reply.author} audited the own reply" for reply in replies if reply.author == reply.audited_by)
