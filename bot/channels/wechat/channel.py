"""The callback of a WeChat official account: GET checks the address, POST brings messages and events.

Rules: developers.weixin.qq.com, 接入概述, 接收普通消息, 被动回复用户消息, 消息加解密. Operator's guide: docs/wechat.md.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.engine import Engine

from bot.background import repeat
from bot.channels import middleware
from bot.channels.errors import ChannelError
from bot.channels.web.limits import TokenBuckets
from bot.channels.web.turns import Conversations
from bot.channels.wechat import messages, people
from bot.channels.wechat.answers import Answers
from bot.channels.wechat.api_client import Api
from bot.channels.wechat.attachments import Attachments
from bot.channels.wechat.customer_service import Sender
from bot.channels.wechat.delivery import WeChatNotices
from bot.channels.wechat.errors import HTTP_STATUS, SignatureRefused
from bot.channels.wechat.messages import Incoming
from bot.channels.wechat.passive import Passive
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.settings import Mode, WeChatSettings
from bot.channels.wechat.signature import REFUSED, Crypto, Signed, verify
from knowledge_base.model import Hall
from storage.delivery import Deliverer
from storage.engine import create_engine

LOG = logging.getLogger(__name__)
PATH = "/wechat"
SWEEP_SECONDS = 20.0
_ECHO = re.compile(r"[A-Za-z0-9+/=_-]{1,256}", re.ASCII)


@dataclass(frozen=True)
class Opened:
    """A request that is WeChat's. `key` is the place of the AES key it came with; None: it came in plain text."""

    incoming: Incoming
    signed: Signed
    key: int | None


def setup(
    app: web.Application,
    *,
    engine: Engine,
    conversations: Conversations,
    settings: WeChatSettings,
    halls: Callable[[], Sequence[Hall]],
    others: Deliverer,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> WeChatNotices:
    """Add the routes; give back the deliverer of `citizen` messages, which hands on to `others` what is not ours."""
    middleware.install(app)
    engine = quick(engine)
    sealer = Sealer(settings.secret_keys)
    api = Api(settings, engine, sealer, now)
    sender = Sender(api, engine, sealer, settings, now)
    attachments = Attachments(api, engine, settings.data_dir, settings.largest_image, now)
    limits = TokenBuckets(settings.message_burst, settings.message_per_minute)
    answers = Answers(conversations, attachments, engine, sealer, halls, limits)
    passive = Passive(engine, sealer, answers, sender, settings, now)
    app.router.add_routes(WeChatChannel(passive, settings, now).routes())

    async def sweep() -> None:
        await passive.sweep()
        await asyncio.to_thread(attachments.tidy)

    async def background(_: web.Application) -> AsyncIterator[None]:
        if moved := await asyncio.to_thread(people.rekey, engine, sealer):
            LOG.info("%d citizens of WeChat were brought under the current key", moved)
        stop = asyncio.Event()
        task = asyncio.create_task(repeat(sweep, SWEEP_SECONDS, stop))
        yield
        stop.set()
        await passive.close()
        await task
        await api.close()
        if engine.dialect.name == "sqlite":
            engine.dispose()

    app.cleanup_ctx.append(background)
    return WeChatNotices(others, conversations, sender, api, engine, sealer, settings, now)


def quick(engine: Engine) -> Engine:
    """The same database for the channel's own bookkeeping: on SQLite it commits without waiting for the disk.

    A power cut may cost the last entries, and the retry of such a message finds its answer in the transcript, which
    does wait. Two of the four waits of a message are saved, which is most of its time.
    """
    if engine.dialect.name != "sqlite":
        return engine
    own = create_engine(engine.url.render_as_string(hide_password=False))
    sa.event.listen(own, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = NORMAL"))
    return own


class WeChatChannel:
    """Handlers: verify, parse, call one service function, format."""

    def __init__(self, passive: Passive, settings: WeChatSettings, now: Callable[[], datetime]) -> None:
        self._passive = passive
        self._settings = settings
        self._now = now
        keys = [key for key in (settings.aes_key, settings.previous_aes_key) if key]
        self._crypto = Crypto(settings.appid, keys) if keys else None

    def routes(self) -> list[web.AbstractRouteDef]:
        """Public: WeChat proves itself by its signature."""
        return [web.get(PATH, self.echo, allow_head=False), web.post(PATH, self.receive)]

    async def echo(self, request: web.Request) -> web.Response:
        """WeChat checks that the address is ours: the echo comes back when its signature holds."""
        try:
            verify(request.query, self._settings.token, self._now())
            echo = request.query.get("echostr", "")
            if not _ECHO.fullmatch(echo):
                raise SignatureRefused(REFUSED)
        except ChannelError as error:
            return _refusal(error)
        return web.Response(text=echo, content_type="text/plain")

    async def receive(self, request: web.Request) -> web.Response:
        try:
            opened = self._open(request, await messages.read_body(request))
            text = await self._passive.reply(opened.incoming, opened.signed, lambda: _is_connected(request))
        except ChannelError as error:
            return _refusal(error)
        if text is None:
            return web.Response(status=504, text="")  # WeChat has hung up, and asks again
        if not text:
            return web.Response(text=messages.NO_ANSWER, content_type="text/plain")
        return web.Response(body=self._close(opened, text), content_type="application/xml", charset="utf-8")

    def _open(self, request: web.Request, body: bytes) -> Opened:
        """Raises SignatureRefused, DecryptionRefused, MalformedRequest."""
        kind = request.query.get("encrypt_type", "raw") or "raw"
        if kind == "aes" and self._crypto is not None and self._settings.mode is not Mode.PLAIN:
            encrypted = messages.parse_fields(body).get("Encrypt", "")
            signed = verify(request.query, self._settings.token, self._now(), encrypted)
            content, key = self._crypto.decrypt(encrypted)
            return Opened(messages.parse_incoming(content), signed, key)
        if kind != "raw" or self._settings.mode is Mode.SECURE:
            raise SignatureRefused("消息加解密方式与设置不符。")
        signed = verify(request.query, self._settings.token, self._now())
        return Opened(messages.parse_incoming(body), signed, None)

    def _close(self, opened: Opened, text: str) -> bytes:
        """In the mode it came in."""
        now = self._now()
        content = messages.text_xml(opened.incoming, text, now)
        if opened.key is None or self._crypto is None:
            return content
        return messages.envelope_xml(content, self._crypto, opened.key, self._settings.token, opened.signed.nonce, now)


def _is_connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _refusal(error: ChannelError) -> web.Response:
    LOG.warning("a request to %s was refused: %s", PATH, error.code)
    return web.Response(status=HTTP_STATUS.get(type(error), 400), text=str(error), content_type="text/plain")
