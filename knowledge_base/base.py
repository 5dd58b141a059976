"""The knowledge base as the rest of the system uses it: search, entries, channels and halls of one moment."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.engine import Engine

from knowledge_base.aspects import AspectClassifier
from knowledge_base.embedding import Embedder, Vectors
from knowledge_base.errors import EmptyBase
from knowledge_base.index import SearchIndex
from knowledge_base.model import Aspect, Channel, Entry, Hall
from knowledge_base.ranking import load_weights, shares_among
from knowledge_base.search import SearchResult, search
from knowledge_base.store import fingerprint, load
from knowledge_base.text import mandarin
from knowledge_base.vectors import embed_cached


@dataclass(frozen=True)
class Picture:
    """Everything that is published, at one moment."""

    version: str  # fingerprint of the published records
    index: SearchIndex
    aspects: AspectClassifier
    channels: dict[str, Channel]
    halls: tuple[Hall, ...]


class KnowledgeBase:
    """Holds the current picture and swaps it as a whole; readers never see half a change."""

    def __init__(self, engine: Engine, embedder: Embedder) -> None:
        self._engine = engine
        self._embedder = embedder
        self._picture: Picture | None = None
        self._lock = threading.Lock()

    def reload(self, *, progress: bool = False) -> Picture:
        """Read what is published and swap it in; raises EmptyBase when that is nothing."""
        with self._lock:
            version = fingerprint(self._engine)
            if self._picture is None or self._picture.version != version:
                self._picture = self._build(version, progress)
            return self._picture

    @property
    def picture(self) -> Picture:
        """The current picture, loaded at first use."""
        return self._picture or self.reload()

    def search(self, message: str) -> SearchResult:
        """Search for a citizen's message (about 20 ms: run it in a thread)."""
        return search(self.picture.index, self._embedder, message)

    def vector(self, message: str) -> Vectors:
        """The embedding of a message as search sees it, shape (dim,); remembered, so asking twice costs nothing."""
        return np.asarray(self._embedder.embed([mandarin(message)])[0], dtype=np.float32)

    def aspect_of(self, message: str) -> Aspect:
        """The aspect that a message asks for first."""
        return self.picture.aspects.asked(mandarin(message), self.vector(message))

    def choose(self, message: str, codes: Sequence[str]) -> list[tuple[Entry, float]]:
        """Order some entries by how well a message fits them, with shares that sum to 1; unknown codes drop out."""
        index = self.picture.index
        places = [index.by_code[code] for code in codes if code in index.by_code]
        if not places:
            return []
        measures = index.measure(mandarin(message), self.vector(message))
        weights = load_weights()["rich" if index.is_rich else "bare"]
        shares = shares_among(measures.values, weights.rank, places)
        return sorted(
            ((index.entries[place], share) for place, share in zip(places, shares, strict=True)),
            key=lambda pair: -pair[1],
        )

    def entry(self, code: str) -> Entry | None:
        """The published entry with this code."""
        index = self.picture.index
        return index.entries[index.by_code[code]] if code in index.by_code else None

    def _build(self, version: str, progress: bool) -> Picture:
        records = load(self._engine)
        entries = [record for record in records if isinstance(record, Entry)]
        if not entries:
            raise EmptyBase("知识库中还没有已发布的条目，请先运行 python -m bot prepare")

        def embed(texts: Sequence[str]) -> Vectors:
            return embed_cached(self._engine, self._embedder, texts, progress=progress)

        channels = {record.code: record for record in records if isinstance(record, Channel)}
        halls = tuple(record for record in records if isinstance(record, Hall))
        return Picture(version, SearchIndex(entries, embed), AspectClassifier(entries, embed), channels, halls)
