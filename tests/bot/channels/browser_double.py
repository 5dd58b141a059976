"""What chat.js does on the wire, for tests without a browser."""

from __future__ import annotations

import itertools
from typing import Any

from aiohttp import ClientWebSocketResponse
from aiohttp.test_utils import TestClient

_ids = itertools.count(1)


def client_id() -> str:
    return f"client-{next(_ids):08d}"


async def begin(client: TestClient[Any, Any], **body: Any) -> dict[str, Any]:
    """Open a session; the client keeps the cookie."""
    response = await client.post("/chat/session", json=body)
    assert response.status == 200
    answer: dict[str, Any] = await response.json()
    return answer


async def connect(client: TestClient[Any, Any], last_seq: int = 0, token: str = "") -> ClientWebSocketResponse:
    """A WebSocket that has said hello and was told ready."""
    socket = await client.ws_connect("/chat/ws")
    await socket.send_json({"type": "hello", "last_seq": last_seq, "token": token})
    ready = await socket.receive_json(timeout=5)
    assert ready["type"] == "ready"
    return socket


async def say(socket: ClientWebSocketResponse, text: object, identifier: str | None = None) -> str:
    identifier = identifier or client_id()
    await socket.send_json({"type": "send", "client_id": identifier, "text": text})
    return identifier


async def receive(socket: ClientWebSocketResponse, count: int) -> list[dict[str, Any]]:
    return [await socket.receive_json(timeout=5) for _ in range(count)]


async def all_messages(client: TestClient[Any, Any]) -> list[dict[str, Any]]:
    response = await client.get("/chat/messages?after=0")
    page = await response.json()
    messages: list[dict[str, Any]] = page["messages"]
    return messages
