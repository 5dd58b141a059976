"""How the parts are put together: keys, settings of the channels, and taking up what others publish."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.app import watch_knowledge
from bot.channel_settings import stored_secret, web_settings_of
from bot.dialogue import Dialogue
from bot.settings import BadSetting, Settings


def settings(folder: Path, **changes: Any) -> Settings:
    return replace(Settings.from_env({"DATA_DIR": str(folder)}), **changes)


def test_the_signing_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = stored_secret(tmp_path)
    assert len(first) >= 32
    assert stored_secret(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_the_previous_key_is_still_accepted_while_it_is_set(tmp_path: Path) -> None:
    new, old = "n" * 32, "o" * 32
    assert web_settings_of(settings(tmp_path, secret_key=new, previous_secret_key=old)).secret_keys == (new, old)


def test_a_public_url_with_a_path_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="PUBLIC_URL"):
        web_settings_of(settings(tmp_path, public_url="https://bot.example.gov.cn/chat"))


class Knowledge:
    """Counts reloads; the first one fails, as when the database is away for a moment."""

    def __init__(self) -> None:
        self.reloads = 0
        self.is_reloaded = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def reload(self) -> None:
        self.reloads += 1
        if self.reloads == 1:
            raise OSError("database away")
        self._loop.call_soon_threadsafe(self.is_reloaded.set)


async def test_published_knowledge_is_taken_up_even_after_a_failure() -> None:
    knowledge = Knowledge()
    dialogue = cast(Dialogue, SimpleNamespace(services=SimpleNamespace(knowledge=knowledge)))
    task = asyncio.create_task(watch_knowledge(dialogue, every_seconds=0.01))
    await asyncio.wait_for(knowledge.is_reloaded.wait(), timeout=10)
    task.cancel()
    assert knowledge.reloads >= 2
