"""JSON API: the same conversation for other programs, and the state of a work order. Described in openapi.yml."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from bot.channels import middleware
from bot.channels.api.messages import parse_api_text, parse_order_query
from bot.channels.api.signature import authorize
from bot.channels.errors import NotFound
from bot.channels.web import messages
from bot.channels.web.limits import Limits
from bot.channels.web.settings import WebSettings
from bot.channels.web.signature import Signer, new_conversation_id
from bot.channels.web.streams import to_event
from bot.channels.web.turns import Conversations

OPENAPI = Path(__file__).with_name("openapi.yml")
FindOrder = Callable[[str, str], Awaitable[dict[str, Any] | None]]


def setup(app: web.Application, *, conversations: Conversations, find_order: FindOrder, settings: WebSettings) -> None:
    """Add the routes. `find_order(number, query_code)` gives the data of an order_status card, or None when the two do
    not belong together; it may raise a ChannelError, such as RateLimited."""
    middleware.install(app)
    app.router.add_routes(ApiChannel(conversations, find_order, settings).routes())


class ApiChannel:
    """Handlers: parse, call one service function, format."""

    def __init__(self, conversations: Conversations, find_order: FindOrder, settings: WebSettings) -> None:
        self._conversations = conversations
        self._find_order = find_order
        self._max_age = timedelta(days=settings.conversation_days)
        self._signer = Signer(settings.secret_keys, self._max_age)
        self._limits = Limits(settings)
        self._document = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))

    def routes(self) -> list[web.AbstractRouteDef]:
        """Public, except that a conversation needs its own token and an order its query code."""
        conversation = "/api/v1/conversations/{conversation_id}"
        return [
            web.post("/api/v1/conversations", self.begin),
            web.post(f"{conversation}/messages", self.send),
            web.get(f"{conversation}/messages", self.read),
            web.post(f"{conversation}/ratings", self.rate),
            web.get("/api/v1/orders/{number}", self.order),
            web.get("/api/v1/openapi.json", self.openapi),
        ]

    async def begin(self, request: web.Request) -> web.Response:
        self._limits.take_request(request)
        now = datetime.now(UTC)
        conversation_id = new_conversation_id()
        expires_at = (now + self._max_age).isoformat(timespec="seconds").replace("+00:00", "Z")
        token = self._signer.sign(conversation_id, "api", now)
        return web.json_response({"id": conversation_id, "token": token, "expires_at": expires_at}, status=201)

    async def send(self, request: web.Request) -> web.Response:
        """Waits for the answer; the same `client_id` again gives the same answer again."""
        conversation_id = self._authorize(request)
        incoming = parse_api_text(await messages.read_json(request))
        self._limits.take_message(conversation_id)
        sent, reply = await self._conversations.answer(conversation_id, incoming.text, incoming.client_id, "api")
        return web.json_response({"message_seq": sent.seq, "answer_seq": reply.seq, **to_event(reply)["result"]})

    async def read(self, request: web.Request) -> web.Response:
        conversation_id = self._authorize(request)
        after = messages.parse_seq(request.query.get("after", "0"))
        events = [to_event(message) for message in await self._conversations.after(conversation_id, after)]
        return web.json_response({"messages": events, "last_seq": events[-1]["seq"] if events else after})

    async def rate(self, request: web.Request) -> web.Response:
        conversation_id = self._authorize(request)
        rating = messages.parse_rating(await messages.read_json(request))
        await self._conversations.rate(conversation_id, rating)
        return web.json_response({"message_id": rating.message_id, "score": rating.score}, status=201)

    async def order(self, request: web.Request) -> web.Response:
        """An unknown number and a wrong code look the same from outside."""
        self._limits.take_request(request)
        query = parse_order_query(request.match_info["number"], request.query.get("code", ""))
        self._limits.take_lookup(request, query.number)
        status = await self._find_order(query.number, query.query_code)
        if status is None:
            raise NotFound("没有找到该工单，请核对工单编号和查询码。")
        return web.json_response(status)

    async def openapi(self, request: web.Request) -> web.Response:
        return web.json_response(self._document)

    def _authorize(self, request: web.Request) -> str:
        self._limits.take_request(request)
        return authorize(request, self._signer, datetime.now(UTC))
