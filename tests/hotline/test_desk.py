from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline import store
from hotline.deadlines import SHANGHAI
from hotline.desk import act, act_on, merged_orders, possible
from hotline.errors import IllegalMove, InvalidOrder, MissingFact, OrderNotFound, StaleOrder
from hotline.invariants import broken_invariants
from hotline.model import Card, EventKind, Handling, OrderType, Resolution, WorkOrder
from hotline.moves import Facts, Move
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.remarks import contact, note
from hotline.replies import Verdict, read_replies
from hotline.rows import read_co_units, update_order
from hotline.states import Role, State
from storage.engine import create_engine, migrate, transaction
from storage.tables import outbox, work_order, work_order_event
from tests.hotline.cast import (
    ACCEPTANCE,
    ANSWER,
    AUDITOR,
    CAST,
    DISPATCHER,
    LEAD,
    OTHER,
    PATHS,
    PROPOSAL,
    SUPERVISOR,
    VISITOR,
    WANG,
    ZHAO,
    Office,
)
from tests.hotline.factories import make_draft

RETURN = Facts(reason="不属本单位职责", legal_basis="三定规定（示例）")


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('desk') / 'test.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def rules(shared_engine: Engine) -> Office:
    """For what is decided without the database: one engine and one database are enough."""
    return Office(shared_engine)


def assert_sound(engine: Engine, number: str) -> None:
    order = store.get(engine, number)
    with engine.connect() as connection:
        replies, co_units = read_replies(connection, number), read_co_units(connection, number)
    assert broken_invariants(order, store.history(engine, number), replies, co_units) == []


def actions(engine: Engine, order: WorkOrder) -> list[str]:
    return [event.action for event in store.history(engine, order.number)]


def rows_of(engine: Engine, *tables: sa.Table) -> list[list[object]]:
    with engine.connect() as connection:
        return [[tuple(row) for row in connection.execute(sa.select(table))] for table in tables]


# --- the table ---------------------------------------------------------------------------------------------------


def test_every_state_is_reached_and_sound(office: Office) -> None:
    orders = {state: office.order_in(state) for state in PATHS}
    assert {state: order.state for state, order in orders.items()} == {state: state for state in PATHS}
    for order in orders.values():
        assert store.get(office.engine, order.number) == order
        assert_sound(office.engine, order.number)


def test_a_change_writes_who_when_from_to_and_why(office: Office) -> None:
    order = office.order_in(State.DISPATCHED)
    returned = office.do(order, Move.RETURN, WANG, RETURN)
    event = store.history(office.engine, order.number)[-1]
    assert (event.actor, event.role, event.action, event.unit) == (WANG.name, "unit", "return", LEAD)
    assert (event.from_state, event.to_state, event.at) == (State.DISPATCHED, State.RETURNED, office.now)
    assert event.reason == "不属本单位职责（依据：三定规定（示例））"
    assert (returned.version, returned.updated_at) == (order.version + 1, office.now)


def test_what_is_returned_is_what_is_stored(office: Office) -> None:
    order = office.order_in(State.CLOSED)
    assert store.get(office.engine, order.number) == order
    assert order.version == len(store.history(office.engine, order.number)) == 7


@pytest.mark.parametrize(
    ("state", "actor", "moves"),
    [
        (
            State.SUBMITTED,
            ACCEPTANCE,
            (Move.ACCEPT, Move.ASK_INFO, Move.REJECT, Move.MERGE, Move.ANSWER_DIRECTLY),
        ),
        (State.SUBMITTED, CITIZEN, (Move.CANCEL,)),
        (State.SUBMITTED, DISPATCHER, ()),
        (State.RETURNED, DISPATCHER, (Move.PROPOSE, Move.COORDINATE, Move.ASSIGN)),
        (State.SIGNED, WANG, (Move.RETURN, Move.REQUEST_EXTENSION, Move.REPLY)),
        (State.SIGNED, ZHAO, ()),
        (State.SIGNED, Actor("无单位", Role.UNIT), ()),
        (State.SIGNED, SUPERVISOR, (Move.SUPERVISE,)),
        (State.CLOSED, CITIZEN, (Move.RATE,)),
        (State.VISITING, VISITOR, (Move.RATE, Move.REDO, Move.SUPERVISE)),
        (State.SUPERVISED, SUPERVISOR, (Move.RELEASE,)),
        (State.ARCHIVED, SYSTEM, ()),
    ],
)
def test_a_page_learns_what_its_reader_may_do(
    rules: Office, state: State, actor: Actor, moves: tuple[Move, ...]
) -> None:
    assert possible(rules.order_in(state), actor) == moves


