"""Danger to life is answered with the number to call, before anything else and never with a work order."""

from __future__ import annotations

import pytest

from bot.replies import Outcome
from hotline.store import list_orders
from tests.conversations.conftest import Conversation, text_of

CASES = [
    ("救命，有人掉河里了", Outcome.EMERGENCY, "119"),
    ("家里着火了快来人", Outcome.EMERGENCY, "119"),
    ("我爸突然晕倒没呼吸了", Outcome.EMERGENCY, "120"),
    ("有人拿刀砍人", Outcome.EMERGENCY, "110"),
    ("我不想活了", Outcome.SELF_HARM_OR_THREAT, "12356"),
    ("再不给我解决我就去政府门口自焚", Outcome.SELF_HARM_OR_THREAT, "110"),
]


@pytest.mark.parametrize(("message", "outcome", "number"), CASES)
async def test_an_alarm_comes_first_with_the_number_to_call(
    citizen: Conversation, message: str, outcome: Outcome, number: str
) -> None:
    turn = await citizen.say(message)
    assert turn.outcome is outcome
    assert turn.replies[0].kind == "alarm"
    assert number in turn.replies[0].text
    assert number in [call["number"] for call in turn.replies[0].data["calls"]]


@pytest.mark.parametrize(("message", "outcome", "number"), CASES)
@pytest.mark.parametrize("before", [("我要投诉",), ("我要投诉楼下烧烤店油烟大", "昨晚")])
async def test_an_alarm_inside_a_form_comes_first_and_is_no_content(
    citizen: Conversation, before: tuple[str, ...], message: str, outcome: Outcome, number: str
) -> None:
    await citizen.say(*before)
    turn = await citizen.say(message)
    assert turn.outcome is outcome
    assert turn.replies[0].kind == "alarm"
    assert number in turn.replies[0].text
    assert message not in str(turn.meta.get("slots"))


async def test_an_alarm_files_no_order(citizen: Conversation) -> None:
    before = len(list_orders(citizen.engine, limit=1000))
    await citizen.say("我要投诉", "家里着火了快来人", "提交")
    await Conversation(citizen.dialogue).say("家里着火了快来人", "好的", "提交")
    assert len(list_orders(citizen.engine, limit=1000)) == before


async def test_the_form_goes_on_after_an_alarm(citizen: Conversation) -> None:
    await citizen.say("我要投诉楼下烧烤店油烟大", "家里着火了快来人")
    turn = await citizen.say("昨晚十点，在惠民街道，不留电话")
    assert turn.outcome is Outcome.WORK_ORDER
    assert "烧烤店" in turn.meta["slots"]["content"]


async def test_an_order_can_be_filed_after_the_danger(citizen: Conversation) -> None:
    alarm = await citizen.say("楼道里着火了")
    assert "work_order" in alarm.meta["offers"]
    turn = await citizen.say(alarm.replies[0].quick_replies[0])
    assert turn.outcome is Outcome.WORK_ORDER


async def test_a_false_alarm_is_taken_calmly(citizen: Conversation) -> None:
    turn = await citizen.say("楼下着火了", "不好意思看错了，没有着火")
    assert turn.outcome is not Outcome.EMERGENCY
    assert turn.outcome is not Outcome.ERROR


@pytest.mark.parametrize(
    "message", ["火灾证明在哪里开", "急救证怎么考", "交通事故责任认定要多久", "消防安全检查怎么申请"]
)
async def test_an_ordinary_question_with_a_frightening_word_is_no_alarm(citizen: Conversation, message: str) -> None:
    turn = await citizen.say(message)
    assert turn.outcome not in (Outcome.EMERGENCY, Outcome.SELF_HARM_OR_THREAT)
    assert text_of(turn)
