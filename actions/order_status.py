"""What became of a work order: shown only for its number together with its query code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.cards import status_card
from actions.order_keys import numbers_shown, read_keys
from actions.order_rating import rate_named, take_rating
from actions.own_orders import supplement_named
from actions.say import options, say, words
from actions.services import current
from hotline import store
from hotline.deadlines import SHANGHAI
from hotline.errors import OrderNotFound, OrderNotOpen, TooManyAttempts
from hotline.model import WorkOrder
from hotline.public import main_of


class ActionQueryOrder(Action):
    """Show the state of an order; ask for what is missing of number and code."""

    def name(self) -> str:
        return "action_query_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        message = str(tracker.latest_message.get("text") or "")
        number, code = read_keys(message, tracker.get_slot("last_order"))
        if not number or not code:
            events = await take_rating(dispatcher, tracker, message)
            return _ask_for(dispatcher, number) if events is None else events
        services = current()
        try:
            order = await asyncio.to_thread(store.find, services.engine, number, code, now=services.now())
        except OrderNotFound:
            return _refuse(dispatcher, "order_not_found")
        except TooManyAttempts:
            return _refuse(dispatcher, "too_many_attempts")
        for act in (supplement_named, rate_named):
            if (events := await act(dispatcher, order, message)) is not None:
                return events
        history = await asyncio.to_thread(store.history, services.engine, number)
        main = await asyncio.to_thread(main_of, services.engine, order)
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
        card = status_card(order, history, main)
        text = status_text(order, card)
        say(dispatcher, text, kind="order_status", data=card, quick_replies=replies, meta=meta)
        return [
            SlotSet("last_order", order.number),
            SlotSet("pending", None if is_open else "rate_order"),
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


def _known_code(tracker: Tracker, number: str) -> str:
    """The query code, when this very conversation filed the order or has shown it already."""
    if number not in numbers_shown(tracker):
        return ""
    try:
        return store.get(current().engine, number).query_code
    except OrderNotFound:
        return ""


def status_text(order: WorkOrder, card: Mapping[str, Any]) -> str:
    """The state of an order in plain text, as its card has it; nothing that identifies the citizen."""
    received = order.received_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    lines = [
        words(
            "order_status",
            number=order.number,
            state=card["state_label"],
            type=order.type.label,
            received=received,
            due=order.due_on.isoformat(),
        )
    ]
    if card["question"]:
        lines.append(words("order_question", question=card["question"]))
    if card["reply"]:
        lines.append(words("order_reply", reply=card["reply"]))
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