@pytest.mark.parametrize(
    ("state", "move", "actor", "sentence"),
    [
        (State.SUBMITTED, Move.APPROVE, AUDITOR, "工单现在是“待受理”，不能审核派单。"),
        (State.SUBMITTED, Move.ACCEPT, WANG, "受理由受理员办理，承办单位不能办理。"),
        (State.DISPATCHED, Move.SIGN, ZHAO, "只有主办单位（区城管执法局）可以签收。"),
        (State.SIGNED, Move.SUPERVISE, VISITOR, "回访员只能在回访时提请督办。"),
    ],
)
def test_a_refused_move_says_why_and_changes_nothing(
    rules: Office, state: State, move: Move, actor: Actor, sentence: str
) -> None:
    order = rules.order_in(state)
    before = rows_of(rules.engine, work_order, work_order_event, outbox)
    with pytest.raises(IllegalMove) as refusal:
        rules.do(order, move, actor, Facts(reason="理由"))
    assert (refusal.value.reason, refusal.value.code) == (sentence, "illegal_move")
    assert rows_of(rules.engine, work_order, work_order_event, outbox) == before


@pytest.mark.parametrize("move", [move for move in Move if move.needs])
def test_a_missing_fact_is_named(rules: Office, move: Move) -> None:
    role, state = move.roles[0], next(state for state in move.sources if state in PATHS)
    order = rules.order_in(state)
    with pytest.raises(MissingFact) as refusal:
        rules.do(order, move, next(actor for actor in CAST if actor.role is role))
    assert refusal.value.field == move.needs[0]
    assert refusal.value.reason.startswith(f"{move.label}需要填写")


def test_an_unknown_order_and_a_text_over_its_length_are_refused(office: Office) -> None:
    with pytest.raises(OrderNotFound):
        act(office.engine, "WJ2025030499999", Move.ACCEPT, ACCEPTANCE, now=office.now)
    with pytest.raises(OrderNotFound):
        act(office.engine, "x" * 1_000_000, Move.ACCEPT, ACCEPTANCE, now=office.now)
    with pytest.raises(InvalidOrder):
        office.do(office.file(), Move.ASK_INFO, ACCEPTANCE, Facts(reason="字" * 2_000))


def test_an_error_in_the_callers_transaction_takes_the_move_back(office: Office) -> None:
    order = office.file()
    before = rows_of(office.engine, work_order, work_order_event, outbox)
    with pytest.raises(RuntimeError), transaction(office.engine) as connection:
        act_on(connection, order.number, Move.ACCEPT, ACCEPTANCE, now=office.now)
        raise RuntimeError
    assert rows_of(office.engine, work_order, work_order_event, outbox) == before


# --- two persons, one order --------------------------------------------------------------------------------------


def test_a_version_that_is_not_the_stored_one_is_stale(office: Office) -> None:
    order = office.file()
    office.do(order, Move.ACCEPT, ACCEPTANCE)
    with pytest.raises(StaleOrder) as refusal:
        act(office.engine, order.number, Move.PROPOSE, DISPATCHER, PROPOSAL, version=order.version, now=office.now)
    assert "刷新" in refusal.value.reason


def test_an_order_that_changed_since_it_was_read_is_not_written(office: Office) -> None:
    order = office.file()
    office.do(order, Move.ACCEPT, ACCEPTANCE)
    with pytest.raises(StaleOrder), transaction(office.engine) as connection:
        update_order(connection, order, replace(order, state=State.REJECTED, version=2))
    assert store.get(office.engine, order.number).state is State.ACCEPTED


