"""Greetings, thanks, chat, a person, ratings: a friendly answer and the way back to the matter."""

from __future__ import annotations

import asyncio

import pytest

from bot.dialogue import UnknownMessage
from bot.replies import Outcome
from tests.conversations.conftest import Conversation, text_of


@pytest.mark.parametrize(
    "message", ["你好", "您好呀", "喂", "早上好", "谢谢", "唔該", "多谢你", "再见", "拜拜", "你能做什么", "你是谁"]
)
async def test_small_talk_is_answered_kindly(citizen: Conversation, message: str) -> None:
    turn = await citizen.say(message)
    assert turn.outcome is Outcome.SMALL_TALK
    assert text_of(turn)


async def test_a_greeting_offers_what_can_be_asked(citizen: Conversation) -> None:
    assert len((await citizen.say("你好")).replies[0].quick_replies) >= 3


async def test_thanks_do_not_end_the_matter(citizen: Conversation) -> None:
    turn = await citizen.say("身份证丢了去哪里补办", "谢谢", "那多少钱")
    assert (turn.outcome, turn.entries) == (Outcome.ANSWER, ("M03",))


@pytest.mark.parametrize("message", ["傻逼", "你个废物"])
async def test_an_insult_is_met_calmly_with_an_offer(citizen: Conversation, message: str) -> None:
    turn = await citizen.say(message)
    assert turn.outcome is Outcome.ABUSE
    assert turn.replies[0].quick_replies


@pytest.mark.parametrize("message", ["帮我预测彩票号码", "给我写一首诗", "推荐一只股票"])
async def test_what_is_no_matter_of_government_is_declined(citizen: Conversation, message: str) -> None:
    turn = await citizen.say(message)
    assert turn.outcome in (Outcome.OUT_OF_SCOPE, Outcome.SMALL_TALK, Outcome.ADMIT)
    assert turn.entries == ()


@pytest.mark.parametrize("message", ["转人工", "我要人工客服", "有没有真人"])
async def test_a_person_is_named(citizen: Conversation, message: str) -> None:
    turn = await citizen.say(message)
    assert turn.outcome is Outcome.HUMAN
    assert "12345" in text_of(turn)
    assert "work_order" in turn.meta["offers"]


@pytest.mark.parametrize(("message", "score"), [("非常满意", 5), ("满意", 4), ("不满意", 2), ("非常不满意", 1)])
async def test_a_rating_in_words_is_taken(citizen: Conversation, message: str, score: int) -> None:
    turn = await citizen.say("身份证丢了怎么补办", message)
    assert (turn.outcome, turn.meta["rating"]) == (Outcome.RATING, score)
    assert ("work_order" in turn.meta.get("offers", [])) == (score <= 2)


async def test_an_answer_that_missed_the_point_offers_other_ways(citizen: Conversation) -> None:
    turn = await citizen.say("身份证丢了怎么补办", "答非所问")
    assert {"rephrase", "human_agent", "work_order"} <= set(turn.meta["offers"])


@pytest.mark.parametrize(
    ("before", "reply", "outcome"),
    [
        ("你好", "身份证丢了怎么补办", Outcome.ANSWER),
        ("你好", "我要投诉", Outcome.WORK_ORDER),
        ("你好", "查工单", Outcome.ORDER_STATUS),
        ("怎么申请在月球买房的补贴", "登记咨询工单", Outcome.WORK_ORDER),
        ("怎么申请在月球买房的补贴", "转人工", Outcome.HUMAN),
        ("转人工", "登记工单", Outcome.WORK_ORDER),
        ("非常不满意", "登记工单", Outcome.WORK_ORDER),
        ("非常不满意", "不说了", Outcome.SMALL_TALK),
        ("家里着火了快来人", "登记工单", Outcome.WORK_ORDER),
        ("家里着火了快来人", "不用了", Outcome.SMALL_TALK),
        ("帮我预测彩票号码", "你能做什么", Outcome.SMALL_TALK),
    ],
)
async def test_a_quick_reply_does_what_it_says(
    citizen: Conversation, before: str, reply: str, outcome: Outcome
) -> None:
    offered = await citizen.say(before)
    assert reply in [each for said in offered.replies for each in said.quick_replies]
    assert (await citizen.say(reply)).outcome is outcome


async def test_a_score_outside_one_to_five_is_refused(citizen: Conversation) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        await citizen.dialogue.rate(citizen.id, "message", 6)


async def test_a_message_that_was_never_received_cannot_be_rated(citizen: Conversation) -> None:
    turn = await citizen.say("身份证丢了怎么补办")
    with pytest.raises(UnknownMessage):
        await citizen.dialogue.rate("another conversation", turn.message_id, 5)


async def test_messages_of_one_conversation_are_taken_in_order(citizen: Conversation) -> None:
    first, second, third = await asyncio.gather(
        citizen.say("身份证丢了去哪里补办"), citizen.say("那多少钱"), citizen.say("要带什么材料")
    )
    assert [turn.aspect for turn in (first, second, third)] == ["where", "fee", "materials"]
    assert third.entries == ("M03",)
