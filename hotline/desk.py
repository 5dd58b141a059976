"""Change a work order: check the move against the table, write order and history together, tell who must know."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.engine import Connection, Engine

from hotline.effects import carried_out
from hotline.errors import IllegalMove, MissingFact, OrderNotFound, StaleOrder
from hotline.known import read_known
from hotline.merging import merged_orders as merged_orders
from hotline.merging import note_on_main
from hotline.model import WorkOrder
from hotline.moves import LOW_SCORES, Facts, Move
from hotline.notices import announce
from hotline.numbers import LONGEST_INPUT, normal_number
from hotline.people import SYSTEM, Actor
from hotline.reasons import BAD_RATING, SCORE_LABELS
from hotline.refusals import missing_fact, missing_sentence, particular_refusal, standing_refusal
from hotline.replies import Reply, Verdict, add_reply, judge_reply
from hotline.rows import append_event, read_order, update_order, write_co_units
from hotline.step import Change, Step
from storage.engine import transaction

NO_FACTS = Facts()


def act(
    engine: Engine,
    number: str,
    move: Move,
    actor: Actor,
    facts: Facts = NO_FACTS,
    *,
    version: int | None = None,
    now: datetime,
) -> WorkOrder:
    """Make one move in a transaction of its own. Raises as `act_on`."""
    with transaction(engine) as connection:
        return act_on(connection, number, move, actor, facts, version=version, now=now)


def act_on(
    connection: Connection,
    number: str,
    move: Move,
    actor: Actor,
    facts: Facts = NO_FACTS,
    *,
    version: int | None = None,
    now: datetime,
) -> WorkOrder:
    """Make one move in the caller's transaction and return the order as it is then.

    Raises OrderNotFound; StaleOrder when `version` is given and is not the stored one; IllegalMove when state, role,
    unit, person, time or value forbid it; MissingFact; InvalidOrder for a text over its length.
    """
    facts = facts.checked()
    order = _locked(connection, number, move, facts)
    if version is not None and version != order.version:
        raise StaleOrder(order.number, version)
    if refusal := standing_refusal(order, move, actor):  # before anything else is read
        raise IllegalMove(order.number, move, refusal)
    step = Step(move, actor, facts, read_known(connection, order, move, facts), now)
    changes = tuple(_changes(order, step))
    update_order(connection, order, changes[-1].after)
    append_event(connection, *(change.event for change in changes))
    for change in changes:
        _write_beside(connection, change, step)
    for change in changes:
        announce(connection, change.before, change.after, change.event, change.facts, now)
    return changes[-1].after


def possible(order: WorkOrder, actor: Actor) -> tuple[Move, ...]:
    """What this person may do now, by state, role and unit.

    Facts, the clock and who acted before may still forbid it: the page shows the reason of the refusal.
    """
    return tuple(move for move in Move if not standing_refusal(order, move, actor))


def _locked(connection: Connection, number: str, move: Move, facts: Facts) -> WorkOrder:
    """The order; nobody else changes it until the transaction ends."""
    typed, number = number[:LONGEST_INPUT], normal_number(number)
    main = normal_number(facts.into) if move is Move.MERGE else ""
    if main and main < number:  # always the lower number first: two that merge each other's orders never wait in a ring
        read_order(connection, main, for_update=True)
    order = read_order(connection, number, for_update=True)
    if order is None:
        raise OrderNotFound(f"no order {typed!r}")
    return order


def _changes(order: WorkOrder, step: Step) -> Iterator[Change]:
    """The step with what the system does before and after it: the visit begins, a bad rating sends back to redo."""
    if step.move is Move.RATE and order.state in Move.START_VISIT.sources:
        begun = _made(order, Step(Move.START_VISIT, SYSTEM, NO_FACTS, step.known, step.now))
        yield begun
        order = begun.after
    change = _made(order, step)
    yield change
    if step.move is Move.RATE and step.facts.score in LOW_SCORES and not step.facts.is_default:
        facts = Facts(reason=BAD_RATING.format(label=SCORE_LABELS[step.facts.score]))
        yield _made(change.after, Step(Move.REDO, SYSTEM, facts, step.known, step.now))


def _made(order: WorkOrder, step: Step) -> Change:
    """The change, or its refusal as an error."""
    if refusal := standing_refusal(order, step.move, step.actor):
        raise IllegalMove(order.number, step.move, refusal)
    if missing := missing_fact(step.move, step.facts):
        raise MissingFact(order.number, step.move, missing, missing_sentence(step.move, missing))
    if refusal := particular_refusal(order, step):
        raise IllegalMove(order.number, step.move, refusal)
    return carried_out(order, step)


def _write_beside(connection: Connection, change: Change, step: Step) -> None:
    """What a change writes outside of the order and its history."""
    order, facts, reply = change.after, step.facts, step.known.reply
    match change.event.action:
        case Move.PROPOSE | Move.ASSIGN:
            write_co_units(connection, order.number, facts.co_units, step.now)
        case Move.REPLY:
            author = step.actor.name
            add_reply(connection, Reply(order.number, order.lead_unit, author, facts.reply, facts.resolution, step.now))
        case Move.APPROVE_REPLY if reply:
            judge_reply(connection, reply, Verdict.APPROVED, step.actor.name, facts.reason, step.now)
        case Move.REJECT_REPLY if reply:
            judge_reply(connection, reply, Verdict.REJECTED, step.actor.name, facts.reason, step.now)
        case Move.MERGE:
            note_on_main(connection, change, step)