def test_of_two_who_act_at_once_exactly_one_wins(office: Office) -> None:
    rounds = 25
    for _ in range(rounds):
        order = office.order_in(State.ACCEPTED)
        tries = [Actor(f"示例调度{n}", Role.DISPATCHER) for n in range(4)]

        def propose(actor: Actor, order: WorkOrder = order) -> str:
            facts = Facts(unit=f"{actor.name}的单位", opinion=actor.name)
            try:
                act(office.engine, order.number, Move.PROPOSE, actor, facts, version=order.version, now=office.now)
            except StaleOrder:
                return ""
            return actor.name

        with ThreadPoolExecutor(4) as pool:
            winners = [name for name in pool.map(propose, tries) if name]
        assert len(winners) == 1
        stored = store.get(office.engine, order.number)
        assert (stored.opinion, stored.version) == (winners[0], order.version + 1)
        assert actions(office.engine, order).count("propose") == 1


def test_two_who_merge_each_others_orders_do_not_wait_for_ever(office: Office) -> None:
    for _ in range(10):
        one, other = office.file(), office.file()

        def merge(pair: tuple[WorkOrder, WorkOrder]) -> bool:
            try:
                act(office.engine, pair[0].number, Move.MERGE, ACCEPTANCE, Facts(into=pair[1].number), now=office.now)
            except IllegalMove:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(merge, [(one, other), (other, one)])) == [False, True]
        assert_sound(office.engine, one.number)
        assert_sound(office.engine, other.number)


# --- dispatch ----------------------------------------------------------------------------------------------------


def test_whoever_proposed_may_not_approve(office: Office) -> None:
    order = office.order_in(State.PENDING_AUDIT)
    with pytest.raises(IllegalMove, match="不同的人"):
        office.do(order, Move.APPROVE, Actor(DISPATCHER.name, Role.AUDITOR))
    assert office.do(order, Move.APPROVE, AUDITOR).lead_unit == LEAD


def test_only_the_last_proposal_counts_for_the_second_person(rules: Office) -> None:
    order = rules.order_in(State.PENDING_AUDIT)
    order = rules.do(order, Move.SEND_BACK, AUDITOR, Facts(reason="单位不对"))
    order = rules.do(order, Move.PROPOSE, Actor("示例调度员乙", Role.DISPATCHER), PROPOSAL)
    assert rules.do(order, Move.APPROVE, Actor(DISPATCHER.name, Role.AUDITOR)).state is State.DISPATCHED


def test_the_lead_unit_is_empty_until_the_dispatch_is_approved(rules: Office) -> None:
    order = rules.order_in(State.PENDING_AUDIT)
    assert (order.lead_unit, order.proposed_unit, order.opinion) == ("", LEAD, PROPOSAL.opinion)
    order = rules.do(order, Move.APPROVE, AUDITOR)
    assert (order.lead_unit, order.dispatch_count, order.dispatched_at) == (LEAD, 1, rules.now)


def test_units_that_help_stand_beside_the_lead_unit(office: Office) -> None:
    order = office.order_in(State.ACCEPTED)
    facts = replace(PROPOSAL, co_units=(OTHER, "惠民街道"))
    order = office.do(order, Move.PROPOSE, DISPATCHER, facts)
    with office.engine.connect() as connection:
        assert set(read_co_units(connection, order.number)) == {OTHER, "惠民街道"}
    order = office.do(order, Move.APPROVE, AUDITOR)
    with pytest.raises(IllegalMove, match="主办单位"):
        office.do(order, Move.SIGN, ZHAO)
    order = office.do(order, Move.RETURN, WANG, RETURN)
    office.do(order, Move.ASSIGN, DISPATCHER, PROPOSAL)
    with office.engine.connect() as connection:
        assert read_co_units(connection, order.number) == ()


@pytest.mark.parametrize(
    ("facts", "why"),
    [(replace(PROPOSAL, co_units=(LEAD,)), "不能同时"), (replace(PROPOSAL, unit="所在镇街"), "哪个镇街")],
)
def test_units_that_nobody_could_sign_for_are_refused(rules: Office, facts: Facts, why: str) -> None:
    order = rules.order_in(State.ACCEPTED)
    with pytest.raises(IllegalMove, match=why):
        rules.do(order, Move.PROPOSE, DISPATCHER, facts)


