from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import Engine

from hotline.model import OrderType, Privacy, WorkOrder
from hotline.moves import Facts, Move
from hotline.notices import WORDING, chinese_date, ended
from hotline.people import CITIZEN
from hotline.states import Role, State
from storage.engine import transaction
from storage.outbox import OutboxMessage, list_messages
from storage.tables import order_link
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
    VISITOR,
    WANG,
    Office,
)
from tests.hotline.factories import make_draft

STAFF_NAMES = [actor.name for actor in CAST if actor.role not in (Role.CITIZEN, Role.SYSTEM)]
INNER_WORDS = ("审核", "拟办", "延期申请", "督办", "退单", "黄牌", "红牌")
SECRETS = ("李小明", "13900000000", "夜宵摊", "示例路1号")


@pytest.fixture
def office(engine: Engine) -> Office:
    return Office(engine)


def told(office: Office, target: str, number: str = "") -> list[OutboxMessage]:
    messages = list_messages(office.engine, states=("waiting",), target=target, limit=1000)
    return [message for message in messages if not number or message.subject == number]


def sentences(office: Office, order: WorkOrder) -> list[str]:
    return [message.payload["sentence"] for message in told(office, "citizen", order.number)]


def texts(messages: Iterable[OutboxMessage]) -> str:
    return "\n".join(str(message.payload["text"]) for message in messages)


def test_the_citizen_hears_of_each_public_step_once(office: Office) -> None:
    order = office.order_in(State.CLOSED)
    number, due = order.number, chinese_date(order.due_on)
    assert sentences(office, order) == [
        f"您的工单 {number} 已受理，正在派单。答复期限：{due}。",
        f"工单 {number} 已派给{LEAD}，等待签收。",
        f"{LEAD}已签收工单 {number}，正在办理。",
        f"工单 {number} 已办结。",
    ]
    messages = told(office, "citizen")
    assert [message.key for message in messages] == [f"{number}:{version}:citizen" for version in (2, 4, 5, 7)]
    assert {message.payload["conversation_id"] for message in messages} == {order.conversation_id}


@pytest.mark.parametrize("state", PATHS, ids=[state.value for state in PATHS])
def test_no_inner_step_and_no_name_of_staff_is_told(office: Office, state: State) -> None:
    office.order_in(state)
    said = " ".join(str(message.payload) for message in told(office, "citizen"))
    assert [word for word in (*INNER_WORDS, *STAFF_NAMES) if word in said] == []


def test_a_reply_is_told_only_when_it_is_approved_and_only_the_approved_one(office: Office) -> None:
    order = office.order_in(State.SIGNED)
    office.do(order, Move.REPLY, WANG, Facts(reply="被退回的答复"))
    office.do(order, Move.REJECT_REPLY, AUDITOR, Facts(reason="没有回应诉求"))
    office.do(order, Move.REPLY, WANG, ANSWER)
    assert ANSWER.reply not in texts(told(office, "citizen"))
    office.do(order, Move.APPROVE_REPLY, AUDITOR)
    last = told(office, "citizen")[-1].payload
    assert f"{LEAD}的答复：{ANSWER.reply}" in last["text"]
    assert (last["reply"], last["unit"], last["asks_rating"]) == (ANSWER.reply, LEAD, True)
    assert "被退回的答复" not in texts(told(office, "citizen"))


def test_a_rating_is_asked_for_with_the_reply_and_never_again(office: Office) -> None:
    office.order_in(State.ARCHIVED)
    asked = [message.payload["state"] for message in told(office, "citizen") if message.payload["asks_rating"]]
    assert asked == ["closed"]
    assert "满意" not in texts(told(office, "citizen")[:-1])


def test_a_question_of_the_office_is_told_in_full(office: Office) -> None:
    order = office.order_in(State.NEED_INFO)
    (message,) = told(office, "citizen", order.number)
    assert message.payload["question"] == "具体在哪里？"
    assert "具体在哪里？" in message.payload["text"]


def test_a_refusal_gives_the_reason_and_the_right_channel(office: Office) -> None:
    order = office.order_in(State.REJECTED)
    (sentence,) = sentences(office, order)
    assert "诉讼、仲裁、行政复议" in sentence
    assert "12348" in sentence


def test_a_longer_limit_is_told_but_not_that_it_was_asked_for(office: Office) -> None:
    order = office.order_in(State.EXTENSION_REQ)
    before = len(sentences(office, order))
    order = office.do(order, Move.GRANT_EXTENSION, DISPATCHER)
    assert sentences(office, order)[before:] == [
        f"工单 {order.number} 需要更多时间办理，答复期限延长到{chinese_date(order.due_on)}。"
    ]
    assert "需要鉴定" not in texts(told(office, "citizen"))


