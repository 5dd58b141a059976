"""A running application with the small assistant behind it, on a copy of one migrated database."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from sqlalchemy.engine import Engine

from bot.channels.api import channel as api
from bot.channels.web import channel as chat
from bot.channels.web.settings import WebSettings
from storage.engine import create_engine, migrate
from tests.bot.channels.fake_dialogue import FakeDialogue, find_order

Client = TestClient[Any, Any]
StartClient = Callable[..., Awaitable[Client]]
SETTINGS = WebSettings(
    secret_keys=("current-key-" + "k" * 32,),
    embed_origins=("https://www.example.gov.cn",),
    conversation_burst=500,
    address_burst=5000,
    turn_timeout_seconds=5,
    poll_seconds=0.2,
)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    engine = create_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture
def engine(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """SQLite alone: what differs between the engines is tested in test_transcript.py."""
    shutil.copy(migrated_file, tmp_path / "chat.db")
    engine = create_engine(f"sqlite:///{tmp_path / 'chat.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def dialogue() -> FakeDialogue:
    return FakeDialogue()


@pytest.fixture
def start(aiohttp_client: Any, engine: Engine, dialogue: FakeDialogue) -> StartClient:
    """Start the channels with changed settings; two clients started in one test are two workers on one database."""

    async def start(dialogue: FakeDialogue = dialogue, **changes: Any) -> Client:
        app = web.Application()
        settings = replace(SETTINGS, **changes)
        conversations = chat.setup(app, dialogue=dialogue, engine=engine, settings=settings)
        api.setup(app, conversations=conversations, find_order=find_order, settings=settings)
        client: Client = await aiohttp_client(app)
        return client

    return start


@pytest.fixture
async def client(start: StartClient) -> Client:
    return await start()
