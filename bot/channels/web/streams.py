"""How messages reach a browser: WebSocket, server-sent events, or a plain GET. All three read the same transcript.

A stream is a loop: send every message above the last number sent, then wait until this worker stored something or
`poll_seconds` have passed (another worker may have). So a reconnect needs nothing but the last number seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from bot.channels.errors import ChannelError, MalformedRequest, RateLimited
from bot.channels.middleware import error_body
from bot.channels.web import messages
from bot.channels.web.limits import Limits, check_origin
from bot.channels.web.settings import WebSettings
from bot.channels.web.signature import COOKIE, Signer, identify
from bot.channels.web.transcript import Message
from bot.channels.web.turns import Conversations

Send = Callable[[dict[str, Any]], Awaitable[None]]

CLOSE_UNAUTHORIZED = 4401
CLOSE_TOO_MANY = 4429
HEARTBEAT_SECONDS = 25.0
TOO_MANY_WINDOWS = "打开的窗口太多了，请关闭一些再试。"


def to_event(message: Message) -> dict[str, Any]:
    """A stored message as a browser or an API client sees it; what is for evaluation only stays here."""
    payload = {name: value for name, value in message.payload.items() if name != "notice_key"}
    if result := payload.get("result"):
        payload["result"] = {name: value for name, value in result.items() if name != "meta"}
    at = message.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"type": "message", "seq": message.seq, "direction": message.direction, "at": at, **payload}


class Streams:
    """The live connections of this worker."""

    def __init__(self, conversations: Conversations, signer: Signer, limits: Limits, settings: WebSettings) -> None:
        self._conversations = conversations
        self._signer = signer
        self._limits = limits
        self._settings = settings
        self._sockets: set[web.WebSocketResponse] = set()
        self._closing = asyncio.Event()

    async def close(self) -> None:
        """End all streams, so that browsers go to another worker and read on there."""
        self._closing.set()
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def websocket(self, request: web.Request) -> web.WebSocketResponse:
        """GET /chat/ws. Frames in: hello, then text. Frames out: ready, message, error."""
        check_origin(request, self._settings)
        self._limits.take_request(request)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=messages.MAX_BODY, compress=False)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await self._talk(request, socket)
        except ConnectionError:
            pass  # the browser is gone; it reads on when it is back
        finally:
            self._sockets.discard(socket)
        return socket

    async def events(self, request: web.Request) -> web.StreamResponse:
        """GET /chat/events?last_seq=N. The same messages as server-sent events."""
        check_origin(request, self._settings)
        self._limits.take_request(request)
        identity = identify(request, self._signer, datetime.now(UTC))
        last_seq = messages.parse_seq(request.headers.get("Last-Event-ID") or request.query.get("last_seq", "0"))
        self._check_room(identity.conversation_id)
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)

        async def send(event: dict[str, Any]) -> None:
            number = f"id: {event['seq']}\n" if event["type"] == "message" else ""
            await response.write(f"{number}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())

        async def keep_alive() -> None:
            await response.write(b": keep-alive\n\n")

        with contextlib.suppress(ConnectionError):
            await self._pump(identity.conversation_id, last_seq, send, keep_alive)
        return response

    async def _talk(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        try:
            hello = await self._hello(socket)
            now = datetime.now(UTC)
            if hello.token:
                identity = self._signer.verify(hello.token, "embed", now)
            else:
                identity = self._signer.verify(request.cookies.get(COOKIE, ""), "cookie", now)
            self._check_room(identity.conversation_id)
        except ChannelError as error:
            await socket.send_json({"type": "error", **error_body(error)}, dumps=_dumps)
            code = CLOSE_TOO_MANY if isinstance(error, RateLimited) else CLOSE_UNAUTHORIZED
            await socket.close(code=code)
            return

        async def send(event: dict[str, Any]) -> None:
            await socket.send_json(event, dumps=_dumps)

        pump = asyncio.create_task(self._pump(identity.conversation_id, hello.last_seq, send, None))
        try:
            await self._listen(request, socket, identity.conversation_id)
        finally:
            pump.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await pump

    async def _hello(self, socket: web.WebSocketResponse) -> messages.Hello:
        try:
            frame = await socket.receive(timeout=self._settings.hello_seconds)
        except TimeoutError as error:
            raise MalformedRequest(messages.NOT_UNDERSTOOD) from error
        if frame.type is not WSMsgType.TEXT:
            raise MalformedRequest(messages.NOT_UNDERSTOOD)
        return messages.parse_hello(messages.parse_object(frame.data))

    async def _listen(self, request: web.Request, socket: web.WebSocketResponse, conversation_id: str) -> None:
        """Take frames until the browser leaves; a bad frame is answered and the connection stays."""
        async for frame in socket:
            client_id: object = None
            try:
                self._limits.take_request(request)
                if frame.type is not WSMsgType.TEXT:
                    raise MalformedRequest(messages.NOT_UNDERSTOOD)
                body = messages.parse_object(frame.data)
                client_id = body.get("client_id")
                self._limits.take_message(conversation_id)
                incoming = messages.parse_incoming_text(body)
                await self._conversations.accept(conversation_id, incoming.text, incoming.client_id)
            except ChannelError as error:
                known = client_id if isinstance(client_id, str) else None
                await socket.send_json({"type": "error", "client_id": known, **error_body(error)}, dumps=_dumps)

    async def _pump(
        self, conversation_id: str, last_seq: int, send: Send, keep_alive: Callable[[], Awaitable[None]] | None
    ) -> None:
        event = self._conversations.listen(conversation_id)
        try:
            last_stored = await self._conversations.last_seq(conversation_id)
            await send({"type": "ready", "conversation": conversation_id, "last_seq": last_stored})
            await self._conversations.recover(conversation_id)
            while not self._closing.is_set():
                event.clear()
                for message in (page := await self._conversations.after(conversation_id, last_seq)):
                    await send(to_event(message))
                    last_seq = message.seq
                if page:
                    continue
                if not await self._wait(event) and keep_alive is not None:
                    await keep_alive()
        finally:
            self._conversations.forget(conversation_id, event)

    async def _wait(self, event: asyncio.Event) -> bool:
        """Whether something was stored here before `poll_seconds` were over."""
        waits = [asyncio.create_task(event.wait()), asyncio.create_task(self._closing.wait())]
        try:
            done, _ = await asyncio.wait(
                waits, timeout=self._settings.poll_seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
        return bool(done)

    def _check_room(self, conversation_id: str) -> None:
        if self._conversations.listener_count(conversation_id) >= self._settings.streams_per_conversation:
            raise RateLimited(TOO_MANY_WINDOWS, 30.0)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
