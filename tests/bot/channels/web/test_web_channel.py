"""The chat page's routes: works, rejects bad input, rejects the wrong person."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import WSMsgType

from bot.channels.web.messages import MAX_BODY
from bot.channels.web.signature import COOKIE
from tests.bot.channels.browser_double import all_messages, begin, client_id, connect, receive, say
from tests.bot.channels.fake_dialogue import FakeDialogue

FOREIGN = {"Origin": "https://evil.example"}


async def test_the_cookie_is_out_of_reach_of_scripts(client: Any) -> None:
    response = await client.post("/chat/session", json={})
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


async def test_the_cookie_is_secure_over_https(start: Any) -> None:
    client = await start(trusted_proxies=1)
    response = await client.post("/chat/session", json={}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in response.headers["Set-Cookie"]


async def test_a_conversation_is_continued_by_its_cookie(client: Any) -> None:
    first = await begin(client)
    assert await begin(client) == first


async def test_a_forged_cookie_begins_a_new_conversation(client: Any) -> None:
    first = await begin(client)
    client.session.cookie_jar.clear()
    forged = {"Cookie": f"{COOKIE}={first['conversation']}.1.{'A' * 43}"}
    answer = await (await client.post("/chat/session", json={}, headers=forged)).json()
    assert answer["conversation"] != first["conversation"]


async def test_leaving_takes_the_cookie_away(client: Any) -> None:
    first = await begin(client)
    assert (await client.post("/chat/leave", json={})).status == 204
    assert (await begin(client))["conversation"] != first["conversation"]


async def test_without_identity_nothing_is_read_or_sent(client: Any) -> None:
    body = {"client_id": client_id(), "text": "你好"}
    refused = [
        await client.get("/chat/messages"),
        await client.get("/chat/events"),
        await client.post("/chat/messages", json=body),
        await client.post("/chat/ratings", json={"message_id": "turn-1", "score": 5}),
    ]
    assert [response.status for response in refused] == [401] * 4
    assert (await refused[0].json())["error"]["code"] == "unauthorized"


async def test_pages_of_other_sites_are_refused(client: Any) -> None:
    await begin(client)
    body = {"client_id": client_id(), "text": "你好"}
    for path, sent in (("/chat/messages", body), ("/chat/session", {}), ("/chat/leave", {})):
        response = await client.post(path, json=sent, headers=FOREIGN)
        assert (response.status, (await response.json())["error"]["code"]) == (403, "origin_refused")
    response = await client.get(
        "/chat/ws", headers={**FOREIGN, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    )
    assert response.status == 403


@pytest.mark.parametrize("raw", [b"null", b"[]", b"3", b"", b"{", b'{"text": "\xff"}', b"[" * 9000])
async def test_a_body_that_is_no_object_is_a_clear_400(client: Any, raw: bytes) -> None:
    await begin(client)
    response = await client.post("/chat/messages", data=raw, headers={"Content-Type": "application/json"})
    assert (response.status, (await response.json())["error"]["code"]) == (400, "malformed_request")


async def test_a_form_post_is_refused(client: Any) -> None:
    await begin(client)
    assert (await client.post("/chat/messages", data={"text": "你好"})).status == 400


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_body_over_16_kib_is_refused(client: Any, is_chunked: bool) -> None:
    await begin(client)

    async def chunks() -> Any:
        for _ in range(40):
            yield b"x" * 1024

    data = chunks() if is_chunked else b"x" * (MAX_BODY + 1)
    response = await client.post("/chat/messages", data=data, headers={"Content-Type": "application/json"})
    assert (response.status, (await response.json())["error"]["code"]) == (413, "body_too_large")


async def test_a_long_message_is_refused_with_its_length(client: Any, dialogue: FakeDialogue) -> None:
    await begin(client)
    response = await client.post("/chat/messages", json={"client_id": client_id(), "text": "长" * 1001})
    error = (await response.json())["error"]
    assert (response.status, error["code"]) == (400, "text_too_long")
    assert "1001 个字" in error["message"]
    assert dialogue.turns == []


async def test_unknown_paths_and_methods_answer_in_json(client: Any) -> None:
    missing = await client.get("/chat/nothing")
    assert (missing.status, (await missing.json())["error"]["code"]) == (404, "not_found")
    wrong = await client.put("/chat/messages", json={})
    assert (wrong.status, (await wrong.json())["error"]["code"]) == (405, "method_not_allowed")


async def test_a_fast_sender_is_slowed_down_and_told_when_to_come_back(start: Any) -> None:
    client = await start(conversation_burst=2, conversation_per_minute=6)
    await begin(client)
    statuses = []
    for _ in range(3):
        response = await client.post("/chat/messages", json={"client_id": client_id(), "text": "你好"})
        statuses.append(response.status)
    assert statuses == [202, 202, 429]
    assert 1 <= int(response.headers["Retry-After"]) <= 10
    assert (await response.json())["error"]["retry_after_seconds"] > 0


async def test_one_address_cannot_begin_conversations_without_end(start: Any) -> None:
    client = await start(address_burst=3, address_per_minute=1)
    statuses = [(await client.post("/chat/session", json={})).status for _ in range(4)]
    assert statuses == [200, 200, 200, 429]


async def test_a_message_is_answered_over_the_websocket(client: Any) -> None:
    await begin(client)
    socket = await connect(client)
    identifier = await say(socket, "身份证丢了补办多少钱")
    own, answer = await receive(socket, 2)
    assert (own["seq"], own["direction"], own["client_id"]) == (1, "in", identifier)
    assert (answer["seq"], answer["reply_to"], answer["result"]["outcome"]) == (2, 1, "answer")


async def test_what_is_for_evaluation_stays_on_the_server(client: Any) -> None:
    await begin(client)
    socket = await connect(client)
    await say(socket, "你好")
    _, answer = await receive(socket, 2)
    assert "meta" not in answer["result"]


async def test_slash_input_arrives_as_plain_text(client: Any, dialogue: FakeDialogue) -> None:
    await begin(client)
    socket = await connect(client)
    await say(socket, "/restart")
    await receive(socket, 2)
    assert dialogue.turns[0][1:] == ("/restart", "web")


async def test_a_bad_frame_is_answered_and_the_line_stays(client: Any) -> None:
    await begin(client)
    socket = await connect(client)
    for frame in ("null", "[]", "{", "3", "[" * 9000):
        await socket.send_str(frame)
        assert (await socket.receive_json(timeout=5))["code"] == "malformed_request"
    await socket.send_bytes(b"\xff\xfe")
    assert (await socket.receive_json(timeout=5))["code"] == "malformed_request"
    identifier = await say(socket, "长" * 1001)
    refused = await socket.receive_json(timeout=5)
    assert (refused["code"], refused["client_id"]) == ("text_too_long", identifier)
    await say(socket, "你好")
    assert [event["kind"] for event in await receive(socket, 2)] == ["text", "turn"]


async def test_a_huge_frame_ends_only_its_own_line(client: Any) -> None:
    await begin(client)
    socket = await connect(client)
    await socket.send_str("x" * 100_000)
    assert (await socket.receive(timeout=5)).type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)
    again = await connect(client)
    await say(again, "你好")
    assert len(await receive(again, 2)) == 2


@pytest.mark.parametrize("hello", ['{"type":"hello"}', "null", '{"type":"hello","last_seq":0,"token":"forged"}'])
async def test_a_websocket_without_identity_is_closed(client: Any, hello: str) -> None:
    socket = await client.ws_connect("/chat/ws")
    await socket.send_str(hello)
    assert (await socket.receive_json(timeout=5))["type"] == "error"
    await socket.receive(timeout=5)
    assert socket.close_code == 4401


async def test_a_silent_websocket_is_closed(start: Any) -> None:
    client = await start(hello_seconds=0.05)
    await begin(client)
    socket = await client.ws_connect("/chat/ws")
    assert (await socket.receive_json(timeout=5))["type"] == "error"


async def test_too_many_windows_are_refused(start: Any) -> None:
    client = await start(streams_per_conversation=2)
    await begin(client)
    held = [await connect(client), await connect(client)]
    socket = await client.ws_connect("/chat/ws")
    await socket.send_json({"type": "hello", "last_seq": 0})
    assert (await socket.receive_json(timeout=5))["code"] == "rate_limited"
    await socket.receive(timeout=5)
    assert socket.close_code == 4429
    assert not any(window.closed for window in held)


async def test_a_frame_in_another_site_works_with_its_token_alone(client: Any) -> None:
    answer = await begin(client, embed=True)
    client.session.cookie_jar.clear()
    socket = await connect(client, token=answer["token"])
    await say(socket, "你好")
    assert len(await receive(socket, 2)) == 2
    bearer = {"Authorization": f"Bearer {answer['token']}"}
    page = await (await client.get("/chat/messages", headers=bearer)).json()
    assert (page["conversation"], len(page["messages"])) == (answer["conversation"], 2)


async def test_the_page_itself_is_given_no_token(client: Any) -> None:
    assert "token" not in await begin(client)


async def test_another_citizen_reads_nothing(client: Any) -> None:
    await begin(client)
    socket = await connect(client)
    await say(socket, "我的手机 13800000000")
    await receive(socket, 2)
    client.session.cookie_jar.clear()
    await begin(client)
    assert await all_messages(client) == []


async def test_a_rating_reaches_the_dialogue_and_the_page(client: Any, dialogue: FakeDialogue) -> None:
    conversation = (await begin(client))["conversation"]
    socket = await connect(client)
    await say(socket, "身份证丢了")
    _, answer = await receive(socket, 2)
    rating = {"message_id": answer["result"]["message_id"], "score": 4}
    assert (await client.post("/chat/ratings", json=rating)).status == 201
    shown = await socket.receive_json(timeout=5)
    assert (shown["kind"], shown["score"]) == ("rating", 4)
    assert dialogue.ratings == [(conversation, rating["message_id"], 4)]


async def test_anothers_answer_cannot_be_rated(client: Any, dialogue: FakeDialogue) -> None:
    await begin(client)
    socket = await connect(client)
    await say(socket, "身份证丢了")
    _, answer = await receive(socket, 2)
    client.session.cookie_jar.clear()
    await begin(client)
    rating = {"message_id": answer["result"]["message_id"], "score": 1}
    assert (await client.post("/chat/ratings", json=rating)).status == 404
    assert dialogue.ratings == []


async def test_server_sent_events_deliver_the_same_messages(client: Any) -> None:
    await begin(client)
    response = await client.get("/chat/events?last_seq=0")
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert b'"ready"' in await response.content.readuntil(b"\n\n")
    sent = await client.post("/chat/messages", json={"client_id": client_id(), "text": "你好"})
    assert (sent.status, (await sent.json())["seq"]) == (202, 1)
    own = await response.content.readuntil(b"\n\n")
    answer = await response.content.readuntil(b"\n\n")
    assert own.startswith(b"id: 1\n")
    assert answer.startswith(b"id: 2\n")


async def test_server_sent_events_go_on_behind_the_last_event_id(client: Any) -> None:
    await begin(client)
    socket = await connect(client)
    await say(socket, "你好")
    await receive(socket, 2)
    response = await client.get("/chat/events", headers={"Last-Event-ID": "1"})
    await response.content.readuntil(b"\n\n")
    assert (await response.content.readuntil(b"\n\n")).startswith(b"id: 2\n")
