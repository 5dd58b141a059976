"""Entity extractor: the spaCy pipeline over the gazetteer, built at training time and kept inside the model.

Rasa's SpacyNLP fingerprints only the *name* of a spaCy model; here changed names change the fingerprint, so that
`rasa train` builds the pipeline anew when, and only when, the knowledge changed.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language

from bot.gazetteer import content_fingerprint, shipped_patterns
from bot.spacy_pipeline import build_pipeline, load_pipeline
from knowledge_base.text import align

PIPELINE_FOLDER = "spacy"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class GazetteerEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds towns, matters and units by name; the value is the official name or the entry's code."""

    @staticmethod
    def supported_languages() -> list[str]:
        return ["zh"]

    @staticmethod
    def required_packages() -> list[str]:
        return ["spacy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """There is nothing to set."""
        return {}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changed knowledge means other names: train again."""
        return content_fingerprint()

    def __init__(self, model_storage: ModelStorage, resource: Resource, pipeline: Language | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._pipeline = pipeline

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GazetteerEntityExtractor:
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Build the pipeline from the shipped knowledge; the training examples are not read."""
        self._pipeline = build_pipeline(shipped_patterns())
        with self._model_storage.write_to(self._resource) as folder:
            self._pipeline.to_disk(folder / PIPELINE_FOLDER)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GazetteerEntityExtractor:
        """Read the pipeline back; raises ValueError when the model holds none."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, load_pipeline(folder / PIPELINE_FOLDER))

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities to each message; offsets are those of the text as it was written."""
        for message in messages:
            if text := message.get(TEXT):
                found = self.add_extractor_name(self._entities(text))
                message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def _entities(self, text: str) -> list[dict[str, Any]]:
        if self._pipeline is None:
            raise RuntimeError("GazetteerEntityExtractor was asked before it was trained or loaded")
        return [
            {
                "entity": entity.label_,
                "value": entity.ent_id_,
                "start": entity.start_char,
                "end": entity.end_char,
                "confidence": 1.0,
            }
            for entity in self._pipeline(align(text)).ents
        ]
