from __future__ import annotations

from dataclasses import fields

import pytest

from hotline.errors import InvalidOrder
from hotline.moves import FACT_LABELS, MOVES, ROWS, Facts, Move
from hotline.states import ENDINGS, STATES, Role, State, StateRow


def ways() -> set[tuple[State, State]]:
    """Every step that the table of moves allows, supervision left out."""
    found = {
        (source, row.target) for row in ROWS for source in row.sources if row.target and row.move is not Move.SUPERVISE
    }
    return found | {(source, target) for source in Move.REDO.sources for target in (State.REDO, State.ACCEPTED)}


def test_every_move_has_one_row() -> None:
    assert [row.move for row in ROWS] == list(Move)
    assert set(MOVES) == set(Move)


def test_moves_and_states_tell_the_same_story() -> None:
    by_states = {(row.state, target) for row in (*STATES, *ENDINGS) for target in row.next}
    filed, visited = (State.DRAFT, State.SUBMITTED), (State.VISITING, State.SUPERVISED)  # filing; a flag when visiting
    begun = {(State.CLOSED, State.EVALUATED), (State.ANSWERED_DIRECTLY, State.EVALUATED)}  # by way of a visit
    assert by_states == (ways() - begun) | {filed, visited}


def test_supervision_takes_open_orders_and_visits() -> None:
    flaggable = {row.state for row in STATES if row.is_open} - {State.SUPERVISED} | {State.VISITING}
    assert set(Move.SUPERVISE.sources) == flaggable


def test_only_release_and_redo_let_the_order_decide() -> None:
    assert [move for move in Move if move.target is None] == [Move.REDO, Move.RELEASE]


@pytest.mark.parametrize("row", [row for row in STATES if row.is_open], ids=lambda row: row.state.value)
def test_whoever_acts_in_an_open_state_can_leave_it(row: StateRow) -> None:
    assert any(row.state in move.sources and row.actor in move.roles for move in Move)


@pytest.mark.parametrize("move", Move)
def test_every_move_has_a_label_roles_and_sources(move: Move) -> None:
    assert move.label and move.roles and move.sources


def test_needed_facts_exist_and_have_labels() -> None:
    names = {field.name for field in fields(Facts)}
    assert {need for move in Move for need in move.needs} <= names & set(FACT_LABELS)


@pytest.mark.parametrize("role", [Role.UNIT, Role.CITIZEN])
def test_neither_units_nor_citizens_audit_or_dispatch(role: Role) -> None:
    deciding = (Move.ACCEPT, Move.REJECT, Move.PROPOSE, Move.APPROVE, Move.ASSIGN, Move.GRANT_EXTENSION)
    assert not any(role in move.roles for move in (*deciding, Move.APPROVE_REPLY, Move.REJECT_REPLY, Move.SUPERVISE))


def test_facts_are_trimmed_and_doubled_units_dropped() -> None:
    facts = Facts(reason=" 理由\x00 ", co_units=("区住建局", " 区住建局", "")).checked()
    assert (facts.reason, facts.co_units) == ("理由", ("区住建局",))


def test_a_default_rating_gets_the_default_score() -> None:
    assert Facts(is_default=True).checked().score == 3
    assert Facts().checked().score == 0


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (Facts(reason="字" * 1_001), "reason"),
        (Facts(reply="字" * 10_001), "reply"),
        (Facts(co_units=tuple(f"单位{n}" for n in range(21))), "co_units"),
        (Facts(co_units=("字" * 101,)), "co_units"),
    ],
)
def test_too_much_is_refused(facts: Facts, field: str) -> None:
    with pytest.raises(InvalidOrder) as refusal:
        facts.checked()
    assert refusal.value.field == field
