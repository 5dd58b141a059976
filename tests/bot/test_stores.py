"""Where conversations and their locks are kept, by setting."""

from __future__ import annotations

from pathlib import Path

from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.settings import Settings
from bot.stores import lock_store_for, tracker_store_for


def settings_in(folder: Path, **env: str) -> Settings:
    return Settings.from_env({"DATA_DIR": str(folder), **env})


def test_conversations_stand_in_a_file_of_their_own_by_default(tmp_path: Path) -> None:
    store = tracker_store_for(settings_in(tmp_path / "new"))
    assert isinstance(store, SQLTrackerStore)
    assert (tmp_path / "new" / "conversations.db").is_file()
    store.engine.dispose()


async def test_a_conversation_is_still_there_after_a_restart(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = tracker_store_for(settings)
    tracker = DialogueStateTracker.from_events("李", [UserUttered("身份证怎么补办")], domain=Domain.empty())
    await first.save(tracker)
    first.engine.dispose()
    second = tracker_store_for(settings)
    found = await second.retrieve("李")
    assert found is not None
    assert [event.text for event in found.events if isinstance(event, UserUttered)] == ["身份证怎么补办"]
    second.engine.dispose()


async def test_another_citizen_has_another_conversation(tmp_path: Path) -> None:
    store = tracker_store_for(settings_in(tmp_path))
    await store.save(DialogueStateTracker.from_events("李", [UserUttered("你好")], domain=Domain.empty()))
    assert await store.retrieve("赵") is None
    store.engine.dispose()


def test_locks_stay_in_memory_without_redis(tmp_path: Path) -> None:
    assert isinstance(lock_store_for(settings_in(tmp_path)), InMemoryLockStore)
