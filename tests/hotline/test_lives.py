from __future__ import annotations

from datetime import timedelta

import pytest

from hotline.deadlines import due
from hotline.errors import IllegalMove, MissingFact
from hotline.lives import Life, filed
from hotline.model import EventKind
from hotline.moves import Facts, Move
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.states import Role, State
from tests.hotline.factories import TUESDAY_MORNING, make_draft

ACCEPTANCE, DISPATCHER, AUDITOR = (
    Actor(f"李{role}", role) for role in (Role.ACCEPTANCE, Role.DISPATCHER, Role.AUDITOR)
)
UNIT = Actor("王", Role.UNIT, "区城管执法局")
LATER = TUESDAY_MORNING + timedelta(hours=1)


def make_life() -> Life:
    draft = make_draft().checked()
    at = TUESDAY_MORNING
    return filed(draft, due(draft.type, at), CITIZEN, number="WJ1", query_code="000000", received_at=at, now=at)


def make_closed() -> Life:
    life = make_life()
    life.move(Move.ACCEPT, ACCEPTANCE, at=LATER)
    life.move(Move.PROPOSE, DISPATCHER, Facts(unit=UNIT.unit, co_units=("区水务局",), opinion="示例"), at=LATER)
    life.move(Move.APPROVE, AUDITOR, at=LATER)
    life.move(Move.SIGN, UNIT, at=LATER)
    life.move(Move.REPLY, UNIT, Facts(reply="已处理（示例）"), at=LATER)
    life.move(Move.APPROVE_REPLY, AUDITOR, at=LATER)
    life.move(Move.START_VISIT, SYSTEM, at=LATER)
    return life


def test_what_the_desk_refuses_is_refused_here() -> None:
    life = make_life()
    with pytest.raises(IllegalMove):
        life.move(Move.SIGN, UNIT, at=LATER)
    with pytest.raises(MissingFact):
        life.move(Move.ANSWER_DIRECTLY, ACCEPTANCE, at=LATER)
    life.move(Move.ACCEPT, ACCEPTANCE, at=LATER)
    life.move(Move.PROPOSE, DISPATCHER, Facts(unit="区水务局", opinion="示例"), at=LATER)
    with pytest.raises(IllegalMove, match="不同的人"):
        life.move(Move.APPROVE, Actor(DISPATCHER.name, Role.AUDITOR), at=LATER)
    assert (life.order.state, len(life.events)) == (State.PENDING_AUDIT, 3)


def test_what_stands_beside_the_order_is_kept() -> None:
    life = make_closed()
    (reply,) = life.replies
    assert (reply.verdict, reply.audited_by, reply.author) == ("approved", AUDITOR.name, "王")
    assert (life.co_units, life.asked_to_help_at) == (("区水务局",), LATER)


def test_a_bad_rating_sends_back_as_at_the_desk_unless_it_was_given_elsewhere() -> None:
    here, elsewhere = make_closed(), make_closed()
    here.move(Move.RATE, CITIZEN, Facts(score=1), at=LATER)
    elsewhere.move_only(Move.RATE, CITIZEN, Facts(score=1), at=LATER)
    assert (here.order.state, elsewhere.order.state) == (State.REDO, State.EVALUATED)


def test_a_note_stands_at_its_place_in_time_and_moves_nothing() -> None:
    life = make_life()
    life.move(Move.ACCEPT, ACCEPTANCE, at=LATER)
    life.note(EventKind.URGE, CITIZEN, "请尽快", at=LATER - timedelta(minutes=1))
    assert [event.kind for event in life.events] == [EventKind.TRANSITION, EventKind.URGE, EventKind.TRANSITION]
    assert life.events[1].from_state is life.events[1].to_state is State.SUBMITTED


def test_the_state_at_a_moment_is_the_one_after_the_last_line_before_it() -> None:
    life = make_life()
    life.move(Move.ACCEPT, ACCEPTANCE, at=LATER)
    before = TUESDAY_MORNING - timedelta(seconds=1)
    moments = (before, TUESDAY_MORNING, LATER - timedelta(seconds=1), LATER)
    assert [life.state_at(at) for at in moments] == [State.DRAFT, State.SUBMITTED, State.SUBMITTED, State.ACCEPTED]
