"""Nothing lost, nothing doubled, one turn at a time: broken lines, resends, two workers, a worker that died."""

from __future__ import annotations

import asyncio
from typing import Any

from bot.channels.web import turns
from bot.channels.web.channel import CONVERSATIONS
from bot.replies import Outcome, Reply, TurnResult
from tests.bot.channels.browser_double import all_messages, begin, client_id, connect, receive, say
from tests.bot.channels.fake_dialogue import FakeDialogue


def kinds(messages: list[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(message["seq"], message["kind"]) for message in messages]


async def test_what_was_missed_is_replayed(client: Any) -> None:
    await begin(client)
    first = await connect(client)
    await say(first, "你好")
    await receive(first, 2)
    await say(first, "身份证丢了")
    await first.close()
    second = await connect(client, last_seq=2)
    assert kinds(await receive(second, 2)) == [(3, "text"), (4, "turn")]


async def test_an_answer_is_kept_when_the_line_breaks_during_the_turn(client: Any, dialogue: FakeDialogue) -> None:
    await begin(client)
    dialogue.gate.clear()
    first = await connect(client)
    await say(first, "你好")
    await receive(first, 1)
    await first.close()
    dialogue.gate.set()
    second = await connect(client, last_seq=1)
    assert kinds(await receive(second, 1)) == [(2, "turn")]


async def test_a_resend_is_not_a_second_message(client: Any, dialogue: FakeDialogue) -> None:
    await begin(client)
    socket = await connect(client)
    identifier = await say(socket, "我要投诉")
    await receive(socket, 2)
    await say(socket, "我要投诉", identifier)
    posted = await client.post("/chat/messages", json={"client_id": identifier, "text": "我要投诉"})
    assert (await posted.json())["seq"] == 1
    assert len(dialogue.turns) == 1
    assert len(await all_messages(client)) == 2


async def test_a_resend_during_the_turn_is_not_a_second_turn(client: Any, dialogue: FakeDialogue) -> None:
    await begin(client)
    dialogue.gate.clear()
    socket = await connect(client)
    identifier = await say(socket, "你好")
    await receive(socket, 1)
    await client.post("/chat/messages", json={"client_id": identifier, "text": "你好"})
    dialogue.gate.set()
    await receive(socket, 1)
    assert len(dialogue.turns) == 1


async def test_messages_of_one_conversation_are_answered_one_after_the_other(
    client: Any, dialogue: FakeDialogue
) -> None:
    await begin(client)
    socket = await connect(client)
    for number in range(5):
        await say(socket, f"问题{number}")
    await receive(socket, 10)
    assert [text for _, text, _ in dialogue.turns] == [f"问题{number}" for number in range(5)]
    assert dialogue.most_at_once == 1


async def test_conversations_do_not_wait_for_each_other(client: Any, start: Any, dialogue: FakeDialogue) -> None:
    await begin(client)
    slow = await connect(client)
    dialogue.gate.clear()
    await say(slow, "慢")
    await receive(slow, 1)
    client.session.cookie_jar.clear()
    await begin(client)
    other = await connect(client)
    await say(other, "快")
    await receive(other, 1)
    dialogue.gate.set()
    assert kinds(await receive(other, 1)) == [(2, "turn")]
    assert {text for _, text, _ in dialogue.turns} == {"慢", "快"}


async def test_a_full_queue_is_said_and_nothing_of_it_stored(start: Any, dialogue: FakeDialogue) -> None:
    client = await start(queue_length=1)
    await begin(client)
    dialogue.gate.clear()
    statuses = []
    for _ in range(3):
        response = await client.post("/chat/messages", json={"client_id": client_id(), "text": "你好"})
        statuses.append(response.status)
    assert statuses == [202, 202, 429]
    assert (await response.json())["error"]["code"] == "queue_full"
    dialogue.gate.set()
    socket = await connect(client)
    assert [kind for _, kind in kinds(await receive(socket, 4))].count("text") == 2


async def test_a_turn_that_breaks_is_answered_calmly(client: Any) -> None:
    await begin(client)
    socket = await connect(client)
    await say(socket, "请出错")
    _, answer = await receive(socket, 2)
    assert answer["result"]["outcome"] == "error"
    assert answer["result"]["replies"][0]["text"] == turns.TURN_FAILED
    await say(socket, "你好")
    assert (await receive(socket, 2))[1]["result"]["outcome"] == "small_talk"


async def test_a_turn_that_hangs_is_given_up(start: Any, dialogue: FakeDialogue) -> None:
    client = await start(turn_timeout_seconds=0.1)
    await begin(client)
    dialogue.gate.clear()
    socket = await connect(client)
    await say(socket, "你好")
    _, answer = await receive(socket, 2)
    assert answer["result"]["outcome"] == "error"


async def test_reading_while_messages_come_in_starts_no_turn_twice(client: Any, dialogue: FakeDialogue) -> None:
    await begin(client)
    for number in range(15):
        body = {"client_id": client_id(), "text": f"问题{number}"}
        reads = [client.get("/chat/messages?after=0") for _ in range(6)]
        await asyncio.gather(*reads[:3], client.post("/chat/messages", json=body), *reads[3:])
    socket = await connect(client)
    await receive(socket, 30)
    assert [text for _, text, _ in dialogue.turns] == [f"问题{number}" for number in range(15)]


async def test_a_message_that_a_dead_worker_left_is_answered_by_the_next(start: Any, dialogue: FakeDialogue) -> None:
    dead = FakeDialogue()
    dead.gate.clear()
    first = await start(dialogue=dead, turn_timeout_seconds=600)
    await begin(first)
    socket = await connect(first)
    await say(socket, "身份证丢了")
    await receive(socket, 1)
    second = await start(turn_timeout_seconds=0.2)
    second.session.cookie_jar.update_cookies(first.session.cookie_jar.filter_cookies(first.make_url("/")))
    taken_up = await connect(second, last_seq=1)
    assert kinds(await receive(taken_up, 1)) == [(2, "turn")]
    assert [text for _, text, _ in dialogue.turns] == ["身份证丢了"]
    dead.gate.set()


async def test_two_workers_share_one_conversation(start: Any) -> None:
    first, second = await start(), await start(dialogue=FakeDialogue())
    await begin(first)
    second.session.cookie_jar.update_cookies(first.session.cookie_jar.filter_cookies(first.make_url("/")))
    here, there = await connect(first), await connect(second)
    identifier = client_id()
    await asyncio.gather(say(here, "你好", identifier), say(there, "你好", identifier))
    seen_here, seen_there = await receive(here, 2), await receive(there, 2)
    assert kinds(seen_here) == kinds(seen_there) == [(1, "text"), (2, "turn")]
    assert len(await all_messages(first)) == 2


async def test_a_later_notice_reaches_the_open_page(client: Any) -> None:
    conversation = (await begin(client))["conversation"]
    socket = await connect(client)
    result = TurnResult(Outcome.ORDER_STATUS, (Reply("notice", "您的工单已有答复。"),))
    await client.app[CONVERSATIONS].push(conversation, result, "WJ2026030500001:2:citizen")
    (notice,) = await receive(socket, 1)
    assert (notice["reply_to"], notice["result"]["replies"][0]["text"]) == (None, "您的工单已有答复。")
