"""The real assistant for conversation tests: trained model, shipped knowledge, a database of its own."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from bot.dialogue import Dialogue, open_dialogue
from bot.replies import Reply, TurnResult
from bot.settings import Settings
from knowledge_base.importer import import_shipped
from storage.engine import create_engine, migrate


class Conversation:
    """One citizen's conversation; `last` is the latest turn."""

    def __init__(self, dialogue: Dialogue) -> None:
        self.dialogue = dialogue
        self.id = f"test-{uuid.uuid4().hex}"
        self.last: TurnResult

    async def say(self, *messages: str) -> TurnResult:
        """Send messages one after the other and return the last turn."""
        for message in messages:
            self.last = await self.dialogue.turn(self.id, message)
        return self.last

    @property
    def engine(self) -> Engine:
        return self.dialogue.services.engine


Talk = Callable[[], Conversation]


def text_of(turn: TurnResult) -> str:
    """Everything that was said in a turn."""
    return "\n".join(reply.text for reply in turn.replies)


def card(turn: TurnResult, kind: str) -> Reply:
    """The one reply of this kind."""
    (reply,) = [reply for reply in turn.replies if reply.kind == kind]
    return reply


@pytest.fixture(scope="session")
def dialogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dialogue]:
    """Opened once: loading takes seconds. It has a thread and loop of its own, so every test's loop may call it."""
    settings = Settings.from_env({"DATA_DIR": str(tmp_path_factory.mktemp("conversations"))})
    if not any(settings.model_dir.glob("*.tar.gz")):
        complaint = f"no trained model in {settings.model_dir.name}/: run `make train`"
        if os.environ.get("CI") == "true":
            pytest.fail(complaint)
        pytest.skip(complaint)
    engine = create_engine(settings.database_url)
    migrate(engine)
    import_shipped(engine, now=datetime.now(UTC))
    opened = open_dialogue(settings, engine)
    with asyncio.Runner() as runner:
        yield runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))
    engine.dispose()


@pytest.fixture
def talk(dialogue: Dialogue) -> Talk:
    """Begin a conversation."""
    return lambda: Conversation(dialogue)


@pytest.fixture
def citizen(talk: Talk) -> Conversation:
    """李, who has not said anything yet."""
    return talk()
