"""Greetings, thanks, chat: one friendly sentence and the way back to the matter."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.emergency import acknowledge
from actions.own_orders import take_for_order
from actions.say import options, say, words
from knowledge_base.places import towns_in

SENTENCES = frozenset({"greet", "thanks", "bye", "capability", "chitchat", "abuse"})
WITH_STARTERS = frozenset({"greet", "capability", "chitchat", "abuse"})


class ActionSmallTalk(Action):
    """Answer small talk by its intent; after an alarm, a reassuring message is acknowledged instead."""

    def name(self) -> str:
        return "action_small_talk"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if events := acknowledge(dispatcher, tracker):
            return events
        message = str(tracker.latest_message.get("text") or "")
        if (taken := await take_for_order(dispatcher, tracker, message)) is not None:
            return taken
        if towns := towns_in(message):
            say(dispatcher, words("town_noted", town=towns[0]), meta={"outcome": "small_talk"})
            return [SlotSet("town", towns[0])]
        intent = str((tracker.latest_message.get("intent") or {}).get("name"))
        key = intent if intent in SENTENCES else "chitchat"
        outcome = "abuse" if key == "abuse" else "small_talk"
        replies = options("starters") if key in WITH_STARTERS else ()
        say(dispatcher, words(key), quick_replies=replies, meta={"outcome": outcome})
        return [SlotSet("pending", None)]