@pytest.mark.parametrize(
    ("signed", "hours", "is_allowed"),
    [
        (False, 24, True),  # the next working day
        (False, 24 + 14, True),  # until its end
        (False, 24 * 2, False),
        (True, 24 + 14, True),
        (True, 24 * 2, False),
    ],
)
def test_an_order_is_returned_only_within_one_working_day(
    rules: Office, signed: bool, hours: int, is_allowed: bool
) -> None:
    order = rules.order_in(State.SIGNED if signed else State.DISPATCHED)
    rules.now += timedelta(hours=hours)
    if is_allowed:
        order = rules.do(order, Move.RETURN, WANG, RETURN)
        assert (order.lead_unit, order.return_count) == ("", 1)
    else:
        with pytest.raises(IllegalMove, match="退单期限（2025-03-05"):
            rules.do(order, Move.RETURN, WANG, RETURN)


def test_the_return_window_does_not_count_a_weekend(rules: Office) -> None:
    rules.now = datetime(2025, 3, 7, 15, 0, tzinfo=SHANGHAI)  # a Friday
    order = rules.order_in(State.SIGNED)
    rules.now = datetime(2025, 3, 10, 16, 0, tzinfo=SHANGHAI)
    assert rules.do(order, Move.RETURN, WANG, RETURN).state is State.RETURNED


def test_an_order_dispatched_again_is_signed_again(rules: Office) -> None:
    order = rules.order_in(State.RETURNED)
    order = rules.do(order, Move.ASSIGN, DISPATCHER, Facts(unit=OTHER, opinion="会商确定"))
    assert (order.lead_unit, order.dispatch_count, order.signed_at) == (OTHER, 2, None)
    with pytest.raises(IllegalMove):
        rules.do(order, Move.SIGN, WANG)
    assert rules.do(order, Move.SIGN, ZHAO).signed_at == rules.now


# --- extension ---------------------------------------------------------------------------------------------------


def test_an_extension_moves_the_due_date_by_working_days(office: Office) -> None:
    order = office.order_in(State.EXTENSION_REQ)
    assert order.due_on == date(2025, 3, 25)
    order = office.do(order, Move.GRANT_EXTENSION, DISPATCHER)
    assert (order.state, order.due_on, order.extended_days) == (State.SIGNED, date(2025, 4, 1), 5)
    assert store.history(office.engine, order.number)[-1].reason == "同意延期5个工作日"


def test_the_dispatcher_may_grant_other_days_than_asked_for(rules: Office) -> None:
    order = rules.order_in(State.EXTENSION_REQ)
    assert rules.do(order, Move.GRANT_EXTENSION, DISPATCHER, Facts(days=2)).due_on == date(2025, 3, 27)


def test_an_extension_crosses_holidays_and_make_up_days(rules: Office) -> None:
    rules.now = datetime(2025, 9, 8, 10, 0, tzinfo=SHANGHAI)
    order = rules.order_in(State.EXTENSION_REQ)
    assert order.due_on == date(2025, 9, 28)  # a Sunday that is worked
    assert rules.do(order, Move.GRANT_EXTENSION, DISPATCHER).due_on == date(2025, 10, 11)  # a Saturday that is worked


@pytest.mark.parametrize("days", [-1, 16, 10_000])
def test_an_extension_is_at_most_the_original_limit(rules: Office, days: int) -> None:
    order = rules.order_in(State.SIGNED)
    with pytest.raises(IllegalMove, match="1至15个工作日"):
        rules.do(order, Move.REQUEST_EXTENSION, WANG, Facts(reason="需要鉴定", days=days))


def test_an_order_is_extended_once(rules: Office) -> None:
    order = rules.do(rules.order_in(State.EXTENSION_REQ), Move.GRANT_EXTENSION, DISPATCHER)
    assert Move.REQUEST_EXTENSION not in possible(order, WANG)
    with pytest.raises(IllegalMove, match="一次"):
        rules.do(order, Move.REQUEST_EXTENSION, WANG, Facts(reason="还不够", days=1))


def test_a_refused_extension_leaves_the_due_date_and_may_be_asked_for_again(rules: Office) -> None:
    order = rules.order_in(State.EXTENSION_REQ)
    order = rules.do(order, Move.REFUSE_EXTENSION, DISPATCHER, Facts(reason="理由不足"))
    assert (order.state, order.due_on, order.extended_days) == (State.SIGNED, date(2025, 3, 25), 0)
    assert Move.REQUEST_EXTENSION in possible(order, WANG)


