"""What 李 may do with an order of hers, and 赵, who only knows its number, may not."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from hotline import store
from hotline.citizen import NotRatable, add_words, cancel, orders_of, owned, rate, supplement
from hotline.errors import IllegalMove, MissingFact, OrderNotFound
from hotline.model import EventKind, WorkOrder
from hotline.moves import Facts, Move
from hotline.people import SYSTEM
from hotline.states import State
from tests.hotline.cast import AUDITOR, WANG, Office
from tests.hotline.factories import make_draft


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def closed_at(office: Office, order: WorkOrder) -> str:
    events = store.history(office.engine, order.number)
    return next(event.at for event in events if event.action == Move.APPROVE_REPLY).isoformat()


def rated(office: Office, order: WorkOrder, score: int, **more: str) -> WorkOrder:
    return rate(office.engine, order.number, score, now=office.tick(), **more)


def test_the_conversation_that_filed_it_and_the_query_code_open_an_order(office: Office) -> None:
    order = office.file()
    by_conversation = owned(office.engine, order.number, conversation_id="conversation-1", now=office.tick())
    by_code = owned(office.engine, order.number, query_code=order.query_code, now=office.tick())
    assert by_conversation.number == by_code.number == order.number


@pytest.mark.parametrize("conversation_id", ["conversation-2", ""])
def test_another_conversation_is_refused(office: Office, conversation_id: str) -> None:
    number = office.file().number
    with pytest.raises(OrderNotFound):
        owned(office.engine, number, conversation_id=conversation_id, now=office.tick())


def test_an_order_without_a_conversation_is_not_opened_by_having_none(office: Office) -> None:
    order = office.file(make_draft(conversation_id=""))
    with pytest.raises(OrderNotFound):
        owned(office.engine, order.number, conversation_id="", now=office.tick())
    assert orders_of(office.engine, "", (State.SUBMITTED,)) == ()


def test_the_orders_of_a_conversation_come_latest_change_first(office: Office) -> None:
    first, second = office.file(), office.file()
    office.file(make_draft(draft_id="theirs", conversation_id="conversation-2"))
    office.bring(first, State.NEED_INFO)
    found = orders_of(office.engine, "conversation-1", (State.SUBMITTED, State.NEED_INFO))
    assert [order.number for order in found] == [first.number, second.number]


@pytest.mark.parametrize(("score", "state"), [(5, "evaluated"), (3, "evaluated"), (2, "redo"), (1, "redo")])
@pytest.mark.parametrize("begin", [State.CLOSED, State.VISITING])
def test_a_closed_order_is_rated_and_redone_when_it_is_bad(
    office: Office, begin: State, score: int, state: str
) -> None:
    order = rated(office, office.order_in(begin), score, text="示例意见")
    assert (order.state.value, order.satisfaction, order.rating_text) == (state, score, "示例意见")
    assert not order.is_default_rating


@pytest.mark.parametrize("score", [5, 2])
def test_the_same_rating_sent_twice_counts_once(office: Office, score: int) -> None:
    order = office.order_in(State.CLOSED)
    first = rated(office, order, score)
    before = store.history(office.engine, order.number)
    assert rated(office, order, score).version == first.version
    assert store.history(office.engine, order.number) == before


def test_a_closing_is_rated_once(office: Office) -> None:
    order = office.order_in(State.CLOSED)
    rated(office, order, 5)
    with pytest.raises(NotRatable) as refused:
        rated(office, order, 1)
    assert refused.value.was_rated
    assert store.get(office.engine, order.number).satisfaction == 5


def test_after_the_default_nobody_rates_any_more(office: Office) -> None:
    order = office.order_in(State.VISITING)
    office.do(order, Move.RATE, SYSTEM, Facts(score=3, is_default=True))
    with pytest.raises(NotRatable) as refused:
        rated(office, order, 3)
    assert refused.value.was_rated


def test_the_second_closing_is_rated_anew_and_not_by_the_card_of_the_first(office: Office) -> None:
    order = office.order_in(State.CLOSED)
    first = closed_at(office, order)
    rated(office, order, 1, closing=first)
    office.do(order, Move.REPLY, WANG, Facts(reply="第二次答复"))
    office.do(order, Move.APPROVE_REPLY, AUDITOR)
    with pytest.raises(NotRatable):
        rated(office, order, 1, closing=first)
    assert rated(office, order, 4).state is State.EVALUATED


@pytest.mark.parametrize("state", [State.SUBMITTED, State.SIGNED, State.REPLIED, State.REJECTED])
def test_what_is_not_closed_is_not_rated(office: Office, state: State) -> None:
    order = office.order_in(state)
    with pytest.raises(NotRatable) as refused:
        rated(office, order, 5)
    assert not refused.value.was_rated


def test_a_direct_answer_is_rated_too(office: Office) -> None:
    assert rated(office, office.order_in(State.ANSWERED_DIRECTLY), 5).state is State.EVALUATED


def test_a_supplement_goes_to_those_who_accept(office: Office) -> None:
    order = supplement(office.engine, office.order_in(State.NEED_INFO).number, "在示例路3号", now=office.tick())
    assert order.state is State.SUBMITTED
    assert "在示例路3号" in order.content


def test_a_supplement_that_nobody_asked_for_is_refused(office: Office) -> None:
    with pytest.raises(IllegalMove):
        supplement(office.engine, office.file().number, "在示例路3号", now=office.tick())


@pytest.mark.parametrize("state", [State.SUBMITTED, State.NEED_INFO])
def test_an_order_can_be_taken_back_until_it_is_accepted(office: Office, state: State) -> None:
    assert cancel(office.engine, office.order_in(state).number, now=office.tick()).state is State.CANCELLED


def test_an_accepted_order_cannot_be_taken_back(office: Office) -> None:
    with pytest.raises(IllegalMove):
        cancel(office.engine, office.order_in(State.ACCEPTED).number, now=office.tick())


def test_the_reason_of_a_low_rating_stands_in_the_history(office: Office) -> None:
    order = rated(office, office.order_in(State.CLOSED), 2)
    add_words(office.engine, order.number, "还是每天吵到两点\x00", now=office.tick())
    last = store.history(office.engine, order.number)[-1]
    assert (last.kind, last.reason, last.role) == (EventKind.NOTE, "还是每天吵到两点", "citizen")
    with pytest.raises(MissingFact):
        add_words(office.engine, order.number, " ", now=office.tick())
