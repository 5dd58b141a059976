"""Ratings given in words (好差评, five levels): of the result of an order, or of the last answer."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.levels import read_level
from actions.order_keys import without_keys
from actions.order_rating import order_meant, rate_order
from actions.questions import DISSATISFIED
from actions.say import options, say, words
from hotline.errors import OrderNotFound, TooManyAttempts
from hotline.moves import LOW_SCORES
from knowledge_base.text import normalise


class ActionRate(Action):
    """Record a rating said in words; a low one is asked for its reason once."""

    def name(self) -> str:
        return "action_rate"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        message = str(tracker.latest_message.get("text") or "")
        try:
            order = await order_meant(tracker, message)
        except (OrderNotFound, TooManyAttempts) as error:
            say(dispatcher, words(error.code), meta={"outcome": "rating", "result": "not_found"})
            return [SlotSet("pending", "order_no")]
        level = read_level(without_keys(message))
        if order is not None:
            return await rate_order(dispatcher, order, level, message)
        if level is None and DISSATISFIED.search(normalise(message)):
            return [FollowupAction("action_answer_question")]
        if level is None:
            say(dispatcher, words("rate_ask"), quick_replies=options("rate_levels"), meta={"outcome": "rating"})
            return []
        score, label = level
        meta = {"outcome": "rating", "rating": score}
        if score in LOW_SCORES:
            meta["offers"] = ["work_order"]
            say(dispatcher, words("rated_low", label=label), quick_replies=options("rating_options"), meta=meta)
            return [SlotSet("pending", "redo"), SlotSet("last_question", tracker.get_slot("last_question"))]
        say(dispatcher, words("rated", label=label), meta=meta)
        return [SlotSet("pending", None)]
