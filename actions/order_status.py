"""What became of a work order: shown only for its number together with its query code."""

from __future__ import annotations

import asyncio
import re
from itertools import accumulate
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.cards import status_card
from actions.say import options, say, words
from actions.services import current
from hotline import store
from hotline.deadlines import SHANGHAI
from hotline.errors import OrderNotFound, OrderNotOpen, TooManyAttempts
from hotline.model import WorkOrder
from knowledge_base.text import normalise

_NUMBER = re.compile(r"wj[ :#-]*([0-9](?:[ -]?[0-9]){12,23})")
_CODE = re.compile(r"(?<![0-9])([0-9]{3} ?[0-9]{3})(?![0-9])")
_DIGITS = range(13, 19)  # of an order number: the date and at least five of the sequence


class ActionQueryOrder(Action):
    """Show the state of an order; ask for what is missing of number and code."""

    def name(self) -> str:
        return "action_query_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        number, code = read_keys(str(tracker.latest_message.get("text") or ""), tracker.get_slot("last_order"))
        if not number or not code:
            return _ask_for(dispatcher, number)
        services = current()
        try:
            order = await asyncio.to_thread(store.find, services.engine, number, code, now=services.now())
        except OrderNotFound:
            return _refuse(dispatcher, "order_not_found")
        except TooManyAttempts:
            return _refuse(dispatcher, "too_many_attempts")
        history = await asyncio.to_thread(store.history, services.engine, number)
        is_open = order.state.is_open
        replies = options("order_open_options" if is_open else "order_closed_options")
        meta = {
            "outcome": "order_status",
            "work_order": "status",
            "state": order.state.value,
            "tells_deadline": is_open,
            "asks_rating": not is_open,
            "offers": [] if is_open else ["redo", "work_order"],
        }
        text = status_text(order)
        say(dispatcher, text, kind="order_status", data=status_card(order, history), quick_replies=replies, meta=meta)
        return [
            SlotSet("last_order", order.number),
            SlotSet("pending", None if is_open else "redo"),
            SlotSet("last_question", None if is_open else order.title),
        ]


class ActionUrgeOrder(Action):
    """Record that the citizen asks to hurry."""

    def name(self) -> str:
        return "action_urge_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        message = str(tracker.latest_message.get("text") or "")
        number, code = read_keys(message, tracker.get_slot("last_order"))
        services = current()
        if number and not code:
            code = await asyncio.to_thread(_known_code, tracker, number)
        if not number or not code:
            return _ask_for(dispatcher, number)
        try:
            await asyncio.to_thread(store.urge, services.engine, number, code, now=services.now(), reason=message)
        except OrderNotFound:
            return _refuse(dispatcher, "order_not_found")
        except TooManyAttempts:
            return _refuse(dispatcher, "too_many_attempts")
        except OrderNotOpen:
            say(dispatcher, words("urge_closed", number=number), meta={"outcome": "order_status", "offers": ["redo"]})
            return [SlotSet("pending", "redo")]
        order = await asyncio.to_thread(store.get, services.engine, number)
        meta = {"outcome": "order_status", "work_order": "urged", "tells_deadline": True}
        say(dispatcher, words("urged", number=number, due=order.due_on.isoformat()), meta=meta)
        return [SlotSet("last_order", order.number)]


def read_keys(message: str, last_number: str | None) -> tuple[str, str]:
    """The order number and the query code that a message gives, empty when it does not.

    The number may hold spaces, and the code may stand right behind it.
    """
    text = normalise(message)
    found = _NUMBER.search(text)
    if found is None:
        code = _CODE.search(text)
        return last_number or "", code.group(1).replace(" ", "") if code else ""
    parts = re.split("[ -]", found.group(1))
    digits = "".join(parts)
    ends = accumulate(map(len, parts))
    length = next((end for end in ends if end in _DIGITS), _DIGITS.start)
    number, behind = store.normal_number(f"WJ{digits[:length]}"), digits[length:]
    code = _CODE.search(behind) or _CODE.search(text.replace(found.group(), " "))
    return number, code.group(1).replace(" ", "") if code else ""


def _known_code(tracker: Tracker, number: str) -> str:
    """The query code, when this very conversation filed the order or has shown it already."""
    if number not in _numbers_shown(tracker):
        return ""
    try:
        return store.get(current().engine, number).query_code
    except OrderNotFound:
        return ""


def _numbers_shown(tracker: Tracker) -> set[str]:
    """Numbers on the receipts and states that this conversation was given; a number that was only typed is none."""
    cards = [(event.get("data") or {}).get("custom") or {} for event in tracker.events if event.get("event") == "bot"]
    return {str(card["data"]["number"]) for card in cards if card.get("kind") in ("receipt", "order_status")}


def status_text(order: WorkOrder) -> str:
    """The state of an order in plain text; nothing that identifies the citizen."""
    received = order.received_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    lines = [
        words(
            "order_status",
            number=order.number,
            state=order.state.public_label,
            type=order.type.label,
            received=received,
            due=order.due_on.isoformat(),
        )
    ]
    if order.reply_text:
        lines.append(words("order_reply", reply=order.reply_text))
    if not order.state.is_open:
        lines.append(words("order_closed_hint"))
    return "\n".join(lines)


def _ask_for(dispatcher: CollectingDispatcher, number: str) -> list[EventType]:
    missing = "query_code" if number else "order_no"
    key = "ask_query_code" if number else "ask_order_no"
    say(dispatcher, words(key), meta={"outcome": "order_status", "asks": missing})
    return [SlotSet("pending", missing), SlotSet("last_order", number or None)]


def _refuse(dispatcher: CollectingDispatcher, key: str) -> list[EventType]:
    say(dispatcher, words(key), meta={"outcome": "order_status", "result": "not_found"})
    return [SlotSet("pending", "order_no")]
