"""Calls to WeChat's servers: one token for all, errors by table, and always known whether a try may be repeated."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import aiohttp
from sqlalchemy.engine import Engine

from bot.channels.wechat.api_errors import Act, explain
from bot.channels.wechat.errors import NotConfigured, Refused, Unknown, Unreachable
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.settings import WeChatSettings
from bot.channels.wechat.tokens import Tokens

LOG = logging.getLogger(__name__)
TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=4.0)
ATTEMPTS = 3
PAUSE_SECONDS = 0.3  # before the second try, doubled before the third
BUSY = -1
LARGEST_JSON = 1024 * 1024


class Api:
    """Opened and closed with the application. Raises Unreachable, Unknown, Refused, NotConfigured."""

    def __init__(self, settings: WeChatSettings, engine: Engine, sealer: Sealer, clock: Callable[[], datetime]) -> None:
        self._settings = settings
        self._base = settings.api_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self.tokens = Tokens(engine, sealer, settings.appid, self.fetch_token, clock)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch_token(self, is_forced: bool) -> tuple[str, int]:
        """A token and its life in seconds, straight from WeChat; everybody else asks `tokens`."""
        if not self._settings.app_secret:
            raise NotConfigured("没有设置 WECHAT_APP_SECRET")
        body = {"grant_type": "client_credential", "appid": self._settings.appid, "secret": self._settings.app_secret}
        answer = await self._json("POST", "/cgi-bin/stable_token", {}, body | {"force_refresh": is_forced})
        try:
            return str(answer["access_token"]), int(answer["expires_in"])
        except (KeyError, TypeError, ValueError) as error:
            raise Unknown("no access token in the answer") from error

    async def send_text(self, openid: str, text: str) -> None:
        """A customer-service message."""
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        await self.call("/cgi-bin/message/custom/send", body)

    async def send_subscription(self, openid: str, template: str, data: Mapping[str, str]) -> None:
        """A 订阅通知. Without a page: a tap leads nowhere, as no page knows who taps."""
        values = {name: {"value": value} for name, value in data.items()}
        body: dict[str, Any] = {"touser": openid, "template_id": template, "data": values}
        await self.call("/cgi-bin/message/subscribe/bizsend", body)

    async def media(self, media_id: str, largest: int) -> bytes:
        """A file that a citizen sent. Raises Refused(40007) for one that is too large, too."""
        return bytes(await self._with_token(lambda token: self._download(token, media_id, largest)))

    async def call(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """POST the body, or GET without one."""
        method = "GET" if body is None else "POST"
        return dict(await self._with_token(lambda token: self._json(method, path, {"access_token": token}, body)))

    async def _with_token(self, call: Callable[[str], Any]) -> Any:
        token, is_renewed = await self.tokens.get(), False
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await call(token)
            except Refused as error:
                if explain(error.errcode).act is Act.RENEW and not is_renewed:
                    token, is_renewed = await self.tokens.renew(token), True
                    continue
                if error.errcode != BUSY or attempt == ATTEMPTS:
                    raise
            except Unreachable:
                if attempt == ATTEMPTS:
                    raise
            await asyncio.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        raise Unreachable("WeChat refused every token")

    async def _json(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        raw = await self._bytes(method, path, query, body, LARGEST_JSON)
        return _checked(raw)

    async def _download(self, token: str, media_id: str, largest: int) -> bytes:
        query = {"access_token": token, "media_id": media_id}
        raw = await self._bytes("GET", "/cgi-bin/media/get", query, None, largest)
        if raw[:1] == b"{":
            _checked(raw)
        return raw

    async def _bytes(
        self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None, largest: int
    ) -> bytes:
        """WeChat shows the escapes of JSON as they stand, so Chinese is sent as it is."""
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {} if body is None else {"Content-Type": "application/json; charset=utf-8"}
        try:
            async with self._open().request(
                method, self._base + path, params=query, data=data, headers=headers, allow_redirects=False
            ) as response:
                raw = await response.content.read(largest + 1)
                while len(raw) <= largest and (more := await response.content.read(largest + 1 - len(raw))):
                    raw += more
                status = response.status
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreachable(type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unknown(type(error).__name__) from error
        if status != 200:
            raise Unknown(f"HTTP status {status}")
        if len(raw) > largest:
            raise Refused(40007, f"more than {largest} bytes")
        return raw

    def _open(self) -> aiohttp.ClientSession:
        """One connection for each call: on a kept one nobody knows whether a message that fails was sent."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=TIMEOUT, connector=aiohttp.TCPConnector(force_close=True), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session


def _checked(raw: bytes) -> dict[str, Any]:
    """The JSON object, when its errcode is 0 or missing."""
    try:
        answer = json.loads(raw)
        errcode = int(answer.get("errcode", 0))
    except (ValueError, AttributeError, TypeError) as error:
        raise Unknown("no JSON in the answer") from error
    if errcode:
        raise Refused(errcode, str(answer.get("errmsg", ""))[:200])
    return dict(answer)
