"""Whatever is sent, a clear Chinese answer comes back and the conversation goes on."""

from __future__ import annotations

import re

import pytest

from bot.replies import Outcome
from hotline.store import list_orders
from tests.conversations.conftest import Conversation, text_of

HOSTILE = {
    "empty": "",
    "spaces": " 　\t\n ",
    "100 kB": "我要办身份证，" * 14_000,
    "100 kB without a break": "投" * 100_000,
    "null characters": "\x00\x00身份\x00证\x00",
    "only null characters": "\x00" * 50,
    "emoji only": "😀😡🔥👨‍👩‍👧‍👦🇨🇳",
    "right-to-left override": "\u202e证份身办补\u202c",
    "only overrides": "\u202e\u202d\u2066\u2069",
    "control characters": "\x07\x1b[31m身份证\x1b[0m\x08\x7f",
    "zero-width": "身\u200b份\u200d证\ufeff",
    "only zero-width": "\u200b\u200c\u200d\u2060\ufeff",
    "half a surrogate pair": "身份证\ud83d",
    "restart": "/restart",
    "session start": "/session_start",
    "intent payload": '/complain{"town": "龙归镇"}',
    "unknown payload": '/intent{"a":1}',
    "full-width slash": "／restart",
    "many slashes": "///////",
    "html": "<b>身份证</b><img src=x onerror=alert(1)>",
    "script": "<script>alert(document.cookie)</script>",
    "sql": "'; DROP TABLE work_order; --",
    "json": '{"text": null, "sender": ["a", {"b": 1}]}',
    "template": "{message} {0} %s ${jndi:ldap://x} {{7*7}}",
    "very long word": "a" * 5_000,
    "only punctuation": "。。。？？？！！！……——",
    "digits": "8" * 300,
    "combining marks": "身" + "\u0301" * 400,
    "other scripts": "Здравствуйте مرحبا สวัสดี",
    "private use": "\ue000\ue001\uf8ff",
}


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE.keys())
async def test_every_input_gets_a_chinese_answer_and_the_next_question_is_answered(
    citizen: Conversation, message: str
) -> None:
    turn = await citizen.say(message)
    assert turn.outcome is not Outcome.ERROR
    assert turn.replies
    assert all(re.search(r"[\u4e00-\u9fff]", reply.text) for reply in turn.replies)
    after = await citizen.say("身份证丢了怎么补办")
    assert (after.outcome, after.entries[0]) in ((Outcome.ANSWER, "M03"), (Outcome.WORK_ORDER, "M03"))


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE.keys())
async def test_every_input_inside_a_form_is_answered_and_the_form_can_be_cancelled(
    citizen: Conversation, message: str
) -> None:
    await citizen.say("我要投诉")
    turn = await citizen.say(message)
    assert turn.outcome is not Outcome.ERROR
    assert text_of(turn)
    assert (await citizen.say("取消")).meta.get("work_order") == "cancelled"


@pytest.mark.parametrize("payload", ["/restart", "/session_start", "/action_listen", "/back"])
async def test_a_slash_means_nothing(citizen: Conversation, payload: str) -> None:
    turn = await citizen.say("身份证丢了去哪里补办", payload, "那多少钱")
    assert (turn.outcome, turn.entries) == (Outcome.ANSWER, ("M03",))


@pytest.mark.parametrize("payload", ["/complain", '/complain{"town": "龙归镇"}', "/query_order"])
async def test_a_payload_is_not_obeyed_as_an_intent(citizen: Conversation, payload: str) -> None:
    turn = await citizen.say(payload)
    assert turn.meta["intent"]["confidence"] < 1.0


async def test_hostile_text_is_stored_in_an_order_as_plain_text(citizen: Conversation) -> None:
    content = "楼下'; DROP TABLE work_order; -- <script>alert(1)</script>噪音扰民"
    await citizen.say("我要投诉", content, "龙归镇示例路1号", "昨晚", "不留电话", "公开", "提交")
    assert citizen.last.meta["work_order"] == "submitted"
    (order,) = [each for each in list_orders(citizen.engine, limit=1000) if each.conversation_id == citizen.id]
    assert content in order.content


async def test_an_odd_conversation_id_is_only_a_name(citizen: Conversation) -> None:
    citizen.id = "'; DROP TABLE events; -- ../../\u202e😀"
    turn = await citizen.say("身份证丢了怎么补办")
    assert turn.outcome is Outcome.ANSWER