def test_a_bad_rating_is_told_as_redo_with_the_new_state(office: Office) -> None:
    order = office.do(office.order_in(State.CLOSED), Move.RATE, CITIZEN, Facts(score=2))
    last = told(office, "citizen")[-1].payload
    assert (order.state, last["state"], last["state_label"]) == (State.REDO, "redo", "重新办理中")
    assert "重新办理中" in last["sentence"]
    assert last["due_on"] == order.due_on.isoformat()


def test_what_the_citizen_did_in_the_chat_is_not_told_back(office: Office) -> None:
    order = office.order_in(State.NEED_INFO)
    before = len(told(office, "citizen"))
    office.do(order, Move.SUPPLEMENT, CITIZEN, Facts(text="在示例路3号"))
    office.do(order, Move.CANCEL, CITIZEN)
    assert len(told(office, "citizen")) == before


def test_an_anonymous_order_is_told_in_its_conversation(office: Office) -> None:
    draft = make_draft(privacy=Privacy.ANONYMOUS, conversation_id="conversation-9")
    order = office.bring(office.file(draft), State.CLOSED)
    assert told(office, "citizen", order.number)[-1].payload["conversation_id"] == "conversation-9"


def test_without_a_conversation_the_staff_call_back_when_there_is_something_to_say(office: Office) -> None:
    order = office.bring(office.file(make_draft(conversation_id="")), State.CLOSED)
    assert told(office, "citizen") == []
    (note,) = [each for each in told(office, "staff") if each.payload["role"] == Role.VISITOR]
    assert note.key == f"{order.number}:7:call_back"
    assert "请电话告知诉求人办理结果" in note.payload["text"]
    assert [secret for secret in SECRETS if secret in str(note.payload)] == []


def test_who_left_neither_conversation_nor_phone_is_not_called(office: Office) -> None:
    draft = make_draft(conversation_id="", privacy=Privacy.ANONYMOUS)
    office.bring(office.file(draft), State.CLOSED)
    assert told(office, "citizen") == []
    assert [each for each in told(office, "staff") if each.payload["role"] == Role.VISITOR] == []


def merged(office: Office, **changes: Any) -> tuple[WorkOrder, WorkOrder]:
    """A main order of 李 and a duplicate from another conversation."""
    main = office.file()
    twin = {"draft_id": "twin", "conversation_id": "conversation-2"} | changes
    duplicate = office.file(make_draft(**twin))
    office.do(duplicate, Move.MERGE, ACCEPTANCE, Facts(into=main.number))
    return main, duplicate


def test_both_citizens_hear_when_the_main_order_closes(office: Office) -> None:
    main, duplicate = merged(office)
    office.bring(main, State.CLOSED)
    assert "合并" in sentences(office, duplicate)[0]
    last = told(office, "citizen", duplicate.number)[-1]
    assert last.payload["sentence"] == f"与您的工单 {duplicate.number} 合并办理的诉求已办结。"
    assert last.payload["conversation_id"] == "conversation-2"
    assert ANSWER.reply in last.payload["text"]
    assert not last.payload["asks_rating"]
    assert last.key == f"{main.number}:7:{duplicate.number}:citizen"
    assert told(office, "citizen", main.number)[-1].payload["state"] == "closed"


def test_a_duplicate_of_a_duplicate_hears_too(office: Office) -> None:
    middle, first = merged(office)
    main = office.file(make_draft(draft_id="third", conversation_id="conversation-3"))
    office.do(middle, Move.MERGE, ACCEPTANCE, Facts(into=main.number))
    office.bring(main, State.CLOSED)
    for order in (first, middle, main):
        assert told(office, "citizen", order.number)[-1].payload["reply"] == ANSWER.reply


def test_the_citizen_of_a_duplicate_does_not_learn_who_the_other_one_is(office: Office) -> None:
    main, duplicate = merged(office, appellant_phone="0751-0000009")
    office.bring(main, State.SIGNED)
    reply = Facts(reply="已与李小明（13900000000）联系，摊位已清理。")
    office.do(main, Move.REPLY, WANG, reply)
    office.do(main, Move.APPROVE_REPLY, AUDITOR)
    theirs = str(told(office, "citizen", duplicate.number)[-1].payload)
    assert "摊位已清理" in theirs
    assert "李小明" not in theirs
    assert "13900000000" not in theirs
    assert "13900000000" in told(office, "citizen", main.number)[-1].payload["reply"]


def test_nobody_waits_for_a_main_order_that_ended_without_a_reply(office: Office) -> None:
    for state, words in ((State.REJECTED, "12348"), (State.CLOSED_TIMEOUT, "没有继续办理")):
        main, duplicate = merged(office, draft_id=f"twin of {state}")
        office.bring(main, state)
        assert words in sentences(office, duplicate)[-1]


