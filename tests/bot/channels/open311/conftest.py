"""A running Open311 endpoint on an empty database, and two clients that may file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy.engine import Engine

from bot.channels.open311 import channel
from bot.channels.open311.settings import Open311Settings

Client = TestClient[Any, Any]
StartClient = Callable[..., Awaitable[Client]]
KEY, OTHER_KEY = "city-key-0123456789-abcdef", "app-key-0123456789-abcdefg"
KEYS = {"city": KEY, "app": OTHER_KEY}


@pytest.fixture
def start(aiohttp_client: Any, engine: Engine) -> StartClient:
    async def start(catalogue: Any = None, **changes: Any) -> Client:
        app = web.Application()
        settings = Open311Settings(**{"api_keys": KEYS, "address_burst": 5_000, "client_burst": 5_000, **changes})
        channel.setup(app, engine=engine, settings=settings, catalogue=catalogue)
        client: Client = await aiohttp_client(app)
        return client

    return start


@pytest.fixture
async def client(start: StartClient) -> Client:
    return await start()
