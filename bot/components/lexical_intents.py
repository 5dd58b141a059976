"""Messages whose meaning must not depend on a classifier: alarms, insults, and order numbers.

Stands last in the pipeline and overrides the intent with certainty. An alarm leaves an entity `alarm` with the
numbers to call, what it is about and whom it concerns, so that the action need not look again.
"""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import guards
from hotline.intake import order_type_of
from hotline.model import OrderType
from knowledge_base.text import normalise

_ORDER_NUMBER = re.compile(r"wj\s*[0-9][0-9\s]{11,}", re.IGNORECASE)
_QUERY_CODE = re.compile(r"^(?:查询码)?(?:是|[:：])?\s*[0-9]{6}[。.]?$")
_REGISTER = re.compile(r"^(?:那就?|好|请|要|帮我)?登记(?:一下|咨询|工单|咨询工单|吧)*$")  # our own quick replies
_INTENTS = {
    OrderType.COMPLAINT: "complain",
    OrderType.REPORT: "report",
    OrderType.HELP: "seek_help",
    OrderType.SUGGESTION: "suggest",
    OrderType.PRAISE: "praise",
}
ALARMS = (guards.EMERGENCY, guards.SELF_HARM_OR_THREAT)
_URGE = re.compile(r"催|快点|抓紧|加急|几时.{0,4}(?:办|搞)好|怎么还没|还没.{0,6}(?:办|处理|解决)")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LexicalIntents(GraphComponent):
    """Overrides the intent where words decide."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LexicalIntents:
        """Nothing to configure."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at each message once."""
        for message in messages:
            _override(message)
        return messages


def _override(message: Message) -> None:
    text = str(message.get(TEXT) or "")
    intent = (message.get(INTENT) or {}).get("name")
    alarm = guards.check(text)
    if alarm is None and intent in ALARMS:
        alarm = guards.second_opinion(text, intent)
    if guards.is_alarm_resolved(text):
        _add_entity(message, {"entity": "alarm_over", "value": "true"})
    if alarm is not None:
        found = {"value": alarm.kind, "numbers": list(alarm.numbers), "topic": alarm.topic, "who": alarm.who}
        _add_entity(message, {"entity": "alarm", **found})
        _set_intent(message, alarm.kind)
    elif _ORDER_NUMBER.search(normalise(text)):
        _set_intent(message, "urge_order" if _URGE.search(normalise(text)) else "query_order")
    elif _QUERY_CODE.match(normalise(text)):
        _set_intent(message, "query_order")
    elif _REGISTER.match(normalise(text)):
        _set_intent(message, "affirm")
    elif (order_type := order_type_of(text)) in _INTENTS and intent not in _INTENTS.values():
        _set_intent(message, _INTENTS[order_type])
    elif guards.is_abuse(text):
        _set_intent(message, "abuse")
    elif intent in ALARMS:
        _set_next_intent(message)


def _set_next_intent(message: Message) -> None:
    """The classifier heard an alarm and the words speak against it: take its best other reading."""
    others = [each for each in message.get("intent_ranking") or () if each["name"] not in ALARMS]
    if others:
        message.set(INTENT, {"name": others[0]["name"], "confidence": others[0]["confidence"]}, add_to_output=True)


def _add_entity(message: Message, entity: dict[str, Any]) -> None:
    """Add an entity that stands for the whole message."""
    whole = {"start": 0, "end": len(str(message.get(TEXT))), "extractor": "LexicalIntents"}
    message.set(ENTITIES, [*(message.get(ENTITIES) or []), entity | whole], add_to_output=True)


def _set_intent(message: Message, name: str) -> None:
    message.set(INTENT, {"name": name, "confidence": 1.0}, add_to_output=True)