def test_the_unit_is_told_to_sign_and_the_helping_unit_to_help(office: Office) -> None:
    order = office.order_in(State.ACCEPTED)
    office.do(order, Move.PROPOSE, DISPATCHER, Facts(unit=LEAD, co_units=(OTHER,), opinion="示例"))
    office.do(order, Move.APPROVE, AUDITOR)
    units = {message.payload["unit"]: message.payload["text"] for message in told(office, "staff")}
    assert "请签收" in units[LEAD]
    assert f"请协助主办单位{LEAD}办理" in units[OTHER]


def test_messages_for_staff_hold_nothing_that_the_citizen_told(office: Office) -> None:
    for state in PATHS:
        office.order_in(state)
    messages = told(office, "staff")
    assert messages
    assert [secret for secret in SECRETS if secret in str([message.payload for message in messages])] == []


def test_a_bad_rating_of_a_direct_answer_goes_to_the_desk_because_no_unit_has_it(office: Office) -> None:
    office.do(office.order_in(State.ANSWERED_DIRECTLY), Move.RATE, CITIZEN, Facts(score=1))
    last = told(office, "staff")[-1].payload
    assert (last["role"], last["unit"]) == (Role.DISPATCHER, "")


def test_other_systems_hear_the_public_steps_of_the_orders_they_know(office: Office) -> None:
    order, other = office.file(), office.file()
    with transaction(office.engine) as connection:
        connection.execute(order_link.insert(), {"number": order.number, "gateway": "city", "remote_number": "C-1"})
    for each in (order, other):
        office.bring(each, State.CLOSED)
    messages = told(office, "gateway")
    assert {message.subject for message in messages} == {order.number}
    assert [message.payload["state"] for message in messages] == ["accepted", "dispatched", "signed", "closed"]
    assert (messages[-1].payload["gateway"], messages[-1].payload["remote_number"]) == ("city", "C-1")
    assert messages[-1].payload["reply"] == ANSWER.reply


def test_the_approved_reply_of_a_consultation_is_offered_to_the_knowledge_base(office: Office) -> None:
    draft = make_draft(type=OrderType.CONSULT, content="我叫李小明，示例补贴怎么申请？电话13900000000")
    order = office.bring(office.file(draft), State.CLOSED)
    office.bring(office.file(make_draft(draft_id="a complaint")), State.CLOSED)
    (message,) = told(office, "knowledge")
    assert message.subject == order.number
    assert (message.payload["reply"], message.payload["unit"]) == (ANSWER.reply, LEAD)
    assert "示例补贴怎么申请？" in message.payload["question"]
    assert "13900000000" not in str(message.payload)
    assert "李小明" not in str(message.payload)


def test_a_second_closing_is_told_again_with_a_key_of_its_own(office: Office) -> None:
    order = office.do(office.order_in(State.CLOSED), Move.RATE, CITIZEN, Facts(score=1))
    office.do(order, Move.REPLY, WANG, Facts(reply="第二次答复"))
    office.do(order, Move.APPROVE_REPLY, AUDITOR)
    closings = [message for message in told(office, "citizen") if message.payload["asks_rating"]]
    assert [message.payload["reply"] for message in closings] == [ANSWER.reply, "第二次答复"]
    assert len({message.key for message in closings}) == 2


def test_a_rating_that_a_visitor_takes_down_sends_back_as_well(office: Office) -> None:
    office.do(office.order_in(State.VISITING), Move.REDO, VISITOR, Facts(reason="电话回访：没有解决"))
    assert told(office, "citizen")[-1].payload["state"] == "redo"
    assert "电话回访" not in texts(told(office, "citizen"))


def test_the_table_of_sentences_names_moves_only() -> None:
    wording = yaml.safe_load(WORDING.read_text(encoding="utf-8"))
    moves = {move.value for move in Move}
    for table in ("citizen", "merged", "staff", "call_back"):
        assert wording[table].keys() - moves == set()


@pytest.mark.parametrize(
    ("text", "said"), [("在哪里", "在哪里。"), ("在哪里？", "在哪里？"), ("", ""), (" 好。 ", "好。")]
)
def test_a_sentence_gets_its_full_stop(text: str, said: str) -> None:
    assert ended(text) == said


def test_the_proposal_of_a_unit_is_not_told(office: Office) -> None:
    order = office.order_in(State.ACCEPTED)
    before = len(told(office, "citizen"))
    office.do(order, Move.PROPOSE, DISPATCHER, PROPOSAL)
    assert len(told(office, "citizen")) == before
