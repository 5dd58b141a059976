"""Handing a matter over: from the complaint to the receipt, its state, and every way in between."""

from __future__ import annotations

import re

import pytest

from bot.replies import Outcome
from hotline import store
from hotline.model import OrderType, Privacy, WorkOrder
from hotline.states import State
from tests.conversations.conftest import Conversation, card, text_of

COMPLAINT = "我要投诉龙归市场旁边的工地半夜施工，昨天晚上十一点开始吵"
PHONE = "13800000000"


async def file(citizen: Conversation) -> WorkOrder:
    """File the complaint and return it as stored."""
    turn = await citizen.say(COMPLAINT, PHONE, "保密", "提交")
    assert turn.meta.get("work_order") == "submitted"
    return store.get(citizen.engine, card(turn, "receipt").data["number"])


def orders_of(citizen: Conversation) -> list[WorkOrder]:
    orders = store.list_orders(citizen.engine, limit=1000)
    return [order for order in orders if order.conversation_id == citizen.id]


async def test_a_complaint_ends_in_a_receipt_with_number_code_and_deadline(citizen: Conversation) -> None:
    turn = await citizen.say(COMPLAINT, PHONE, "保密", "提交")
    receipt = card(turn, "receipt")
    assert re.fullmatch(r"WJ\d{13}", receipt.data["number"])
    assert re.fullmatch(r"\d{6}", receipt.data["query_code"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", receipt.data["due_on"])
    assert receipt.data["limit_text"] == "15个工作日"
    for part in ("number", "query_code", "due_on"):
        assert receipt.data[part] in receipt.text
    assert turn.meta["tells_deadline"]


async def test_the_order_is_stored_as_told_with_its_history(citizen: Conversation) -> None:
    order = await file(citizen)
    assert order.state is State.SUBMITTED
    assert (order.type, order.town, order.privacy) == (OrderType.COMPLAINT, "龙归镇", Privacy.CONFIDENTIAL)
    assert order.town_code == "440203102000"
    assert order.appellant_phone == PHONE
    assert "龙归市场" in order.location
    assert "昨天晚上十一点" in order.incident_time
    assert "半夜施工" in order.content
    history = store.history(citizen.engine, order.number)
    assert [event.to_state for event in history][-1] is State.SUBMITTED


async def test_nothing_is_filed_before_all_was_read_back_and_confirmed(citizen: Conversation) -> None:
    turn = await citizen.say(COMPLAINT, PHONE, "保密")
    assert turn.meta["work_order"] == "confirming"
    for part in ("龙归", "半夜施工", "昨天晚上十一点", PHONE, "保密"):
        assert part in text_of(turn)
    assert orders_of(citizen) == []


async def test_the_form_asks_one_thing_at_a_time_and_takes_facts_in_any_order(citizen: Conversation) -> None:
    asked = [(await citizen.say("我要投诉")).meta["asks"]]
    for message in ("工地半夜施工吵得睡不着", f"保密，电话{PHONE}", "昨天晚上十一点", "龙归市场旁边"):
        asked.append((await citizen.say(message)).meta["asks"])
    assert asked == ["content", "location", "location", "location", "confirm"]


async def test_the_form_card_masks_the_phone(citizen: Conversation) -> None:
    turn = await citizen.say(COMPLAINT, PHONE)
    progress = card(turn, "form").data["progress"]
    assert progress["phone"] == "138****0000"
    assert progress["town"] == "龙归镇"


async def test_the_state_is_shown_for_number_and_code(citizen: Conversation) -> None:
    order = await file(citizen)
    turn = await Conversation(citizen.dialogue).say(f"查工单 {order.number} {order.query_code}")
    assert turn.outcome is Outcome.ORDER_STATUS
    status = card(turn, "order_status").data
    assert (status["number"], status["state"]) == (order.number, "submitted")
    assert status["history"]
    assert status["due_on"] == order.due_on.isoformat()


async def test_number_and_code_may_come_in_two_messages(citizen: Conversation) -> None:
    order = await file(citizen)
    other = Conversation(citizen.dialogue)
    assert (await other.say("查工单")).meta["asks"] == "order_no"
    assert (await other.say(order.number)).meta["asks"] == "query_code"
    assert card(await other.say(order.query_code), "order_status").data["number"] == order.number


async def test_a_wrong_code_reveals_nothing(citizen: Conversation) -> None:
    order = await file(citizen)
    wrong = f"{(int(order.query_code) + 1) % 1_000_000:06d}"
    turn = await Conversation(citizen.dialogue).say(f"查工单 {order.number} {wrong}")
    assert turn.meta["result"] == "not_found"
    said = text_of(turn)
    for secret in ("龙归", "施工", order.state.public_label, order.due_on.isoformat(), order.query_code, PHONE):
        assert secret not in said


async def test_a_wrong_code_and_an_unknown_number_sound_the_same(citizen: Conversation) -> None:
    order = await file(citizen)
    wrong = f"{(int(order.query_code) + 1) % 1_000_000:06d}"
    known = await Conversation(citizen.dialogue).say(f"查工单 {order.number} {wrong}")
    unknown = await Conversation(citizen.dialogue).say(f"查工单 WJ2020010199999 {wrong}")
    assert text_of(known) == text_of(unknown)


async def test_the_state_never_shows_who_filed(citizen: Conversation) -> None:
    order = await file(citizen)
    turn = await Conversation(citizen.dialogue).say(f"查工单 {order.number} {order.query_code}")
    assert PHONE not in text_of(turn) + str([reply.data for reply in turn.replies])


async def test_the_one_who_filed_may_urge_without_the_code(citizen: Conversation) -> None:
    order = await file(citizen)
    turn = await citizen.say("催一下")
    assert turn.meta["work_order"] == "urged"
    assert any(event.kind.value == "urge" for event in store.history(citizen.engine, order.number))


async def test_an_outsider_who_only_knows_the_number_may_not_urge(citizen: Conversation) -> None:
    order = await file(citizen)
    outsider = Conversation(citizen.dialogue)
    await outsider.say(f"查工单 {order.number}", "催一下这个工单", f"催一下 {order.number}")
    assert outsider.last.meta.get("work_order") != "urged"
    assert order.due_on.isoformat() not in text_of(outsider.last)
    assert all(event.kind.value != "urge" for event in store.history(citizen.engine, order.number))


async def test_urging_an_unknown_number_is_answered(citizen: Conversation) -> None:
    turn = await citizen.say("催一下 WJ2020010199999")
    assert turn.outcome is Outcome.ORDER_STATUS


async def test_a_guide_question_in_between_is_answered_and_the_form_goes_on(citizen: Conversation) -> None:
    turn = await citizen.say(COMPLAINT, "补办身份证要多少钱")
    assert (turn.outcome, turn.entries[0]) == (Outcome.ANSWER, "M03")
    assert turn.meta["form"] == "kept"
    assert turn.meta["asks"] == "phone"
    assert "身份证" not in turn.meta["slots"]["content"]
    assert (await citizen.say(PHONE, "保密", "提交")).meta["work_order"] == "submitted"


@pytest.mark.parametrize("messages", [(), ("昨天晚上，在龙归市场",), ("昨天晚上，在龙归市场", PHONE, "保密")])
async def test_a_form_can_be_cancelled_at_any_point(citizen: Conversation, messages: tuple[str, ...]) -> None:
    turn = await citizen.say("我要投诉工地半夜施工", *messages, "取消")
    assert turn.meta["work_order"] == "cancelled"
    assert orders_of(citizen) == []
    assert (await citizen.say("身份证丢了怎么补办")).outcome is Outcome.ANSWER


async def test_nothing_of_a_cancelled_form_comes_back(citizen: Conversation) -> None:
    turn = await citizen.say(COMPLAINT, PHONE, "取消", "我要投诉")
    assert turn.meta["slots"]["content"] == ""
    assert turn.meta["slots"]["phone"] == ""


async def test_a_correction_is_taken_and_read_back(citizen: Conversation) -> None:
    turn = await citizen.say(COMPLAINT, PHONE, "保密", "不是龙归镇，是江湾镇")
    assert turn.meta["slots"]["town"] == "江湾镇"
    assert "江湾镇" in text_of(turn)
    turn = await citizen.say("电话改成13900000001", "提交")
    order = store.get(citizen.engine, card(turn, "receipt").data["number"])
    assert (order.town, order.appellant_phone) == ("江湾镇", "13900000001")


@pytest.mark.parametrize("message", ["不可以", "先别交", "等一下"])
async def test_a_no_after_reading_back_does_not_submit(citizen: Conversation, message: str) -> None:
    turn = await citizen.say(COMPLAINT, PHONE, "保密", message)
    assert turn.meta["asks"] == "confirm"
    assert orders_of(citizen) == []


async def test_a_refused_phone_is_respected(citizen: Conversation) -> None:
    turn = await citizen.say(COMPLAINT, "不方便留电话")
    assert turn.meta["accepts_refusal"]
    assert turn.meta["asks"] == "privacy"


async def test_an_invalid_phone_is_said_and_asked_again(citizen: Conversation) -> None:
    turn = await citizen.say(COMPLAINT, "1380000000")
    assert "1380000000" in text_of(turn)
    assert turn.meta["asks"] == "phone"


@pytest.mark.parametrize(
    "message", ["不服法院判决，我要投诉", "我要投诉法院判决不公", "我要投诉，法院已经判决了对方还不还钱"]
)
async def test_what_the_hotline_does_not_accept_is_refused_with_reason_and_channel(
    citizen: Conversation, message: str
) -> None:
    turn = await citizen.say(message)
    assert turn.outcome is Outcome.OUT_OF_SCOPE
    assert turn.meta["reject_reason"]
    assert "12368" in text_of(turn)
    assert orders_of(citizen) == []


async def test_an_unanswered_question_is_registered_as_a_consultation(citizen: Conversation) -> None:
    turn = await citizen.say("怎么申请在月球买房的补贴", "登记咨询工单")
    assert turn.meta["order_type"] == "consult"
    assert "月球" in turn.meta["slots"]["content"]
    turn = await citizen.say("不留", "公开", "提交")
    receipt = card(turn, "receipt").data
    assert receipt["limit_text"] == "2个工作日"
    order = store.get(citizen.engine, receipt["number"])
    assert order.type is OrderType.CONSULT
    assert order.content.startswith("怎么申请在月球买房的补贴")


@pytest.mark.parametrize("message", ["好的，登记", "要", "帮我登记吧"])
async def test_agreeing_to_the_offer_begins_the_form(citizen: Conversation, message: str) -> None:
    turn = await citizen.say("怎么申请在月球买房的补贴", message)
    assert turn.outcome is Outcome.WORK_ORDER
    assert "月球" in turn.meta["slots"]["content"]


@pytest.mark.parametrize(
    ("message", "order_type"),
    [
        ("我要投诉", "complaint"),
        ("我想投诉", "complaint"),
        ("我要投诉惠民街道夜宵摊占道，昨天晚上，电话13800000000，保密", "complaint"),
        ("我要举报龙归镇有人无证行医", "report"),
        ("路灯坏了好几天，麻烦派人来修一下", "help"),
        ("建议在西联镇多装几盏路灯", "suggestion"),
        ("我要表扬新华街道办事大厅的工作人员", "praise"),
    ],
)
async def test_each_kind_of_matter_begins_a_form_of_its_type(
    citizen: Conversation, message: str, order_type: str
) -> None:
    turn = await citizen.say(message)
    assert turn.outcome is Outcome.WORK_ORDER
    assert turn.meta["order_type"] == order_type


async def test_a_suggestion_is_not_asked_for_place_and_time(citizen: Conversation) -> None:
    turn = await citizen.say("建议在西联镇多装几盏路灯")
    assert turn.meta["asks"] == "phone"


async def test_two_orders_of_one_conversation_have_numbers_of_their_own(citizen: Conversation) -> None:
    first, second = await file(citizen), await file(citizen)
    assert first.number != second.number
    assert len(orders_of(citizen)) == 2


async def test_after_the_receipt_the_next_question_is_answered(citizen: Conversation) -> None:
    await file(citizen)
    turn = await citizen.say("身份证丢了怎么补办")
    assert (turn.outcome, turn.entries[0]) == (Outcome.ANSWER, "M03")