def test_an_overdue_order_is_not_extended(rules: Office) -> None:
    order = rules.order_in(State.SIGNED)
    rules.now = datetime(2025, 3, 26, 9, 0, tzinfo=SHANGHAI)
    with pytest.raises(IllegalMove, match="办理期限（2025-03-25）已过"):
        rules.do(order, Move.REQUEST_EXTENSION, WANG, Facts(reason="需要鉴定", days=1))


# --- reply -------------------------------------------------------------------------------------------------------


def test_a_reply_is_the_citizens_only_once_it_is_approved(office: Office) -> None:
    order = office.order_in(State.SIGNED)
    facts = Facts(reply="已清理。", resolution=Resolution.RESOLVED, is_factual=True, handling=Handling.ENFORCEMENT)
    order = office.do(order, Move.REPLY, WANG, facts)
    assert (order.reply_text, order.resolution, order.handling) == ("", Resolution.RESOLVED, Handling.ENFORCEMENT)
    assert store.history(office.engine, order.number)[-1].reason == "已解决；诉求属实；行政执法"
    order = office.do(order, Move.APPROVE_REPLY, AUDITOR)
    assert (order.reply_text, order.closed_at, order.responded_at) == ("已清理。", office.now, office.now)
    with office.engine.connect() as connection:
        (reply,) = read_replies(connection, order.number)
    assert (reply.author, reply.verdict, reply.audited_by) == (WANG.name, Verdict.APPROVED, AUDITOR.name)


def test_whoever_replied_may_not_audit_the_reply(rules: Office) -> None:
    order = rules.order_in(State.REPLIED)
    for move in (Move.APPROVE_REPLY, Move.REJECT_REPLY):
        with pytest.raises(IllegalMove, match="自己的答复"):
            rules.do(order, move, Actor(WANG.name, Role.AUDITOR), Facts(reason="理由"))


def test_a_rejected_reply_is_kept_and_the_next_one_counts(office: Office) -> None:
    order = office.order_in(State.REDO)
    assert (order.redo_count, order.reply_text, order.due_on) == (1, "", date(2025, 3, 25))
    order = office.do(order, Move.REPLY, WANG, Facts(reply="第二次答复"))
    order = office.do(order, Move.APPROVE_REPLY, AUDITOR)
    with office.engine.connect() as connection:
        first, second = read_replies(connection, order.number)
    assert (first.verdict, first.audit_reason) == (Verdict.REJECTED, "没有回应诉求")
    assert (second.verdict, order.reply_text) == (Verdict.APPROVED, "第二次答复")


@pytest.mark.parametrize(
    ("allowed", "told", "published"), [(True, None, True), (True, False, False), (False, True, False)]
)
def test_a_reply_is_published_only_when_the_citizen_allowed_it(
    rules: Office, allowed: bool, told: bool | None, published: bool
) -> None:
    order = rules.bring(rules.file(make_draft(public_reply=allowed)), State.SIGNED)
    assert rules.do(order, Move.REPLY, WANG, replace(ANSWER, public_reply=told)).public_reply is published


# --- at the counter ----------------------------------------------------------------------------------------------


def test_a_refused_order_tells_the_reason_and_the_way(rules: Office) -> None:
    order = rules.do(rules.file(), Move.REJECT, ACCEPTANCE, Facts(reject_reason="R5"))
    assert "诉讼" in order.reply_text and "12368" in order.reply_text
    assert store.history(rules.engine, order.number)[-1].reason.startswith("R5 ")
    with pytest.raises(IllegalMove, match="R11"):
        rules.do(rules.file(), Move.REJECT, ACCEPTANCE, Facts(reject_reason="R11"))


def test_what_a_citizen_adds_is_put_behind_their_words(rules: Office) -> None:
    order = rules.do(rules.order_in(State.NEED_INFO), Move.SUPPLEMENT, CITIZEN, Facts(text="在示例路2号"))
    assert order.state is State.SUBMITTED
    assert order.content == f"{make_draft().content}\n【补充 2025-03-04 09:33】在示例路2号"


