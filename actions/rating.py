"""Ratings given in words (好差评, five levels)."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.say import options, say, words
from knowledge_base.text import normalise

# First match wins: 5 非常满意 … 1 非常不满意 (国办发〔2019〕51号).
LEVELS: tuple[tuple[int, str, re.Pattern[str]], ...] = (
    (1, "非常不满意", re.compile(r"(?:非常|很|太|极其|十分|超级?)不满|一星|1星|1分|差评|零分|最差|垃圾")),
    (2, "不满意", re.compile(r"不满|不太满意|两星|二星|2星|2分|失望|差劲|敷衍|一般般不好")),
    (3, "基本满意", re.compile(r"基本满意|还行|一般|凑合|马马虎虎|过得去|三星|3星|3分|中评")),
    (5, "非常满意", re.compile(r"(?:非常|很|十分|特别|超级?|相当)满意|五星|5星|5分|满分|好评|点赞|太好")),
    (4, "满意", re.compile(r"满意|四星|4星|4分|不错|挺好|可以")),
)


class ActionRate(Action):
    """Record a rating said in words; a low one is asked for its reason once."""

    def name(self) -> str:
        return "action_rate"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        level = read_level(str(tracker.latest_message.get("text") or ""))
        if level is None:
            say(dispatcher, words("rate_ask"), quick_replies=options("rate_levels"), meta={"outcome": "rating"})
            return []
        score, label = level
        meta = {"outcome": "rating", "rating": score}
        if score <= 2:
            meta["offers"] = ["work_order"]
            say(dispatcher, words("rated_low", label=label), quick_replies=options("rating_options"), meta=meta)
            return [SlotSet("pending", "redo"), SlotSet("last_question", tracker.get_slot("last_question"))]
        say(dispatcher, words("rated", label=label), meta=meta)
        return [SlotSet("pending", None)]


def read_level(message: str) -> tuple[int, str] | None:
    """Score (1–5) and label of a rating said in words, None when none is said."""
    text = normalise(message)
    return next(((score, label) for score, label, sign in LEVELS if sign.search(text)), None)
