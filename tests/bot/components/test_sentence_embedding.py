"""The dense featurizer, with the embedder that ships."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.sentence_embedding import SentenceEmbeddingFeaturizer
from knowledge_base.embedding import load_embedder


@pytest.fixture
def featurizer(
    model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
) -> SentenceEmbeddingFeaturizer:
    config = {**SentenceEmbeddingFeaturizer.get_default_config(), FEATURIZER_CLASS_ALIAS: "embedding"}
    return SentenceEmbeddingFeaturizer.create(config, model_storage, resource, execution_context)


def vector_of(featurizer: SentenceEmbeddingFeaturizer, text: str) -> NDArray[np.float32]:
    message = Message({TEXT: text})
    featurizer.process([message])
    _, features = message.get_dense_features(TEXT, [])
    return np.asarray(features.features, dtype=np.float32)


def test_a_message_gets_one_unit_vector(featurizer: SentenceEmbeddingFeaturizer) -> None:
    vector = vector_of(featurizer, "身份证丢了怎么补")
    assert vector.shape == (1, load_embedder().dim)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-3)


def test_traditional_and_simplified_spelling_give_the_same_vector(featurizer: SentenceEmbeddingFeaturizer) -> None:
    assert np.array_equal(vector_of(featurizer, "補辦身份證"), vector_of(featurizer, "补办身份证"))


def test_an_empty_message_gets_no_vector(featurizer: SentenceEmbeddingFeaturizer) -> None:
    message = Message({TEXT: ""})
    featurizer.process([message])
    assert message.get_dense_features(TEXT, []) == (None, None)


def test_another_embedder_means_another_fingerprint() -> None:
    assert SentenceEmbeddingFeaturizer.fingerprint_addon({}) == load_embedder().name
