"""From the outbox into the conversation: at once on an open page, at the next visit otherwise, once in any case."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.channels.web.channel import CONVERSATIONS
from bot.channels.web.notices import CitizenNotices, turn_from
from storage.delivery import DeliveryFailed, OutboxMessage, deliver
from storage.engine import transaction
from storage.outbox import list_messages, post
from tests.bot.channels.browser_double import all_messages, begin, client_id, connect, receive, say
from tests.bot.channels.fake_dialogue import RATED_BEFORE, FakeDialogue

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
NUMBER = "WJ2026030500001"
KEY = f"{NUMBER}:7:citizen"


def payload(conversation_id: str, **changes: Any) -> dict[str, Any]:
    told = {
        "conversation_id": conversation_id,
        "number": NUMBER,
        "state": "closed",
        "state_label": "已办结",
        "at": NOW.isoformat(),
        "sentence": f"工单 {NUMBER} 已办结。",
        "text": f"工单 {NUMBER} 已办结。\n示例单位的答复：已清理。",
        "unit": "示例单位",
        "reply": "已清理。",
        "question": "",
        "due_on": "",
        "asks_rating": True,
    }
    return told | changes


def message(conversation_id: str, **changes: Any) -> OutboxMessage:
    told = payload(conversation_id, **changes)
    return OutboxMessage(1, KEY, "citizen", NUMBER, told, NOW, NOW, 0, "waiting", None, "")


async def talking(client: Any) -> tuple[str, Any]:
    """A conversation in which something was said, and its open page."""
    conversation = (await begin(client))["conversation"]
    socket = await connect(client)
    await say(socket, "你好")
    await receive(socket, 2)
    return conversation, socket


async def test_an_open_page_gets_the_notice_at_once(client: Any) -> None:
    conversation, socket = await talking(client)
    await CitizenNotices(client.app[CONVERSATIONS]).deliver(message(conversation))
    (told,) = await receive(socket, 1)
    (reply,) = told["result"]["replies"]
    assert (told["reply_to"], reply["kind"], told["result"]["outcome"]) == (None, "order_notice", "order_status")
    assert reply["text"].endswith("示例单位的答复：已清理。")
    assert reply["data"]["ratable"]
    assert "notice_key" not in json.dumps(told)


async def test_a_closed_page_gets_it_at_the_next_visit(client: Any) -> None:
    conversation, socket = await talking(client)
    await socket.close()
    await CitizenNotices(client.app[CONVERSATIONS]).deliver(message(conversation))
    again = await connect(client, last_seq=2)
    (told,) = await receive(again, 1)
    assert told["result"]["replies"][0]["data"]["reply"] == "已清理。"


async def test_the_page_on_another_worker_gets_it(start: Any) -> None:
    here, there = await start(), await start()
    conversation, socket = await talking(here)
    await CitizenNotices(there.app[CONVERSATIONS]).deliver(message(conversation))
    (told,) = await receive(socket, 1)
    assert told["seq"] == 3


async def test_two_workers_that_deliver_at_once_tell_it_once(start: Any) -> None:
    here, there = await start(), await start()
    conversation, _ = await talking(here)
    workers = [CitizenNotices(client.app[CONVERSATIONS]) for client in (here, there, here, there)]
    await asyncio.gather(*(worker.deliver(message(conversation)) for worker in workers))
    assert len(await all_messages(here)) == 3


async def test_a_message_of_the_outbox_is_delivered_and_settled(client: Any, engine: Engine) -> None:
    conversation, _ = await talking(client)
    with transaction(engine) as connection:
        post(connection, key=KEY, target="citizen", subject=NUMBER, payload=payload(conversation), now=NOW)
    done = await deliver(engine, {"citizen": CitizenNotices(client.app[CONVERSATIONS])}, now=NOW)
    assert done.delivered == 1
    assert [each["kind"] for each in await all_messages(client)] == ["text", "turn", "turn"]


async def test_a_deleted_conversation_is_a_dead_letter_that_staff_can_see(client: Any, engine: Engine) -> None:
    with transaction(engine) as connection:
        post(connection, key=KEY, target="citizen", subject=NUMBER, payload=payload("gone"), now=NOW)
    await deliver(engine, {"citizen": CitizenNotices(client.app[CONVERSATIONS])}, now=NOW)
    (dead,) = list_messages(engine, states=("dead",))
    assert "会话已经删除" in dead.last_error


def test_what_is_no_notice_is_refused_without_another_try() -> None:
    with pytest.raises(DeliveryFailed) as refused:
        turn_from({"number": NUMBER}, KEY)
    assert not refused.value.retry


def test_the_same_message_has_the_same_id() -> None:
    first, again = turn_from(payload("a"), KEY), turn_from(payload("a"), KEY)
    other = turn_from(payload("a"), f"{NUMBER}:8:citizen")
    assert first.message_id == again.message_id != other.message_id


async def test_the_notice_is_rated_once(client: Any, dialogue: FakeDialogue) -> None:
    conversation, socket = await talking(client)
    await CitizenNotices(client.app[CONVERSATIONS]).deliver(message(conversation))
    (told,) = await receive(socket, 1)
    rating = {"message_id": told["result"]["message_id"], "score": 2}
    assert (await client.post("/chat/ratings", json=rating)).status == 201
    assert dialogue.ratings == [(conversation, rating["message_id"], 2)]
    refused = await client.post("/chat/ratings", json=rating)
    assert refused.status == 409
    assert (await refused.json())["error"] == {"code": "conflict", "message": RATED_BEFORE}


async def test_another_conversation_cannot_rate_the_notice(start: Any, dialogue: FakeDialogue) -> None:
    owner, outsider = await start(), await start()
    conversation, _ = await talking(owner)
    await talking(outsider)
    await CitizenNotices(owner.app[CONVERSATIONS]).deliver(message(conversation))
    rating = {"message_id": turn_from(payload(conversation), KEY).message_id, "score": 1}
    assert (await outsider.post("/chat/ratings", json=rating)).status == 404
    assert dialogue.ratings == []


async def test_a_notice_in_between_leaves_the_answer_to_the_running_turn(client: Any, dialogue: FakeDialogue) -> None:
    conversation, socket = await talking(client)
    dialogue.gate.clear()
    await say(socket, "身份证丢了", client_id())
    await receive(socket, 1)
    await CitizenNotices(client.app[CONVERSATIONS]).deliver(message(conversation))
    dialogue.gate.set()
    notice, answer = await receive(socket, 2)
    assert (notice["reply_to"], answer["reply_to"]) == (None, 3)
