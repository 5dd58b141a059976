"""Embeddings are kept in the database: nothing is embedded twice, on either engine."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy.engine import Engine

from knowledge_base.vectors import CHUNK, embed_cached
from storage.engine import create_engine, migrate
from tests.knowledge_base.factories import BreakingEmbedder, CountingEmbedder

TEXTS = ["身份证怎么换", "社保卡怎么办", "居住证要多久"]


def test_the_cache_survives_reopening_the_database(database_url: str) -> None:
    first_run = create_engine(database_url)
    migrate(first_run)
    before = embed_cached(first_run, CountingEmbedder(), TEXTS)
    first_run.dispose()

    second_run, embedder = create_engine(database_url), CountingEmbedder()
    after = embed_cached(second_run, embedder, TEXTS)
    second_run.dispose()

    assert embedder.asked == []
    assert np.array_equal(before, after)


def test_only_new_texts_are_embedded(engine: Engine) -> None:
    embedder = CountingEmbedder()
    embed_cached(engine, embedder, TEXTS)
    embed_cached(engine, embedder, [*TEXTS, "低保怎么申请"])
    assert embedder.asked == [*TEXTS, "低保怎么申请"]


def test_a_text_that_stands_twice_is_embedded_once_and_returned_twice(engine: Engine) -> None:
    embedder = CountingEmbedder()
    vectors = embed_cached(engine, embedder, ["同一句", "另一句", "同一句"])
    assert embedder.asked == ["同一句", "另一句"]
    assert np.array_equal(vectors[0], vectors[2])
    assert not np.array_equal(vectors[0], vectors[1])


def test_vectors_come_back_in_the_order_of_the_texts(engine: Engine) -> None:
    embedder = CountingEmbedder()
    embed_cached(engine, embedder, TEXTS)
    assert np.array_equal(embed_cached(engine, embedder, TEXTS[::-1]), embedder.embed(TEXTS)[::-1])


def test_another_model_does_not_get_the_vectors_of_the_first(engine: Engine) -> None:
    embed_cached(engine, CountingEmbedder("small"), TEXTS)
    larger = CountingEmbedder("large", dim=16)
    assert embed_cached(engine, larger, TEXTS).shape == (3, 16)
    assert larger.asked == TEXTS


def test_an_interrupted_start_keeps_what_it_had_finished(engine: Engine) -> None:
    texts = [f"第{number}句" for number in range(CHUNK + 50)]
    with pytest.raises(KeyboardInterrupt):
        embed_cached(engine, BreakingEmbedder(works=CHUNK + 10), texts)
    embedder = CountingEmbedder()
    embed_cached(engine, embedder, texts)
    assert embedder.asked == texts[CHUNK:]


def test_no_texts_give_an_empty_matrix_of_the_right_width(engine: Engine) -> None:
    assert embed_cached(engine, CountingEmbedder(), []).shape == (0, 8)
