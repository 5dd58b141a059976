"""Tokenizer: words as the citizen wrote them, with the normalised spelling beside each as its lemma."""

from __future__ import annotations

from typing import Any

import jieba
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.segmenter import domain_words, load_segmenter, read_segmenter, write_segmenter
from bot.gazetteer import content_fingerprint, shipped_patterns, words_of
from knowledge_base.text import align


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class ChineseTokenizer(Tokenizer):
    """Segments with a private jieba dictionary that knows the names of the gazetteer and the knowledge base.

    `Token.text` and the offsets stay those of the message; `Token.lemma` is simplified, half-width, lower-case.
    White space gives no token. The dictionary is kept in the model, so that a model always segments alike.
    """

    @staticmethod
    def supported_languages() -> list[str]:
        return ["zh"]

    @staticmethod
    def required_packages() -> list[str]:
        return ["jieba", "opencc"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's options for all tokenizers; intents are never split here."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changed knowledge means new words: train again."""
        return content_fingerprint()

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, words: tuple[str, ...] = ()
    ) -> None:
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource
        self._words = words

    @property
    def _segmenter(self) -> jieba.Tokenizer:
        return load_segmenter(self._words)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ChineseTokenizer:
        words = domain_words(words_of(shipped_patterns()))
        return cls(config, model_storage, resource, words)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the dictionary in the model; nothing is learnt from the examples."""
        with self._model_storage.write_to(self._resource) as folder:
            write_segmenter(self._words, folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ChineseTokenizer:
        """Read the dictionary back; raises ValueError when the model holds none."""
        with model_storage.read_from(resource) as folder:
            words = read_segmenter(folder)
        return cls(config, model_storage, resource, words)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        original = str(message.get(attribute))
        aligned = align(original)
        tokens = [
            Token(original[start:end], start, end, lemma=aligned[start:end])
            for _, start, end in self._segmenter.tokenize(aligned)
            if not aligned[start:end].isspace()
        ]
        return list(self._apply_token_pattern(tokens))
