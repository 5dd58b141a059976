"""What a citizen is shown of an order: its public steps, nothing of what goes on inside the offices.

The reply needs no care here: `reply_text` holds approved words only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from hotline.model import EventKind, WorkOrder, WorkOrderEvent
from hotline.moves import Move
from hotline.people import CITIZEN
from hotline.publication import redacted
from hotline.rows import read_history, read_order
from hotline.states import State

INNER = frozenset(  # moves inside the offices; the citizen sees the step before them
    {
        Move.PROPOSE,
        Move.SEND_BACK,
        Move.REQUEST_EXTENSION,
        Move.REFUSE_EXTENSION,
        Move.REPLY,
        Move.REJECT_REPLY,
        Move.SUPERVISE,
        Move.RELEASE,
    }
)
LONGEST_CHAIN = 20  # duplicates of duplicates that are followed


@dataclass(frozen=True)
class Main:
    """What the citizen of a duplicate is shown of the order that goes on. Its words were written for somebody else."""

    label: str
    reply: str


def public_steps(history: Iterable[WorkOrderEvent]) -> tuple[WorkOrderEvent, ...]:
    """The lines of a history that a citizen is shown: changes they would notice, and their own requests to hurry."""
    steps: list[WorkOrderEvent] = []
    label = ""
    for event in history:
        if event.kind is EventKind.URGE and event.actor == CITIZEN.name:  # the clock hurries units, too
            steps.append(event)
        elif event.kind is EventKind.TRANSITION and event.action not in INNER:
            if event.to_state.public_label != label:
                steps.append(event)
            label = event.to_state.public_label
    return tuple(steps)


def public_state(order: WorkOrder, history: Iterable[WorkOrderEvent]) -> State:
    """The state as far as the citizen is told: that of the last public step."""
    steps = [event for event in public_steps(history) if event.kind is EventKind.TRANSITION]
    return steps[-1].to_state if steps else order.state


def question_asked(history: Iterable[WorkOrderEvent]) -> str:
    """What the office asked last, empty when it asked nothing."""
    asked = [event.reason for event in history if event.action == Move.ASK_INFO]
    return asked[-1] if asked else ""


def main_of(engine: Engine, order: WorkOrder) -> Main | None:
    """What became of the order that this one was merged into, None when it was not merged."""
    main = None
    with engine.connect() as connection:
        number = order.merged_into
        for _ in range(LONGEST_CHAIN):
            if not number or (found := read_order(connection, number)) is None:
                break
            main, number = found, found.merged_into
        if main is None:
            return None
        state = public_state(main, read_history(connection, main.number))
    return Main(state.public_label, redacted(main.reply_text, main))