def test_a_citizen_takes_an_order_back_until_it_is_accepted(rules: Office) -> None:
    assert rules.do(rules.file(), Move.CANCEL, CITIZEN).state is State.CANCELLED
    with pytest.raises(IllegalMove):
        rules.do(rules.order_in(State.ACCEPTED), Move.CANCEL, CITIZEN)


def test_a_direct_answer_closes_the_order(rules: Office) -> None:
    order = rules.do(rules.file(), Move.ANSWER_DIRECTLY, ACCEPTANCE, Facts(reply="请到窗口办理。"))
    assert (order.reply_text, order.closed_at, order.replied_at) == ("请到窗口办理。", rules.now, rules.now)


# --- duplicates --------------------------------------------------------------------------------------------------


def test_a_duplicate_remembers_the_order_that_goes_on_and_is_found_from_there(office: Office) -> None:
    main, first, second = office.file(), office.file(), office.file()
    first = office.do(first, Move.MERGE, ACCEPTANCE, Facts(into=f" {main.number.lower()} "))
    second = office.do(second, Move.MERGE, SYSTEM, Facts(into=main.number))
    assert (first.state, first.merged_into) == (State.MERGED, main.number)
    with office.engine.connect() as connection:
        assert merged_orders(connection, main.number) == (first, second)
        assert merged_orders(connection, first.number) == ()
    notes = [event for event in store.history(office.engine, main.number) if event.kind is EventKind.NOTE]
    assert [event.reason for event in notes] == [f"重复工单{order.number}并入本单" for order in (first, second)]
    assert_sound(office.engine, main.number)


def test_a_duplicate_of_a_duplicate_is_found_as_well(office: Office) -> None:
    main, middle, last = office.file(), office.file(), office.file()
    last = office.do(last, Move.MERGE, ACCEPTANCE, Facts(into=middle.number))
    middle = office.do(middle, Move.MERGE, ACCEPTANCE, Facts(into=main.number))
    with office.engine.connect() as connection:
        assert merged_orders(connection, main.number) == (middle, last)


def test_orders_are_merged_only_into_others_that_are_open(rules: Office) -> None:
    order, closed, merged = rules.file(), rules.order_in(State.CLOSED), rules.file()
    rules.do(merged, Move.MERGE, ACCEPTANCE, Facts(into=rules.file().number))
    for into, why in (
        (order.number, "自己"),
        (closed.number, "已办结"),
        (merged.number, "请直接并入"),
        ("WJ2025030499999", "没有工单"),
    ):
        with pytest.raises(IllegalMove, match=why):
            rules.do(order, Move.MERGE, ACCEPTANCE, Facts(into=into))


def test_the_citizens_of_both_orders_are_told_of_the_end(office: Office) -> None:
    main, other = office.file(), office.file(make_draft(draft_id="other", conversation_id="conversation-2"))
    office.do(other, Move.MERGE, ACCEPTANCE, Facts(into=main.number))
    office.bring(main, State.CLOSED)
    with office.engine.connect() as connection:
        told = connection.execute(sa.select(outbox.c.subject, outbox.c.payload).where(outbox.c.target == "citizen"))
        ends = {row.subject for row in told if ANSWER.reply in row.payload["text"]}
    assert ends == {main.number, other.number}


def test_an_order_that_others_were_merged_into_is_not_taken_back(rules: Office) -> None:
    main, other = rules.file(), rules.file()
    rules.do(other, Move.MERGE, ACCEPTANCE, Facts(into=main.number))
    with pytest.raises(IllegalMove, match="其他市民"):
        rules.do(main, Move.CANCEL, CITIZEN)


# --- rating ------------------------------------------------------------------------------------------------------


def test_a_citizen_rates_a_closed_order_and_the_visit_begins_by_itself(office: Office) -> None:
    order = office.do(office.order_in(State.CLOSED), Move.RATE, CITIZEN, Facts(score=4, text="还行"))
    assert (order.state, order.satisfaction, order.rating_text) == (State.EVALUATED, 4, "还行")
    assert actions(office.engine, order)[-2:] == ["start_visit", "rate"]
    assert_sound(office.engine, order.number)


