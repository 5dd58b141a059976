"""The life of one order in memory, by the rules of the desk: for orders that are written many at a time.

Import and demo data go through the same refusals and effects as a move at the desk (refusals.py, effects.py); only the
reading and writing around them is done for many orders at once (bulk.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from hotline.deadlines import STATE_COUNCIL, Calendar, Deadline
from hotline.effects import carried_out
from hotline.errors import IllegalMove, MissingFact
from hotline.escalation import escalation_line
from hotline.model import Card, EventKind, OrderDraft, WorkOrder, WorkOrderEvent
from hotline.moves import LOW_SCORES, SUBMIT, Facts, Move
from hotline.people import SYSTEM, Actor
from hotline.reasons import BAD_RATING, SCORE_LABELS, asked_days
from hotline.refusals import missing_fact, missing_sentence, particular_refusal, standing_refusal
from hotline.replies import Reply, Verdict
from hotline.states import State
from hotline.step import Known, Step

NO_FACTS = Facts()


@dataclass
class Life:
    """An order, its history so far, and what stands beside it in the database."""

    order: WorkOrder
    events: list[WorkOrderEvent]
    calendar: Calendar = STATE_COUNCIL
    replies: list[Reply] = field(default_factory=list)
    co_units: tuple[str, ...] = ()
    asked_to_help_at: datetime | None = None

    def move(
        self, move: Move, actor: Actor, facts: Facts = NO_FACTS, *, at: datetime, main: WorkOrder | None = None
    ) -> WorkOrder:
        """Make one move and what the system does after it. Raises as `desk.act_on`."""
        self._make(move, actor, facts, at, main)
        if move is Move.RATE and facts.score in LOW_SCORES and not facts.is_default:
            reason = BAD_RATING.format(label=SCORE_LABELS[facts.score])
            self._make(Move.REDO, SYSTEM, Facts(reason=reason), at, None)
        return self.order

    def move_only(self, move: Move, actor: Actor, facts: Facts = NO_FACTS, *, at: datetime) -> WorkOrder:
        """Make one move and nothing after it: what another system did with a badly rated order is its own affair."""
        self._make(move, actor, facts, at, None)
        return self.order

    def note(self, kind: EventKind, actor: Actor, reason: str, *, at: datetime, action: str = "") -> None:
        """Add a line that leaves the state as it was at that moment, at its place in time."""
        place = next((index for index, event in enumerate(self.events) if event.at > at), len(self.events))
        state = self.events[place - 1].to_state if place else self.events[0].from_state
        line = WorkOrderEvent(
            self.order.number, kind, at, actor.name, state, state, reason, actor.role.value, action, actor.unit
        )
        self.events.insert(place, line)

    def state_at(self, moment: datetime) -> State:
        """The state in which the order was; that before the first line for an earlier moment."""
        past = [event for event in self.events if event.at <= moment]
        return past[-1].to_state if past else self.events[0].from_state

    def _make(self, move: Move, actor: Actor, facts: Facts, at: datetime, main: WorkOrder | None) -> None:
        step = Step(move, actor, facts.checked(), self._known(main), at)
        if refusal := standing_refusal(self.order, move, actor):
            raise IllegalMove(self.order.number, move, refusal)
        if missing := missing_fact(move, step.facts):
            raise MissingFact(self.order.number, move, missing, missing_sentence(move, missing))
        if refusal := particular_refusal(self.order, step):
            raise IllegalMove(self.order.number, move, refusal)
        change = carried_out(self.order, step)
        self.order = change.after
        self.events.append(change.event)
        self._beside(step)

    def _known(self, main: WorkOrder | None) -> Known:
        proposals = [event.actor for event in self.events if event.action == Move.PROPOSE.value]
        requests = [event.reason for event in self.events if event.action == Move.REQUEST_EXTENSION.value]
        pending = [reply for reply in self.replies if reply.verdict is Verdict.PENDING]
        return Known(
            proposer=proposals[-1] if proposals else "",
            reply=pending[-1] if pending else None,
            main=main,
            asked_days=asked_days(requests[-1]) if requests else 0,
            co_units=self.co_units,
            calendar=self.calendar,
        )

    def _beside(self, step: Step) -> None:
        """What the desk writes outside of the order and its history."""
        facts, reply = step.facts, step.known.reply
        match step.move:
            case Move.PROPOSE | Move.ASSIGN:
                self.co_units, self.asked_to_help_at = facts.co_units, step.now
            case Move.REPLY:
                text, unit = facts.reply, self.order.lead_unit
                self.replies.append(Reply(self.order.number, unit, step.actor.name, text, facts.resolution, step.now))
            case Move.APPROVE_REPLY | Move.REJECT_REPLY if reply:
                verdict = Verdict.APPROVED if step.move is Move.APPROVE_REPLY else Verdict.REJECTED
                self.replies[-1] = replace(
                    reply,
                    verdict=verdict,
                    audited_by=step.actor.name,
                    audited_at=step.now,
                    audit_reason=facts.reason,
                )


def filed(
    draft: OrderDraft,
    deadline: Deadline,
    actor: Actor,
    *,
    number: str,
    query_code: str,
    received_at: datetime,
    now: datetime,
    calendar: Calendar = STATE_COUNCIL,
) -> Life:
    """A life that has just begun, as `store.submit` files it. `draft` is checked; `now` is when the row is written."""
    order = WorkOrder(
        **{each.name: getattr(draft, each.name) for each in fields(draft)},
        number=number,
        query_code=query_code,
        state=State.SUBMITTED,
        version=2 if draft.is_threat else 1,
        limit_days=deadline.days,
        limit_basis=deadline.basis,
        is_official_limit=deadline.is_official,
        received_at=received_at,
        due_on=deadline.on,
        is_due_provisional=deadline.is_provisional,
        reply_text="",
        closed_at=None,
        created_at=now,
        updated_at=received_at,
        card=Card.RED if draft.is_threat else Card.NONE,
    )
    kind, begun = EventKind.TRANSITION, State.DRAFT
    first = WorkOrderEvent(
        number, kind, received_at, actor.name, begun, order.state, role=actor.role.value, action=SUBMIT
    )
    lines = [first, escalation_line(order, received_at)] if order.is_threat else [first]
    return Life(order, lines, calendar)
