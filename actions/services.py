"""What the actions work with: the knowledge base, the database and the clock of this process.

The bot puts its own in place with `use`; a stand-alone `rasa run actions` builds them from the environment.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.engine import Engine

from knowledge_base.aspects import AspectClassifier
from knowledge_base.base import KnowledgeBase
from knowledge_base.embedding import load_embedder
from storage.engine import create_engine, migrate
from storage.private import default_database_url


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Services:
    """Everything an action may call."""

    engine: Engine
    knowledge: KnowledgeBase
    now: Callable[[], datetime] = utc_now

    @property
    def aspects(self) -> AspectClassifier:
        """The aspect classifier of the current picture of the knowledge."""
        return self.knowledge.picture.aspects


_current: list[Services] = []


def use(services: Services) -> None:
    """Let every action of this process work with these services."""
    _current[:] = [services]


def current() -> Services:
    """The services in use; built from DATABASE_URL and DATA_DIR at the first call when nobody put any in place."""
    if not _current:
        engine = create_engine(default_database_url(os.environ))
        migrate(engine)
        use(Services(engine, KnowledgeBase(engine, load_embedder())))
    return _current[0]
