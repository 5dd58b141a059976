"""The chat page, the embeddable widget and what they talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web
from sqlalchemy.engine import Engine

from bot.channels import middleware
from bot.channels.errors import Unauthorized
from bot.channels.web import messages
from bot.channels.web.limits import Limits, check_origin, is_https
from bot.channels.web.settings import WebSettings
from bot.channels.web.signature import COOKIE, Signer, identify, new_conversation_id
from bot.channels.web.streams import Streams, to_event
from bot.channels.web.transcript import Transcript
from bot.channels.web.turns import Conversations, Dialogue

CONVERSATIONS = web.AppKey("conversations", Conversations)
WIDGET = Path(__file__).resolve().parents[2] / "widget"


def setup(app: web.Application, *, dialogue: Dialogue, engine: Engine, settings: WebSettings) -> Conversations:
    """Add the routes; give back the service that the JSON API and later notices use too."""
    middleware.install(app)
    conversations = Conversations(dialogue, Transcript(engine), settings)
    app[CONVERSATIONS] = conversations
    channel = WebChannel(conversations, settings)
    app.router.add_routes(channel.routes())
    app.on_shutdown.append(channel.close)

    async def finish_turns(_: web.Application) -> AsyncIterator[None]:
        yield
        await conversations.close()

    app.cleanup_ctx.append(finish_turns)
    return conversations


class WebChannel:
    """Handlers: parse, call one service function, format."""

    def __init__(self, conversations: Conversations, settings: WebSettings) -> None:
        self._conversations = conversations
        self._settings = settings
        self._signer = Signer(settings.secret_keys, timedelta(days=settings.conversation_days))
        self._limits = Limits(settings)
        self._streams = Streams(conversations, self._signer, self._limits, settings)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Every one of them is public: a citizen needs no login."""
        return [
            web.get("/", self.page),
            web.get("/embed", self.embed),
            web.get("/widget.js", self.widget_script),
            web.static("/static", WIDGET),
            web.post("/chat/session", self.session),
            web.post("/chat/leave", self.leave),
            web.get("/chat/ws", self._streams.websocket),
            web.get("/chat/events", self._streams.events),
            web.get("/chat/messages", self.read),
            web.post("/chat/messages", self.send),
            web.post("/chat/ratings", self.rate),
        ]

    async def close(self, _: web.Application) -> None:
        await self._streams.close()

    async def page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(WIDGET / "index.html", headers={"Cache-Control": "no-cache"})

    async def embed(self, _: web.Request) -> web.FileResponse:
        """The page inside the frame: only the listed sites may show it."""
        ancestors = " ".join(["'self'", *self._settings.embed_origins])
        response = web.FileResponse(WIDGET / "embed.html", headers={"Cache-Control": "no-cache"})
        response.headers["Content-Security-Policy"] = middleware.CONTENT_SECURITY_POLICY.format(ancestors=ancestors)
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    async def widget_script(self, _: web.Request) -> web.FileResponse:
        headers = {"Cache-Control": "max-age=300", "Cross-Origin-Resource-Policy": "cross-origin"}
        return web.FileResponse(WIDGET / "widget.js", headers=headers)

    async def session(self, request: web.Request) -> web.Response:
        """POST /chat/session {embed?}: go on with the conversation that the sender can prove, or begin one."""
        self._check(request)
        body = await messages.read_json(request)
        now = datetime.now(UTC)
        try:
            identity = identify(request, self._signer, now)
            conversation_id, renew = identity.conversation_id, self._signer.needs_renewal(identity, now)
        except Unauthorized:
            conversation_id, renew = new_conversation_id(), True
        answer = {"conversation": conversation_id, "max_text": messages.MAX_TEXT}
        if body.get("embed") is True:
            answer["token"] = self._signer.sign(conversation_id, "embed", now)
        response = web.json_response(answer)
        if renew:
            secure = is_https(request, self._settings)
            self._signer.set_cookie(response, conversation_id, is_https=secure, now=now)
        return response

    async def leave(self, request: web.Request) -> web.Response:
        """POST /chat/leave: forget the conversation on this device, for computers that are shared."""
        self._check(request)
        response = web.Response(status=204)
        response.del_cookie(COOKIE, path="/", httponly=True, samesite="Lax", secure=is_https(request, self._settings))
        return response

    async def read(self, request: web.Request) -> web.Response:
        """GET /chat/messages?after=N: for browsers that can hold no stream open."""
        self._check(request)
        identity = identify(request, self._signer, datetime.now(UTC))
        after = messages.parse_seq(request.query.get("after", "0"))
        await self._conversations.recover(identity.conversation_id)
        events = [to_event(message) for message in await self._conversations.after(identity.conversation_id, after)]
        return web.json_response({"conversation": identity.conversation_id, "messages": events})

    async def send(self, request: web.Request) -> web.Response:
        """POST /chat/messages {client_id, text}: 202 with the stored message; the answer comes by the stream."""
        self._check(request)
        identity = identify(request, self._signer, datetime.now(UTC))
        incoming = messages.parse_incoming_text(await messages.read_json(request))
        self._limits.take_message(identity.conversation_id)
        message = await self._conversations.accept(identity.conversation_id, incoming.text, incoming.client_id)
        return web.json_response(to_event(message), status=202)

    async def rate(self, request: web.Request) -> web.Response:
        """POST /chat/ratings {message_id, score}."""
        self._check(request)
        identity = identify(request, self._signer, datetime.now(UTC))
        rating = messages.parse_rating(await messages.read_json(request))
        await self._conversations.rate(identity.conversation_id, rating)
        return web.json_response({"message_id": rating.message_id, "score": rating.score}, status=201)

    def _check(self, request: web.Request) -> None:
        check_origin(request, self._settings)
        self._limits.take_request(request)
