"""The store that remembers: the same conversations as Rasa's, read back only when somebody else wrote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.remembering_store import REMEMBERED, RememberingTrackerStore
from bot.settings import Settings
from bot.stores import tracker_store_for


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RememberingTrackerStore]:
    store = tracker_store_for(Settings.from_env({"DATA_DIR": str(tmp_path)}))
    yield store
    store.engine.dispose()


@pytest.fixture
def stock(tmp_path: Path, store: RememberingTrackerStore) -> Iterator[SQLTrackerStore]:
    """Rasa's own store on the same file, as another process would have it."""
    stock = SQLTrackerStore(Domain.empty(), dialect="sqlite", db=str(tmp_path / "conversations.db"))
    yield stock
    stock.engine.dispose()


async def say(store: SQLTrackerStore, text: str, sender_id: str = "李") -> DialogueStateTracker:
    """One turn: get the tracker, add a message, save."""
    tracker = await store.get_or_create_tracker(sender_id, append_action_listen=False)
    tracker.update(UserUttered(text, {"name": "ask_guide"}))
    tracker.update(ActionExecuted("action_listen"))
    await store.save(tracker)
    return tracker


async def texts(store: SQLTrackerStore, sender_id: str = "李") -> list[str]:
    tracker = await store.retrieve(sender_id)
    return [event.text for event in tracker.events if isinstance(event, UserUttered)] if tracker else []


async def test_the_next_turn_gets_the_tracker_of_the_last_one(store: RememberingTrackerStore) -> None:
    tracker = await say(store, "你好")
    assert await store.retrieve("李") is tracker


async def test_rasa_reads_what_it_wrote(store: RememberingTrackerStore, stock: SQLTrackerStore) -> None:
    tracker = await say(store, "你好")
    await say(store, "身份证怎么补办")
    found = await stock.retrieve("李")
    assert found is not None
    assert [event.as_dict() for event in found.events] == [event.as_dict() for event in tracker.events]


async def test_every_event_is_stored_once(store: RememberingTrackerStore, stock: SQLTrackerStore) -> None:
    for text in ("一", "二", "三"):
        await say(store, text)
    assert await texts(stock) == ["一", "二", "三"]


async def test_what_another_process_added_is_read(store: RememberingTrackerStore, stock: SQLTrackerStore) -> None:
    await say(store, "一")
    await say(stock, "二")
    await say(store, "三")
    assert await texts(store) == await texts(stock) == ["一", "二", "三"]


async def test_a_conversation_that_another_process_began_is_found(
    store: RememberingTrackerStore, stock: SQLTrackerStore
) -> None:
    assert await texts(store) == []
    await say(stock, "一")
    assert await texts(store) == ["一"]


async def test_a_turn_that_failed_leaves_nothing_behind(store: RememberingTrackerStore) -> None:
    await say(store, "一")
    broken = await store.retrieve("李")
    assert broken is not None
    broken.update(UserUttered("没有存下来的话"))
    assert await texts(store) == ["一"]


async def test_a_new_session_is_read_without_the_old_one(store: RememberingTrackerStore) -> None:
    tracker = await say(store, "昨天的话")
    tracker = await store.get_or_create_tracker("李")
    tracker.update(SessionStarted())
    tracker.update(UserUttered("今天的话"))
    await store.save(tracker)
    assert await texts(store) == ["今天的话"]
    await say(store, "再问")
    assert await texts(store) == ["今天的话", "再问"]


async def test_a_tracker_from_elsewhere_is_stored_as_rasa_does(store: RememberingTrackerStore) -> None:
    other = DialogueStateTracker.from_events("李", [UserUttered("一"), UserUttered("二")])
    await store.save(other)
    assert await texts(store) == ["一", "二"]


async def test_an_empty_conversation_is_not_stored(store: RememberingTrackerStore, stock: SQLTrackerStore) -> None:
    await store.get_or_create_tracker("李", append_action_listen=False)
    assert await stock.retrieve("李") is None


async def test_the_memory_is_bounded_and_what_it_forgets_is_read_again(store: RememberingTrackerStore) -> None:
    first = await say(store, "一")
    for number in range(REMEMBERED):
        await say(store, "你好", f"市民{number}")
    assert await store.retrieve("李") is not first
    assert await texts(store) == ["一"]
