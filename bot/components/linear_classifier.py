"""Intent classifier: logistic regression over the sentence embedding and character n-grams."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tqdm import tqdm

from bot.components.linear_model import LinearModel, TrainingOptions
from bot.components.sentence_embedding import BATCH, SentenceEmbeddingFeaturizer
from knowledge_base.content import entries_of, shipped
from knowledge_base.embedding import load_embedder
from knowledge_base.model import Gap, Guide
from knowledge_base.text import mandarin


class TooFewIntents(RasaException):
    """The training data holds fewer than two intents."""

    code = "too_few_intents"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(IntentClassifier, GraphComponent):
    """Sets `intent` and `intent_ranking` on every message; an empty text gets no intent and confidence 0."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [SentenceEmbeddingFeaturizer]

    @staticmethod
    def required_packages() -> list[str]:
        return ["sklearn", "scipy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Chosen by `python -m benchmarks.intents`; config.yml repeats and explains what matters."""
        return {
            "shortest_ngram": 1,
            "longest_ngram": 3,
            "dense_scale": 4.0,
            "inverse_regularisation": 10.0,
            "max_iter": 100,
            "random_seed": 42,
            "ranking_length": 10,
            "questions_intent": None,  # the intent that the knowledge base's own questions stand for
            "questions_of_guide": 16,  # how many of each guide, of each gap, of each other entry
            "questions_of_gap": 2,
            "questions_of_other": 6,
            "questions_weight": 0.15,  # weight of one of them beside a written example
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: LinearModel | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on all intent examples that have a text; raises TooFewIntents."""
        examples = [each for each in training_data.intent_examples if each.get(TEXT) and each.get(INTENT)]
        labels = [str(example.get(INTENT)) for example in examples]
        if len(set(labels)) < 2:
            raise TooFewIntents(f"the classifier needs two intents or more, not {sorted(set(labels))}")
        texts = [mandarin(example.get(TEXT)) for example in examples]
        vectors = np.stack([_sentence_vector(example) for example in examples])
        weights = np.ones(len(texts), dtype=np.float32)
        if intent := self._config["questions_intent"]:
            questions = knowledge_questions(self._config)
            texts, labels = [*texts, *questions], [*labels, *[intent] * len(questions)]
            vectors = np.concatenate([vectors, embed_shown(questions)])
            share = np.full(len(questions), self._config["questions_weight"], dtype=np.float32)
            weights = np.concatenate([weights, share])
        self._model = LinearModel.fit(texts, vectors, labels, options_from(self._config), weights)
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntentClassifier:
        """Read the fitted model; raises ValueError when it was never trained."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, LinearModel.load(folder))

    def process(self, messages: list[Message]) -> list[Message]:
        """Rank the intents of each message, most likely first."""
        for message in messages:
            ranking = self._rank(message) if message.get(TEXT) else []
            best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
            message.set("intent", best, add_to_output=True)
            message.set("intent_ranking", ranking[: self._config["ranking_length"]], add_to_output=True)
        return messages

    def _rank(self, message: Message) -> list[dict[str, Any]]:
        if self._model is None:
            raise RuntimeError("LinearIntentClassifier was asked before it was trained or loaded")
        shares = self._model.probabilities(mandarin(message.get(TEXT)), _sentence_vector(message))
        order = np.argsort(-shares, kind="stable")
        return [{"name": self._model.classes[place], "confidence": float(shares[place])} for place in order]


def knowledge_questions(config: dict[str, Any]) -> list[str]:
    """Questions that citizens ask of the shipped entries: a fixed sample of each, as `mandarin` writes them.

    They teach the classifier that a story of hardship with a question about a benefit is a question.
    """
    random = np.random.default_rng(int(config["random_seed"]))
    questions = []
    for entry in entries_of(shipped()):
        kind = "guide" if isinstance(entry, Guide) else "gap" if isinstance(entry, Gap) else "other"
        chosen = random.permutation(len(entry.similar_questions))[: int(config[f"questions_of_{kind}"])]
        questions += [mandarin(entry.similar_questions[place]) for place in sorted(chosen)]
    return questions


def embed_shown(texts: list[str]) -> NDArray[np.float32]:
    """Vectors of material, with progress shown: about 30 ms each when they are not kept yet."""
    steps = range(0, len(texts), BATCH)
    chunks = [
        load_embedder().embed(texts[start : start + BATCH], keep=True)
        for start in tqdm(steps, desc="embedding questions of the knowledge base", unit="batch")
    ]
    return np.concatenate(chunks)


def options_from(config: dict[str, Any]) -> TrainingOptions:
    """The part of a component's configuration that fitting reads."""
    return TrainingOptions(
        shortest=int(config["shortest_ngram"]),
        longest=int(config["longest_ngram"]),
        dense_scale=float(config["dense_scale"]),
        inverse_regularisation=float(config["inverse_regularisation"]),
        max_iter=int(config["max_iter"]),
        seed=int(config["random_seed"]),
    )


def _sentence_vector(message: Message) -> NDArray[np.float32]:
    _, features = message.get_dense_features(TEXT, [])
    if features is None:
        raise RuntimeError(f"message without sentence vector: {message.get(TEXT)!r}")
    matrix: NDArray[np.float32] = np.asarray(features.features, dtype=np.float32)
    return matrix.reshape(-1)
