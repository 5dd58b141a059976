"""Where Rasa keeps conversations and their locks: beside our own data, or shared by several workers."""

from __future__ import annotations

from urllib.parse import urlsplit

from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from sqlalchemy.engine.url import make_url

from bot.settings import Settings


def tracker_store_for(settings: Settings) -> TrackerStore:
    """Rasa's SQL store: its own SQLite file by default, the shared PostgreSQL when that is configured."""
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return SQLTrackerStore(Domain.empty(), dialect="sqlite", db=str(settings.data_dir / "conversations.db"))
    return SQLTrackerStore(
        Domain.empty(),
        dialect="postgresql",
        host=url.host,
        port=url.port,
        db=url.database or "rasa",
        username=url.username,
        password=url.password,
    )


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
