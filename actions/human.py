"""A person instead of the assistant: the hotline at once, or a work order that a person answers."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.questions import last_user_question
from actions.say import options, say, words


class ActionHuman(Action):
    """Say how to reach a person and offer to file the matter meanwhile."""

    def name(self) -> str:
        return "action_human"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        meta = {"outcome": "human", "hotlines": ["12345"], "offers": ["work_order", "hotline"]}
        say(dispatcher, words("human"), quick_replies=options("human_options"), meta=meta)
        question = tracker.get_slot("last_question") or last_user_question(tracker)
        return [SlotSet("pending", "register"), SlotSet("last_question", question or None)]
