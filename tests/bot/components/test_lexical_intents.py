"""Words that decide: alarms, insults and order numbers outrank whatever the classifier made of a message."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.lexical_intents import LexicalIntents


@pytest.fixture
def component(model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext) -> LexicalIntents:
    return LexicalIntents.create({}, model_storage, resource, execution_context)


def read(component: LexicalIntents, text: str, intent: str = "ask_guide", **also: Any) -> Message:
    message = Message({TEXT: text, INTENT: {"name": intent, "confidence": 0.6}, **also})
    return component.process([message])[0]


def alarms_of(message: Message) -> list[dict[str, Any]]:
    return [entity for entity in message.get(ENTITIES) or [] if entity["entity"] == "alarm"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("救命，有人掉河里了", "emergency"),
        ("楼下著火啦快啲嚟人", "emergency"),
        ("我不想活了", "self_harm_or_threat"),
        ("再不解决我就跟他们同归于尽", "self_harm_or_threat"),
    ],
)
def test_an_alarm_outranks_the_classifier_and_carries_the_numbers_to_call(
    component: LexicalIntents, text: str, kind: str
) -> None:
    message = read(component, text)
    assert message.get(INTENT) == {"name": kind, "confidence": 1.0}
    (alarm,) = alarms_of(message)
    assert alarm["value"] == kind
    assert alarm["numbers"]
    assert (alarm["start"], alarm["end"]) == (0, len(text))


def test_an_alarm_leaves_the_other_entities_in_place(component: LexicalIntents) -> None:
    town = {"entity": "town", "value": "龙归镇", "start": 0, "end": 3}
    message = read(component, "龙归镇这里着火了，快来人", entities=[town])
    assert town in message.get(ENTITIES)
    assert alarms_of(message)


@pytest.mark.parametrize("text", ["火灾证明在哪里开", "急救证怎么考", "交通事故认定书多久能拿到"])
def test_a_frightening_word_in_an_ordinary_question_is_no_alarm(component: LexicalIntents, text: str) -> None:
    message = read(component, text)
    assert message.get(INTENT)["name"] == "ask_guide"
    assert alarms_of(message) == []


def test_an_alarm_that_only_the_classifier_heard_gives_way_when_the_words_speak_against_it(
    component: LexicalIntents,
) -> None:
    ranking = [
        {"name": "emergency", "confidence": 0.5},
        {"name": "self_harm_or_threat", "confidence": 0.2},
        {"name": "ask_guide", "confidence": 0.15},
    ]
    message = read(component, "消防安全检查怎么申请", "emergency", intent_ranking=ranking)
    assert message.get(INTENT) == {"name": "ask_guide", "confidence": 0.15}


@pytest.mark.parametrize(
    "text", ["WJ2025030400001", "ｗｊ２０２５０３０４００００１ 483920", "看看 wj 20250304 00001 办到哪了"]
)
def test_an_order_number_asks_for_the_state_of_the_order(component: LexicalIntents, text: str) -> None:
    assert read(component, text, "chitchat").get(INTENT) == {"name": "query_order", "confidence": 1.0}


@pytest.mark.parametrize("text", ["催一下 WJ2025030400001", "WJ2025030400001 怎么还没处理", "WJ2025030400001 快点啦"])
def test_an_order_number_with_impatience_urges_it(component: LexicalIntents, text: str) -> None:
    assert read(component, text).get(INTENT)["name"] == "urge_order"


@pytest.mark.parametrize("text", ["傻逼", "你们这群废物"])
def test_an_insult_alone_is_abuse(component: LexicalIntents, text: str) -> None:
    assert read(component, text).get(INTENT) == {"name": "abuse", "confidence": 1.0}


def test_an_insult_beside_a_matter_stays_the_matter(component: LexicalIntents) -> None:
    assert read(component, "他妈的身份证到底去哪里补办", "ask_guide").get(INTENT)["name"] == "ask_guide"


@pytest.mark.parametrize("text", ["", " ", "身份证怎么补办", "😀"])
def test_anything_else_stays_as_the_classifier_read_it(component: LexicalIntents, text: str) -> None:
    assert read(component, text).get(INTENT) == {"name": "ask_guide", "confidence": 0.6}


def test_a_message_that_nothing_classified_passes(component: LexicalIntents) -> None:
    message = component.process([Message({TEXT: "身份证怎么补办"})])[0]
    assert message.get(INTENT) is None
