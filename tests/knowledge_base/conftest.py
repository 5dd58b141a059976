"""Fixtures of the knowledge base tests. What the real model embedded is kept in pytest's cache between runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy.engine import Engine

from knowledge_base.content import entries_of, shipped
from knowledge_base.embedding import Embedder, Vectors, load_embedder
from knowledge_base.index import SearchIndex, build_index
from knowledge_base.model import Channel, Entry, Record
from knowledge_base.vectors import embed_cached
from storage.engine import create_engine, migrate
from tests.knowledge_base.factories import make_small_base


class RememberingEmbedder:
    """The real model behind the real cache, so that only new test texts cost time."""

    def __init__(self, engine: Engine, model: Embedder) -> None:
        self._engine = engine
        self._model = model
        self.name = model.name
        self.dim = model.dim

    def embed(self, texts: Sequence[str], *, keep: bool = False) -> Vectors:
        return embed_cached(self._engine, self._model, texts)


@pytest.fixture(scope="session")
def embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    folder = request.config.cache.mkdir("sentence_vectors")
    engine = create_engine(f"sqlite:///{folder / 'vectors.db'}")
    migrate(engine)
    yield RememberingEmbedder(engine, load_embedder())
    engine.dispose()


@pytest.fixture(scope="session")
def small_index(embedder: Embedder) -> SearchIndex:
    return build_index(make_small_base(), embedder.embed)


@pytest.fixture(scope="session")
def shipped_records() -> list[Record]:
    return shipped()


@pytest.fixture(scope="session")
def shipped_entries(shipped_records: list[Record]) -> dict[str, Entry]:
    return {entry.code: entry for entry in entries_of(shipped_records)}


@pytest.fixture(scope="session")
def shipped_channels(shipped_records: list[Record]) -> dict[str, Channel]:
    return {record.code: record for record in shipped_records if isinstance(record, Channel)}