@pytest.mark.parametrize("score", [1, 2])
def test_a_bad_rating_opens_the_order_again(office: Office, score: int) -> None:
    order = office.do(office.order_in(State.VISITING), Move.RATE, CITIZEN, Facts(score=score))
    assert (order.state, order.satisfaction, order.redo_count) == (State.REDO, score, 1)
    assert (order.closed_at, order.due_on, order.is_official_limit) == (None, date(2025, 3, 25), False)
    event = store.history(office.engine, order.number)[-1]
    assert (event.actor, event.from_state, event.to_state) == ("system", State.EVALUATED, State.REDO)
    assert event.reason.startswith("差评工单")
    assert_sound(office.engine, order.number)


def test_a_badly_rated_direct_answer_goes_to_the_dispatcher(rules: Office) -> None:
    order = rules.do(rules.order_in(State.ANSWERED_DIRECTLY), Move.RATE, CITIZEN, Facts(score=1))
    assert (order.state, order.lead_unit) == (State.ACCEPTED, "")
    assert_sound(rules.engine, order.number)


def test_the_default_rating_is_the_systems_and_opens_nothing(rules: Office) -> None:
    order = rules.order_in(State.VISITING)
    with pytest.raises(IllegalMove, match="系统"):
        rules.do(order, Move.RATE, CITIZEN, Facts(is_default=True))
    with pytest.raises(IllegalMove, match="系统"):
        rules.do(order, Move.RATE, SYSTEM, Facts(score=5))
    order = rules.do(order, Move.RATE, SYSTEM, Facts(is_default=True))
    assert (order.state, order.satisfaction, order.is_default_rating) == (State.EVALUATED, 3, True)


def test_a_default_never_replaces_what_a_person_rated(rules: Office) -> None:
    order = rules.do(rules.order_in(State.CLOSED), Move.RATE, CITIZEN, Facts(score=1))
    order = rules.do(order, Move.REPLY, WANG, ANSWER)
    order = rules.do(order, Move.APPROVE_REPLY, AUDITOR)
    order = rules.do(order, Move.RATE, SYSTEM, Facts(is_default=True))
    assert (order.state, order.satisfaction, order.is_default_rating) == (State.EVALUATED, 1, False)


@pytest.mark.parametrize("score", [-1, 6])
def test_a_rating_has_five_levels(rules: Office, score: int) -> None:
    with pytest.raises(IllegalMove, match="1至5"):
        rules.do(rules.order_in(State.VISITING), Move.RATE, CITIZEN, Facts(score=score))


# --- supervision and threats -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", Move.SUPERVISE.sources)
def test_supervision_gives_the_order_back_to_where_it_was(rules: Office, state: State) -> None:
    order = rules.order_in(state)
    flagged = rules.do(order, Move.SUPERVISE, SUPERVISOR, Facts(reason="严重超期", card=Card.RED))
    assert (flagged.state, flagged.came_from, flagged.card) == (State.SUPERVISED, state.value, Card.RED)
    released = rules.do(flagged, Move.RELEASE, SUPERVISOR)
    assert (released.state, released.came_from, released.card) == (state, "", Card.RED)
    assert_sound(rules.engine, order.number)


def test_a_card_never_gets_milder(rules: Office) -> None:
    order = rules.do(rules.order_in(State.SIGNED), Move.SUPERVISE, SUPERVISOR, Facts(reason="一", card=Card.RED))
    order = rules.do(order, Move.RELEASE, SUPERVISOR)
    order = rules.do(order, Move.SUPERVISE, SYSTEM, Facts(reason="二", card=Card.YELLOW))
    assert order.card is Card.RED


def test_a_threat_gets_a_red_card_and_urgent_notices_at_once(office: Office) -> None:
    order = office.file(make_draft(is_threat=True))
    assert (order.state, order.card, order.version) == (State.SUBMITTED, Card.RED, 2)
    assert store.get(office.engine, order.number) == order
    assert [event.kind for event in store.history(office.engine, order.number)] == [
        EventKind.TRANSITION,
        EventKind.CARD,
    ]
    with office.engine.connect() as connection:
        notices = (
            connection.execute(sa.select(outbox.c.payload).where(outbox.c.subject == order.number)).scalars().all()
        )
    assert {(notice["role"], notice["is_urgent"]) for notice in notices} == {("acceptance", True), ("supervisor", True)}
    assert all("夜宵" not in notice["text"] for notice in notices)
    assert_sound(office.engine, order.number)


