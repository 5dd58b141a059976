"""What a citizen says to an order that was filed: rating it, answering the office, taking it back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from actions.order_rating import NEW_MATTER
from bot.channels.web.notices import turn_from
from bot.channels.web.transcript import Transcript
from bot.dialogue import UnknownMessage
from bot.replies import Outcome, RatingRefused
from hotline import store
from hotline.model import EventKind, WorkOrder
from hotline.moves import Facts, Move
from hotline.people import SYSTEM
from hotline.states import State
from storage.outbox import list_messages
from tests.conversations.conftest import Conversation, Talk, card, text_of
from tests.conversations.test_work_orders import file
from tests.hotline.cast import ACCEPTANCE, ANSWER, AUDITOR, VISITOR, WANG, Office


class PresentOffice(Office):
    """The staff now, when the conversation takes place."""

    def tick(self) -> datetime:
        return datetime.now(UTC)


def office_of(citizen: Conversation) -> Office:
    return PresentOffice(citizen.engine)


async def filed_in(citizen: Conversation, state: State) -> WorkOrder:
    """李 filed it in this conversation, and the staff brought it to this state."""
    return office_of(citizen).bring(await file(citizen), state)


def now(citizen: Conversation, order: WorkOrder) -> WorkOrder:
    return store.get(citizen.engine, order.number)


@pytest.mark.parametrize(
    ("message", "score", "state"),
    [
        ("非常满意", 5, State.EVALUATED),
        ("满意", 4, State.EVALUATED),
        ("基本满意", 3, State.EVALUATED),
        ("不满意", 2, State.REDO),
        ("非常不满意", 1, State.REDO),
        ("对工单不满意", 2, State.REDO),
        ("谢谢，非常满意", 5, State.EVALUATED),
    ],
)
async def test_the_result_is_rated_in_words(citizen: Conversation, message: str, score: int, state: State) -> None:
    order = await filed_in(citizen, State.CLOSED)
    turn = await citizen.say(message)
    assert (turn.outcome, turn.meta["rating"]) == (Outcome.RATING, score)
    assert order.number in text_of(turn)
    assert (now(citizen, order).state, now(citizen, order).satisfaction) == (state, score)


async def test_a_low_rating_is_told_as_redo_and_its_reason_is_kept(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    assert "重新办理" in text_of(await citizen.say("不满意"))
    turn = await citizen.say("根本没人来处理，还是每天吵")
    assert turn.meta["rating_reason"]
    last = store.history(citizen.engine, order.number)[-1]
    assert (last.kind, last.reason) == (EventKind.NOTE, "根本没人来处理，还是每天吵")


async def test_the_reason_may_come_with_the_rating(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    await citizen.say("不满意，没人来")
    assert now(citizen, order).rating_text == "不满意，没人来"
    assert now(citizen, order).state is State.REDO


async def test_nobody_is_pressed_for_a_reason(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    await citizen.say("不满意", "不说了")
    assert [event.kind for event in store.history(citizen.engine, order.number)].count(EventKind.NOTE) == 0


async def test_a_closing_is_rated_once_in_words(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    turn = await citizen.say("非常满意", f"给工单 {order.number} {order.query_code} 打不满意")
    assert "已经有评价" in text_of(turn)
    assert now(citizen, order).satisfaction == 5


async def test_a_rating_after_an_answer_is_about_the_answer(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    turn = await citizen.say("身份证丢了怎么补办", "不满意")
    assert turn.outcome is Outcome.RATING
    assert now(citizen, order).state is State.CLOSED


async def test_a_rating_after_the_state_was_shown_is_about_the_order(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    await citizen.say("身份证丢了怎么补办", f"查工单 {order.number} {order.query_code}", "满意")
    assert now(citizen, order).satisfaction == 4


async def test_with_number_and_code_anybody_who_has_them_rates(citizen: Conversation, talk: Talk) -> None:
    order = await filed_in(citizen, State.CLOSED)
    turn = await talk().say(f"给工单 {order.number} {order.query_code} 打不满意")
    assert turn.meta["rated_order"] == order.number
    assert now(citizen, order).state is State.REDO


@pytest.mark.parametrize("wrong", ["", "000000"])
async def test_an_outsider_who_only_knows_the_number_cannot_rate(citizen: Conversation, talk: Talk, wrong: str) -> None:
    order = await filed_in(citizen, State.CLOSED)
    outsider = talk()
    await outsider.say(f"工单 {order.number} {wrong} 我不满意", "不满意", "对工单不满意")
    assert now(citizen, order).state is State.CLOSED


async def test_an_unsolved_matter_is_shown_the_way_to_redo(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    turn = await citizen.say("问题没解决，再反映一次")
    assert "不满意" in text_of(turn)
    await citizen.say("不满意")
    assert now(citizen, order).state is State.REDO


async def test_an_unsolved_matter_that_was_rated_is_filed_again(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    turn = await citizen.say("满意", f"查工单 {order.number} {order.query_code}", "问题没解决，再反映一次")
    assert turn.outcome is Outcome.WORK_ORDER


@pytest.mark.parametrize(
    "message",
    [
        "在示例路3号门口",
        "每天晚上11点到凌晨2点",
        "车牌是粤F00000",
        "13800000000",
        "示例小区3栋楼下的烧烤店，老板姓王",
        "是一只黑色的大狗",
        "昨天我在家听到的",
        "没有营业执照的那家",
        "他们还在施工，噪音很大",
    ],
)
async def test_what_the_office_asked_for_is_handed_on(citizen: Conversation, message: str) -> None:
    order = await filed_in(citizen, State.NEED_INFO)
    turn = await citizen.say(message)
    assert turn.meta["work_order"] == "supplemented"
    assert message in text_of(turn)
    assert "待受理" in text_of(turn)
    assert now(citizen, order).state is State.SUBMITTED
    assert message in now(citizen, order).content


async def test_a_yes_answers_only_a_question_for_yes_or_no(citizen: Conversation) -> None:
    office, order = office_of(citizen), await file(citizen)
    office.do(order, Move.ASK_INFO, ACCEPTANCE, Facts(reason="具体在哪里？"))
    assert "具体在哪里？" in text_of(await citizen.say("好的"))
    assert now(citizen, order).state is State.NEED_INFO
    await citizen.say("在示例路3号门口")
    office.do(order, Move.ASK_INFO, ACCEPTANCE, Facts(reason="现在还在施工吗？"))
    await citizen.say("是的")
    assert now(citizen, order).state is State.SUBMITTED


@pytest.mark.parametrize("message", ["身份证丢了怎么补办", "你好", "我要投诉另外一件事", "查工单"])
async def test_another_matter_is_not_taken_for_the_answer(citizen: Conversation, message: str) -> None:
    order = await filed_in(citizen, State.NEED_INFO)
    turn = await citizen.say(message)
    assert turn.meta.get("work_order") != "supplemented"
    assert now(citizen, order).state is State.NEED_INFO


async def test_an_emergency_comes_before_everything(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.NEED_INFO)
    assert (await citizen.say("着火了，快来人")).outcome is Outcome.EMERGENCY
    assert now(citizen, order).state is State.NEED_INFO


async def test_a_supplement_from_elsewhere_needs_number_and_code(citizen: Conversation, talk: Talk) -> None:
    order = await filed_in(citizen, State.NEED_INFO)
    wrong = f"{(int(order.query_code) + 1) % 1_000_000:06d}"
    await talk().say(f"补充 {order.number} {wrong} 地点是示例路3号", "地点是示例路3号")
    assert now(citizen, order).state is State.NEED_INFO
    turn = await talk().say(f"补充 {order.number} {order.query_code} 地点是示例路3号")
    assert turn.meta["work_order"] == "supplemented"
    assert now(citizen, order).content.endswith("地点是示例路3号")


async def test_the_state_shows_the_question_of_the_office(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.NEED_INFO)
    turn = await citizen.say(f"查工单 {order.number} {order.query_code}")
    assert card(turn, "order_status").data["question"] == "具体在哪里？"
    assert "具体在哪里？" in text_of(turn)


@pytest.mark.parametrize("begin", [State.SUBMITTED, State.NEED_INFO])
@pytest.mark.parametrize("words", ["撤回我的投诉", "取消工单", "把这个单子作废", "不投诉了"])
async def test_an_order_is_taken_back_after_asking(citizen: Conversation, begin: State, words: str) -> None:
    order = await filed_in(citizen, begin)
    turn = await citizen.say(words)
    assert order.number in text_of(turn)
    assert now(citizen, order).state is begin
    turn = await citizen.say(turn.replies[-1].quick_replies[0])
    assert turn.meta["work_order"] == "withdrawn"
    assert now(citizen, order).state is State.CANCELLED


async def test_a_withdrawal_can_be_dropped(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.SUBMITTED)
    turn = await citizen.say("撤回我的投诉")
    await citizen.say(turn.replies[-1].quick_replies[1])
    assert now(citizen, order).state is State.SUBMITTED


async def test_an_accepted_order_is_not_taken_back(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.SIGNED)
    assert "不能在这里撤回" in text_of(await citizen.say("撤回我的投诉"))
    assert now(citizen, order).state is State.SIGNED


async def test_without_an_order_a_withdrawal_is_just_a_never_mind(citizen: Conversation) -> None:
    assert (await citizen.say("取消")).outcome is Outcome.SMALL_TALK


@pytest.mark.parametrize("state", [State.PENDING_AUDIT, State.REPLIED, State.REDO, State.EXTENSION_REQ])
async def test_the_state_tells_no_inner_step_and_no_reply_before_it_is_approved(
    citizen: Conversation, state: State
) -> None:
    order = await filed_in(citizen, state)
    turn = await citizen.say(f"查工单 {order.number} {order.query_code}")
    shown = text_of(turn) + str(card(turn, "order_status").data)
    assert [word for word in ("审核", "拟办", "延期", state.value, str(ANSWER.reply)) if word in shown] == []


async def test_the_citizen_of_a_duplicate_sees_what_became_of_it(citizen: Conversation, talk: Talk) -> None:
    office, main = office_of(citizen), await file(citizen)
    twin = talk()
    duplicate = await file(twin)
    office.do(duplicate, Move.MERGE, ACCEPTANCE, Facts(into=main.number))
    office.bring(main, State.CLOSED)
    turn = await twin.say(f"查工单 {duplicate.number} {duplicate.query_code}")
    assert card(turn, "order_status").data["state_label"] == "已与同一诉求合并办理（已办结）"
    assert ANSWER.reply in text_of(turn)
    assert main.number not in text_of(turn)


async def test_after_the_default_rating_the_citizen_is_told_that_it_is_late(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.VISITING)
    office_of(citizen).do(order, Move.RATE, SYSTEM, Facts(score=3, is_default=True))
    assert "已经有评价" in text_of(await citizen.say("我对工单的处理结果不满意"))


@pytest.mark.parametrize("message", ["投诉物业乱收费，业主都不满意", "我要投诉，医院没处理好"])
async def test_a_new_complaint_is_not_taken_for_a_rating(citizen: Conversation, message: str) -> None:
    order = await filed_in(citizen, State.CLOSED)
    assert (await citizen.say(message)).outcome is Outcome.WORK_ORDER
    assert now(citizen, order).state is State.CLOSED


async def test_the_second_closing_is_rated_anew(citizen: Conversation) -> None:
    order, office = await filed_in(citizen, State.CLOSED), office_of(citizen)
    await citizen.say("不满意", "不说了")
    office.do(order, Move.REPLY, WANG, Facts(reply="第二次答复"))
    office.do(order, Move.APPROVE_REPLY, AUDITOR)
    await citizen.say("非常满意")
    assert (now(citizen, order).state, now(citizen, order).satisfaction) == (State.EVALUATED, 5)


@pytest.mark.parametrize("message", ["我要投诉", "另外还有一件事", "想求助"])
def test_words_that_begin_a_new_matter(message: str) -> None:
    assert NEW_MATTER.search(message)


def notice_of(citizen: Conversation) -> str:
    """The last notice as the outbox has it, put into the conversation; its message id."""
    message = [
        each
        for each in list_messages(citizen.engine, states=("waiting",), target="citizen", limit=1000)
        if each.payload["conversation_id"] == citizen.id
    ][-1]
    turn = turn_from(message.payload, message.key)
    payload = {"kind": "turn", "reply_to": None, "notice_key": message.key, "result": turn.to_json()}
    Transcript(citizen.engine).append(citizen.id, "out", payload, message.created_at, "web")
    return turn.message_id


async def test_the_buttons_of_the_notice_rate_the_order_once(citizen: Conversation) -> None:
    order = await filed_in(citizen, State.CLOSED)
    notice = notice_of(citizen)
    await citizen.dialogue.rate(citizen.id, notice, 5)
    assert now(citizen, order).satisfaction == 5
    await citizen.dialogue.rate(citizen.id, notice, 5)  # sent again after a broken line
    with pytest.raises(RatingRefused, match="已经有评价"):
        await citizen.dialogue.rate(citizen.id, notice, 1)
    assert now(citizen, order).state is State.EVALUATED


async def test_the_buttons_of_the_first_closing_do_not_rate_the_second(citizen: Conversation) -> None:
    order, office = await filed_in(citizen, State.CLOSED), office_of(citizen)
    notice = notice_of(citizen)
    office.do(order, Move.START_VISIT, VISITOR)
    office.do(order, Move.REDO, VISITOR, Facts(reason="电话回访：没有解决"))
    with pytest.raises(RatingRefused, match="现在不能评价"):
        await citizen.dialogue.rate(citizen.id, notice, 1)
    office.do(order, Move.REPLY, WANG, Facts(reply="第二次答复"))
    office.do(order, Move.APPROVE_REPLY, AUDITOR)
    with pytest.raises(RatingRefused):
        await citizen.dialogue.rate(citizen.id, notice, 1)
    await citizen.dialogue.rate(citizen.id, notice_of(citizen), 4)
    assert now(citizen, order).satisfaction == 4


async def test_another_conversation_has_no_such_notice(citizen: Conversation, talk: Talk) -> None:
    order = await filed_in(citizen, State.CLOSED)
    notice = notice_of(citizen)
    with pytest.raises(UnknownMessage):
        await citizen.dialogue.rate(talk().id, notice, 1)
    assert now(citizen, order).state is State.CLOSED
