from __future__ import annotations

import pytest

from hotline.states import ENDINGS, STATES, Role, State, may_move


def test_table_holds_twenty_states_and_two_endings() -> None:
    assert len(STATES) == 20
    assert {row.state for row in (*STATES, *ENDINGS)} == set(State)


def test_every_state_can_be_reached_from_a_draft() -> None:
    reached, frontier = set[State](), {State.DRAFT}
    while frontier:
        reached |= frontier
        frontier = {target for state in frontier for target in state.next} - reached
    assert reached == set(State)


@pytest.mark.parametrize("state", State)
def test_every_state_has_names_for_staff_and_for_citizens(state: State) -> None:
    assert state.label
    assert state.public_label


def test_citizens_do_not_see_the_offices_inner_steps() -> None:
    assert State.RETURNED.label == "退单待改派"
    assert State.RETURNED.public_label == "正在改派承办单位"


def test_roles_have_labels() -> None:
    assert all(role.label for role in Role)


def test_an_order_moves_only_along_the_table() -> None:
    assert may_move(State.SUBMITTED, State.ACCEPTED)
    assert not may_move(State.SUBMITTED, State.CLOSED)
    assert not may_move(State.ARCHIVED, State.REDO)


def test_supervision_takes_any_open_order_and_gives_it_back_to_where_it_was() -> None:
    assert may_move(State.SIGNED, State.SUPERVISED)
    assert not may_move(State.ARCHIVED, State.SUPERVISED)
    assert may_move(State.SUPERVISED, State.SIGNED, came_from=State.SIGNED)
    assert not may_move(State.SUPERVISED, State.REPLIED, came_from=State.SIGNED)
    assert not may_move(State.SUPERVISED, State.SIGNED)
