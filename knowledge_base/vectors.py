"""Embeddings kept in the database by text hash, so that a restart embeds nothing twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from tqdm import tqdm

from knowledge_base.embedding import Embedder, Vectors
from storage.engine import insert, transaction
from storage.tables import embedding

CHUNK = 40  # texts per transaction: an interrupted first start loses seconds, not minutes


def text_hash(text: str) -> str:
    """SHA-256 of the text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def embed_cached(engine: Engine, embedder: Embedder, texts: Sequence[str], *, progress: bool = False) -> Vectors:
    """Embed `texts`, taking known ones from the database; returns shape (len(texts), dim)."""
    hashes = [text_hash(text) for text in texts]
    known = _load(engine, embedder.name, set(hashes))
    wanted = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
    keys = list(wanted)
    steps = range(0, len(keys), CHUNK)
    with tqdm(total=len(keys), desc="计算句向量", unit="句", disable=not (progress and keys)) as bar:
        for start in steps:
            chunk = keys[start : start + CHUNK]
            vectors = embedder.embed([wanted[key] for key in chunk], keep=True)
            bar.update(len(chunk))
            known.update(zip(chunk, vectors, strict=True))
            _save(engine, embedder.name, dict(zip(chunk, vectors, strict=True)))
    if not texts:
        return np.zeros((0, embedder.dim), dtype=np.float32)
    return np.stack([known[key] for key in hashes])


def _load(engine: Engine, model: str, hashes: set[str]) -> dict[str, Vectors]:
    query = sa.select(embedding.c.text_hash, embedding.c.vector).where(embedding.c.model == model)
    with engine.connect() as connection:
        rows = connection.execute(query)
        return {row.text_hash: np.frombuffer(row.vector, dtype=np.float32) for row in rows if row.text_hash in hashes}


def _save(engine: Engine, model: str, vectors: dict[str, Vectors]) -> None:
    rows = [{"text_hash": key, "model": model, "vector": vector.tobytes()} for key, vector in vectors.items()]
    with transaction(engine) as connection:
        connection.execute(insert(connection, embedding).on_conflict_do_nothing(), rows)
