"""A running account with a small assistant behind it, and WeChat in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy.engine import Engine

from bot.channels.web import channel as chat
from bot.channels.web.notices import CitizenNotices
from bot.channels.web.settings import WebSettings
from bot.channels.wechat import channel
from bot.channels.wechat.delivery import WeChatNotices
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.settings import WeChatSettings
from bot.replies import Outcome, Reply, TurnResult
from knowledge_base.model import Confidence, Hall, Level
from tests.bot.channels.fake_dialogue import FakeDialogue
from tests.bot.channels.wechat.account_double import APPID, SECRET, TOKEN, WeChatDouble

KEYS = ("current-key-" + "k" * 32,)
HALLS = (
    Hall(code="H001", name="武江区政务服务中心", level=Level.DISTRICT, confidence=Confidence.GENERAL),
    Hall(code="H004", name="西联镇政务服务中心", level=Level.TOWN, town="西联镇", confidence=Confidence.GENERAL),
)
NOTICES = web.AppKey("wechat_notices", WeChatNotices)
Client = TestClient[Any, Any]
Start = Callable[..., Awaitable["Worker"]]


class EchoDialogue(FakeDialogue):
    """Answers "答：…"; `慢N` in a text takes N tenths of a second. Everything else as the small assistant."""

    async def turn(self, conversation_id: str, text: str, channel: str = "web") -> TurnResult:
        if not text.startswith("问"):
            return await super().turn(conversation_id, text, channel)
        self.turns.append((conversation_id, text, channel))
        if "慢" in text:
            await asyncio.sleep(int(text.rpartition("慢")[2]) / 10)
        return TurnResult(Outcome.ANSWER, (Reply("answer", f"答：{text}"),), message_id=self._next())


class Worker:
    """One process: its callback address and its deliverer of notices."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.url = str(client.make_url(channel.PATH))
        self.notices = client.app[NOTICES]


@pytest.fixture
async def wechat() -> AsyncIterator[WeChatDouble]:
    double = WeChatDouble()
    yield double
    await double.close()


@pytest.fixture
async def api_url(wechat: WeChatDouble) -> AsyncIterator[str]:
    server = TestServer(wechat.app())
    await server.start_server()
    yield str(server.make_url("/")).rstrip("/")
    await server.close()


@pytest.fixture
def settings(api_url: str, tmp_path: Path) -> Callable[..., WeChatSettings]:
    """The settings of the tests, with changes."""

    def make(**changes: Any) -> WeChatSettings:
        values: dict[str, Any] = {
            "appid": APPID,
            "token": TOKEN,
            "secret_keys": KEYS,
            "data_dir": tmp_path / "data",
            "app_secret": SECRET,
            "may_send": True,
            "api_url": api_url,
            "passive_seconds": 0.4,
            "hold_seconds": 0.6,
            "grace_seconds": 1.0,
            "message_burst": 1000,
        }
        return WeChatSettings(**{**values, **changes})

    return make


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(KEYS)


@pytest.fixture
def dialogue() -> EchoDialogue:
    return EchoDialogue()


@pytest.fixture
def start(aiohttp_client: Any, engine: Engine, dialogue: EchoDialogue, settings: Any) -> Start:
    """Start a worker; two workers started in one test share the database."""

    async def start(dialogue: Any = dialogue, engine: Engine = engine, **changes: Any) -> Worker:
        app = web.Application()
        web_settings = WebSettings(secret_keys=KEYS, turn_timeout_seconds=10, poll_seconds=0.2, queue_length=50)
        conversations = chat.setup(app, dialogue=dialogue, engine=engine, settings=web_settings)
        app[NOTICES] = channel.setup(
            app,
            engine=engine,
            conversations=conversations,
            settings=settings(**changes),
            halls=lambda: HALLS,
            others=CitizenNotices(conversations),
        )
        return Worker(await aiohttp_client(app))

    return start