def test_a_threat_is_not_taken_back(rules: Office) -> None:
    order = rules.file(make_draft(is_threat=True))
    assert Move.CANCEL not in possible(order, CITIZEN)
    with pytest.raises(IllegalMove, match="核实"):
        rules.do(order, Move.CANCEL, CITIZEN)


# --- remarks -----------------------------------------------------------------------------------------------------


def test_the_first_contact_is_the_first_response_and_stales_nobodys_page(office: Office) -> None:
    order = office.order_in(State.SIGNED)
    with transaction(office.engine) as connection:
        event = contact(connection, order.number, WANG, "已电话联系", office.tick())
        contact(connection, order.number, WANG, "再次联系", office.tick())
        note(connection, order.number, ZHAO, "协办意见", office.tick())
    stored = store.get(office.engine, order.number)
    assert (stored.responded_at, stored.version, event.unit) == (event.at, order.version, LEAD)
    assert_sound(office.engine, order.number)
    with pytest.raises(MissingFact), transaction(office.engine) as connection:
        note(connection, order.number, WANG, " ", office.now)


# --- a whole life ------------------------------------------------------------------------------------------------


def test_a_whole_life_from_complaint_to_the_second_closing(office: Office) -> None:
    order = office.file(make_draft(type=OrderType.COMPLAINT))
    order = office.do(order, Move.ACCEPT, ACCEPTANCE)
    order = office.do(order, Move.PROPOSE, DISPATCHER, Facts(unit=OTHER, opinion="物业管理"))
    order = office.do(order, Move.APPROVE, AUDITOR)
    order = office.do(order, Move.RETURN, ZHAO, RETURN)
    order = office.do(order, Move.PROPOSE, DISPATCHER, PROPOSAL)
    order = office.do(order, Move.APPROVE, AUDITOR)
    order = office.do(order, Move.SIGN, WANG)
    order = office.do(order, Move.REQUEST_EXTENSION, WANG, Facts(reason="需要鉴定", days=5))
    order = office.do(order, Move.GRANT_EXTENSION, DISPATCHER)
    order = office.do(order, Move.REPLY, WANG, Facts(reply="正在处理。"))
    order = office.do(order, Move.REJECT_REPLY, AUDITOR, Facts(reason="没有结果"))
    order = office.do(order, Move.REPLY, WANG, Facts(reply="已清理。", resolution=Resolution.RESOLVED))
    order = office.do(order, Move.APPROVE_REPLY, AUDITOR)
    assert (order.state, order.reply_text, order.due_on) == (State.CLOSED, "已清理。", date(2025, 4, 1))
    order = office.do(order, Move.RATE, CITIZEN, Facts(score=2, text="第二天又来了"))
    assert order.state is State.REDO
    order = office.do(order, Move.REPLY, WANG, Facts(reply="已安排夜间巡查。", resolution=Resolution.RESOLVED))
    order = office.do(order, Move.APPROVE_REPLY, AUDITOR)
    assert (order.state, order.reply_text, order.closed_at) == (State.CLOSED, "已安排夜间巡查。", office.now)
    assert (order.dispatch_count, order.return_count, order.redo_count, order.satisfaction) == (2, 1, 2, 2)
    order = office.do(order, Move.RATE, CITIZEN, Facts(score=4))
    order = office.do(order, Move.ARCHIVE, SYSTEM)
    assert (order.state, order.satisfaction) == (State.ARCHIVED, 4)
    assert [event.to_state for event in store.history(office.engine, order.number)] == [
        State.SUBMITTED,
        State.ACCEPTED,
        State.PENDING_AUDIT,
        State.DISPATCHED,
        State.RETURNED,
        State.PENDING_AUDIT,
        State.DISPATCHED,
        State.SIGNED,
        State.EXTENSION_REQ,
        State.SIGNED,
        State.REPLIED,
        State.REDO,
        State.REPLIED,
        State.CLOSED,
        State.VISITING,
        State.EVALUATED,
        State.REDO,
        State.REPLIED,
        State.CLOSED,
        State.VISITING,
        State.EVALUATED,
        State.ARCHIVED,
    ]
    assert order.version == len(store.history(office.engine, order.number))
    assert_sound(office.engine, order.number)
    assert store.get(office.engine, order.number).received_at.tzinfo is UTC
