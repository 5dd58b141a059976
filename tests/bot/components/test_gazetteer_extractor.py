"""The entity extractor over the shipped names."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.gazetteer_extractor import GazetteerEntityExtractor
from bot.gazetteer import content_fingerprint
from knowledge_base.places import towns


@pytest.fixture
def extractor(
    model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
) -> GazetteerEntityExtractor:
    """Trained, written and read back: what runs in production."""
    GazetteerEntityExtractor.create({}, model_storage, resource, execution_context).train(TrainingData())
    return GazetteerEntityExtractor.load({}, model_storage, resource, execution_context)


def entities_in(extractor: GazetteerEntityExtractor, text: str) -> list[dict[str, Any]]:
    message = Message({TEXT: text})
    extractor.process([message])
    return list(message.get(ENTITIES, []))


def test_a_town_is_named_officially(extractor: GazetteerEntityExtractor) -> None:
    found = entities_in(extractor, "我住在龙归圩")
    assert [(each["entity"], each["value"]) for each in found] == [("town", "龙归镇")]


def test_a_town_is_found_between_words_that_would_take_its_characters(extractor: GazetteerEntityExtractor) -> None:
    assert entities_in(extractor, "在西联办居住证")[0]["value"] == "西联镇"


@pytest.mark.parametrize("frame", ["我在{}办居住证", "{}怎么去", "我住{}那边", "{}路灯坏了", "家在{}，垃圾没人清"])
def test_every_word_for_a_town_is_found_in_a_sentence(extractor: GazetteerEntityExtractor, frame: str) -> None:
    missed = [
        word
        for town in towns()
        for word in town.words
        if town.name not in [each["value"] for each in entities_in(extractor, frame.format(word))]
    ]
    assert missed == []


def test_offsets_are_those_of_the_traditional_text(extractor: GazetteerEntityExtractor) -> None:
    text = "請問龍歸鎮邊度辦居住證"
    spans = [(each["entity"], text[each["start"] : each["end"]]) for each in entities_in(extractor, text)]
    assert spans == [("town", "龍歸鎮"), ("matter", "居住證")]


@pytest.mark.parametrize("text", ["新华书店旁边有没有厕所", "重阳节放假吗"])
def test_a_town_inside_another_word_is_no_town(extractor: GazetteerEntityExtractor, text: str) -> None:
    assert not [each for each in entities_in(extractor, text) if each["entity"] == "town"]


def test_an_empty_text_has_no_entities(extractor: GazetteerEntityExtractor) -> None:
    assert entities_in(extractor, "") == []


def test_changed_names_change_the_fingerprint() -> None:
    assert GazetteerEntityExtractor.fingerprint_addon({}) == content_fingerprint()
