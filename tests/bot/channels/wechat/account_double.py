"""WeChat as its documentation describes it: hangs up and asks again, shows one reply per message, counts what is sent.

Time runs faster: `HANG_UP` stands for the 5 s. Faults are asked for with each message: requests or responses that get
lost, requests that arrive late or twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

import aiohttp
from aiohttp import web

APPID = "wx0123456789abcdef"
TOKEN = "testtoken123"
SECRET = "app-secret-of-the-test"
ACCOUNT = "gh_0123456789ab"
HANG_UP = 0.8
TRIES = 3


def sha1(*parts: str) -> str:
    """The documented signature, written down here once more."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


@dataclass
class Faults:
    """By number of the try, from 0."""

    lost_requests: frozenset[int] = frozenset()
    lost_responses: frozenset[int] = frozenset()
    twice: frozenset[int] = frozenset()
    late: dict[int, float] = field(default_factory=dict)  # seconds before the request is sent


NO_FAULTS = Faults()


@dataclass
class Shown:
    """One bubble on the citizen's phone."""

    text: str
    way: str  # passive or service
    about: int | None = None  # number of the message that a passive reply belongs to


class WeChatDouble:
    """Citizens' phones on one side, the API for accounts on the other."""

    def __init__(self) -> None:
        self.chats: dict[str, list[Shown]] = defaultdict(list)
        self.token_fetches: list[bool] = []  # was it forced
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.errors: dict[str, list[int]] = defaultdict(list)  # path → error codes to give next
        self.broken: dict[str, int] = defaultdict(int)  # path → answers to break off after the work is done
        self.media: dict[str, bytes] = {}
        self.media_fetches: list[str] = []
        self.menu: dict[str, Any] | None = None
        self.templates: list[dict[str, Any]] = []
        self.quota: dict[str, int] = {}  # messages that may still be sent, by openid
        self.token_seconds = 7200
        self.refused_tokens: set[str] = set()
        self.failures: list[int] = []  # messages without any reply
        self.complaints: list[str] = []  # why tries got nothing
        self.log: dict[str, list[tuple[int, list[str], bool]]] = defaultdict(list)  # tries of each text, for failures
        self._numbers = itertools.count(1_000_000_001)
        self._tokens = itertools.count(1)
        self._nonces = itertools.count(1)
        self._session: aiohttp.ClientSession | None = None

    # --- the phone ----------------------------------------------------------------------------------------------

    async def send(
        self,
        url: str | Callable[[], str],
        openid: str,
        fields: dict[str, str],
        *,
        faults: Faults = NO_FAULTS,
        number: int | None = None,
        created: int | None = None,
    ) -> list[str]:
        """Send a message or event until it is answered; returns what each try got ("" for nothing)."""
        is_event = fields.get("MsgType") == "event"
        number = number or next(self._numbers)
        created = created or int(time.time())
        body = message_xml(openid, created, fields, None if is_event else number)
        if not is_event:
            self.quota[openid] = 5
        got: list[str] = []
        shown = False
        for attempt in range(TRIES):
            hangs_up = asyncio.get_running_loop().time() + HANG_UP + faults.late.get(attempt, 0.0)
            replies = await self._try(url, body, attempt, created, faults)
            got.append(replies[0] if replies else "")
            answered = [reply for reply in replies if reply]
            self.log[fields.get("Content", "")].append((attempt, replies, attempt in faults.lost_responses))
            if not answered or attempt in faults.lost_responses:
                await asyncio.sleep(max(0.0, hangs_up - asyncio.get_running_loop().time()))
                continue
            if answered[0] != "success" and not shown:
                shown = True
                self.chats[openid].append(Shown(content_of(answered[0]), "passive", number))
            return got
        self.failures.append(number)
        return got

    async def say(self, url: str | Callable[[], str], openid: str, text: str, **options: Any) -> list[str]:
        return await self.send(url, openid, {"MsgType": "text", "Content": text}, **options)

    async def click(self, url: str, openid: str, key: str, **options: Any) -> list[str]:
        return await self.event(url, openid, "CLICK", EventKey=key, **options)

    async def event(self, url: str, openid: str, event: str, EventKey: str = "", **options: Any) -> list[str]:
        return await self.send(url, openid, {"MsgType": "event", "Event": event, "EventKey": EventKey}, **options)

    def texts(self, openid: str) -> list[str]:
        return [shown.text for shown in self.chats[openid]]

    async def _try(
        self, url: str | Callable[[], str], body: bytes, attempt: int, created: int, faults: Faults
    ) -> list[str]:
        if attempt in faults.lost_requests:
            await asyncio.sleep(HANG_UP)
            return []
        await asyncio.sleep(faults.late.get(attempt, 0.0))
        timestamp, nonce = str(created + 5 * attempt), f"n{next(self._nonces)}"
        query = {"timestamp": timestamp, "nonce": nonce, "signature": sha1(TOKEN, timestamp, nonce)}
        copies = 2 if attempt in faults.twice else 1
        target = url if isinstance(url, str) else url()
        return list(await asyncio.gather(*(self._post(target, query, body) for _ in range(copies))))

    async def _post(self, url: str, query: dict[str, str], body: bytes) -> str:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True))
        try:
            timeout = aiohttp.ClientTimeout(total=HANG_UP)
            async with self._session.post(url, params=query, data=body, timeout=timeout) as response:
                text = await response.text()
                if response.status != 200:
                    self.complaints.append(f"status {response.status}: {text[:100]}")
                return text if response.status == 200 else ""
        except (aiohttp.ClientError, TimeoutError) as error:
            self.complaints.append(repr(error))
            return ""

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    # --- the API ------------------------------------------------------------------------------------------------

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/cgi-bin/stable_token", self._stable_token)
        app.router.add_get("/cgi-bin/media/get", self._media)
        app.router.add_route("*", "/{path:.*}", self._call)
        return app

    async def _stable_token(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.errors["/cgi-bin/stable_token"]:
            return refusal(self.errors["/cgi-bin/stable_token"].pop(0))
        if (body["appid"], body["secret"]) != (APPID, SECRET):
            return refusal(40125)
        self.token_fetches.append(bool(body["force_refresh"]))
        await asyncio.sleep(0.05)
        return web.json_response({"access_token": f"token-{next(self._tokens)}", "expires_in": self.token_seconds})

    async def _media(self, request: web.Request) -> web.Response:
        if fault := self._fault(request):
            return fault
        media_id = request.query["media_id"]
        self.media_fetches.append(media_id)
        if media_id not in self.media:
            return refusal(40007)
        return web.Response(body=self.media[media_id], content_type="image/jpeg")

    async def _call(self, request: web.Request) -> web.Response:
        if fault := self._fault(request):
            return fault
        body = json.loads(await request.read() or b"{}")
        answer = self._answer(request.path, body)
        if "errcode" not in answer or answer["errcode"] == 0:
            self.calls.append((request.path, body))
        if self.broken[request.path]:
            self.broken[request.path] -= 1
            assert request.transport is not None
            request.transport.close()
        return web.json_response(answer)

    def _fault(self, request: web.Request) -> web.Response | None:
        if request.query.get("access_token", "") in {"", *self.refused_tokens}:
            return refusal(40001)
        if self.errors[request.path]:
            return refusal(self.errors[request.path].pop(0))
        return None

    def _answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/cgi-bin/message/custom/send":
            return self._send_service(body)
        if path == "/cgi-bin/menu/create":
            self.menu = body
        if path == "/cgi-bin/menu/get":
            return {"menu": self.menu} if self.menu else {"errcode": 46003, "errmsg": "no menu"}
        if path == "/wxaapi/newtmpl/gettemplate":
            return {"errcode": 0, "data": self.templates}
        if path == "/cgi-bin/get_api_domain_ip":
            return {"ip_list": ["192.0.2.1"]}
        return {"errcode": 0, "errmsg": "ok"}

    def _send_service(self, body: dict[str, Any]) -> dict[str, Any]:
        openid, text = body["touser"], body["text"]["content"]
        if len(text.encode()) > 2048:
            return {"errcode": 45002, "errmsg": "content size out of limit"}
        if self.quota.get(openid, 0) <= 0:
            return {"errcode": 45047, "errmsg": "out of response count limit"}
        self.quota[openid] -= 1
        self.chats[openid].append(Shown(text, "service"))
        return {"errcode": 0, "errmsg": "ok"}


def refusal(errcode: int) -> web.Response:
    return web.json_response({"errcode": errcode, "errmsg": "refused by the test"})


def message_xml(openid: str, created: int, fields: dict[str, str], number: int | None) -> bytes:
    root = ET.Element("xml")
    values = {"ToUserName": ACCOUNT, "FromUserName": openid, "CreateTime": str(created), **fields}
    if number is not None:
        values["MsgId"] = str(number)
    for name, value in values.items():
        ET.SubElement(root, name).text = value
    return bytes(ET.tostring(root, encoding="utf-8"))


def content_of(reply: str) -> str:
    root = ET.fromstring(reply)
    assert root.findtext("MsgType") == "text"
    return root.findtext("Content") or ""
