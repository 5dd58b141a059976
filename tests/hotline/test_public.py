from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from hotline import store
from hotline.model import EventKind, WorkOrderEvent
from hotline.moves import Facts, Move
from hotline.people import CITIZEN, SYSTEM
from hotline.public import main_of, public_state, public_steps, question_asked
from hotline.states import State
from tests.hotline.cast import ACCEPTANCE, ANSWER, PATHS, Office
from tests.hotline.factories import make_draft


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def labels(office: Office, number: str) -> list[str]:
    return [event.to_state.public_label for event in public_steps(store.history(office.engine, number))]


def test_the_inner_steps_are_left_out(office: Office) -> None:
    order = office.order_in(State.CLOSED)
    assert labels(office, order.number) == [
        "已提交，待受理",
        "已受理，正在派单",
        "已派单，待承办单位签收",
        "办理中",
        "已办结",
    ]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (State.PENDING_AUDIT, State.ACCEPTED),
        (State.EXTENSION_REQ, State.SIGNED),
        (State.REPLIED, State.SIGNED),
        (State.REDO, State.SIGNED),
        (State.SUPERVISED, State.SIGNED),
        (State.RETURNED, State.RETURNED),
        (State.VISITING, State.VISITING),
    ],
)
def test_an_order_in_an_inner_state_shows_the_public_step_before(office: Office, state: State, shown: State) -> None:
    order = office.order_in(state)
    assert public_state(order, store.history(office.engine, order.number)) is shown


def test_no_public_state_speaks_of_checking(office: Office) -> None:
    orders = [office.order_in(state) for state in PATHS]
    shown = {public_state(order, store.history(office.engine, order.number)).public_label for order in orders}
    assert [label for label in shown if "审核" in label] == []


def test_a_redo_after_a_bad_rating_is_shown(office: Office) -> None:
    order = office.do(office.order_in(State.CLOSED), Move.RATE, CITIZEN, Facts(score=1))
    assert labels(office, order.number)[-1] == "重新办理中"


def test_the_citizen_sees_the_own_request_to_hurry_and_not_that_of_the_clock(office: Office) -> None:
    order = office.file()
    mine = store.urge(office.engine, order.number, order.query_code, now=office.tick())
    clock = WorkOrderEvent(order.number, EventKind.URGE, office.tick(), SYSTEM.name, order.state, order.state)
    history = (*store.history(office.engine, order.number), clock)
    assert [event for event in public_steps(history) if event.kind is EventKind.URGE] == [mine]


def test_the_latest_question_of_the_office_is_found(office: Office) -> None:
    order = office.order_in(State.NEED_INFO)
    office.do(order, Move.SUPPLEMENT, CITIZEN, Facts(text="示例路3号"))
    office.do(order, Move.ASK_INFO, ACCEPTANCE, Facts(reason="几点钟？"))
    assert question_asked(store.history(office.engine, order.number)) == "几点钟？"
    assert question_asked(store.history(office.engine, office.file().number)) == ""


def test_a_duplicate_shows_what_became_of_the_main_order(office: Office) -> None:
    main = office.file(make_draft(draft_id="main", appellant_name="张示例"))
    duplicate = office.file(make_draft(draft_id="twin", conversation_id="conversation-2"))
    duplicate = office.do(duplicate, Move.MERGE, ACCEPTANCE, Facts(into=main.number))
    assert main_of(office.engine, main) is None
    office.bring(main, State.CLOSED)
    found = main_of(office.engine, duplicate)
    assert found is not None
    assert (found.label, found.reply) == ("已办结", ANSWER.reply)
