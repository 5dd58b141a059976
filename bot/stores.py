"""Where Rasa keeps conversations and their locks: beside our own data, or shared by several workers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.shared.core.domain import Domain
from sqlalchemy.engine.url import make_url
from sqlalchemy.pool import QueuePool

from bot.remembering_store import RememberingTrackerStore
from bot.settings import Settings
from storage.private import private_file, private_folder

BUSY_TIMEOUT_MS = 15_000  # how long a writer waits for another one, such as a backup


def tracker_store_for(settings: Settings) -> RememberingTrackerStore:
    """Rasa's SQL store: its own SQLite file by default, the shared PostgreSQL when that is configured."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        file = str(private_file(private_folder(settings.data_dir) / "conversations.db"))
        store = RememberingTrackerStore(Domain.empty(), dialect="sqlite", db=file)
        store.use_engine(_sqlite_engine(store.engine))
        return store
    store = RememberingTrackerStore(
        Domain.empty(),
        dialect="postgresql",
        host=url.host,
        port=url.port,
        db=url.database or "rasa",
        username=url.username,
        password=url.password,
    )
    store.engine.hide_parameters = True  # what citizens write never stands in an error message
    return store


def _sqlite_engine(stock: sa.engine.Engine) -> sa.engine.Engine:
    """The same file with connections that stay open: Rasa opens one anew for each statement."""
    engine = sa.create_engine(
        stock.url, poolclass=QueuePool, connect_args={"check_same_thread": False}, hide_parameters=True
    )
    sa.event.listen(engine, "connect", _prepare)
    stock.dispose()
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    """Commit without waiting for the disk: a power cut may cost the last turns, which Rasa only needs to go on.

    Messages, answers and work orders stand in another database, which does wait (`storage.engine`).
    """
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def lock_store_for(settings: Settings) -> LockStore:
    """Locks in Redis when several workers share the conversations, else in memory."""
    if not settings.redis_url:
        return InMemoryLockStore()
    redis = urlsplit(settings.redis_url)
    return RedisLockStore(
        host=redis.hostname or "localhost",
        port=redis.port or 6379,
        db=int(redis.path.lstrip("/") or 0),
        username=redis.username,
        password=redis.password,
        use_ssl=redis.scheme == "rediss",
    )
