"""Messages that belong to an order of this conversation: what the office asked for, why a rating was low, a withdrawal.

The notices that lead to them stand in the transcript and not in the tracker, so the order itself is asked what it
waits for.
"""

from __future__ import annotations

import asyncio
import re

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.order_keys import proven_order, read_keys, without_keys
from actions.order_rating import NEW_MATTER, take_rating
from actions.say import options, say, words
from actions.services import current
from hotline import store
from hotline.citizen import add_words, cancel, orders_of, supplement
from hotline.desk import possible
from hotline.errors import HotlineError, OrderNotFound, TooManyAttempts
from hotline.form import has_substance
from hotline.model import WorkOrder
from hotline.moves import Move
from hotline.people import CITIZEN
from hotline.public import question_asked
from hotline.states import OPEN_STATES, State
from knowledge_base.text import normalise

STATEMENTS = frozenset({"supply_details", "affirm", "deny", "nlu_fallback"})
MATTERS = frozenset({"complain", "report", "seek_help", "suggest", "praise"})
UNSURE = frozenset({"ask_guide", "out_of_scope", "chitchat", "abuse"})
SURE_AT = 0.85  # confidence from which what sounds like a question to us is one, and no answer to the office

_QUESTION = re.compile(r"[?？]|[吗么呢]$|怎么|如何|哪里|在哪|什么|多少|几[天个点]|能不能|可不可以")
_YES_NO = re.compile(r"是否|是不是|有没有|有无|[吗么][?？]?$")
_SUPPLEMENT = re.compile(r"补充(?:一下|一点|信息|情况|说明|内容)?[是为:：,， ]*")
_NOTHING_MORE = re.compile(r"^(?:不说了|不说|不用了?|没有了?|没什么|算了)[。!,， ]*$")
_THING = r"(?:工单|单子?|投诉|举报|诉求|求助|建议|反映|登记)"
_WITHDRAW = re.compile(
    rf"(?:撤回|撤销|撤掉|取消|作废).{{0,8}}{_THING}|{_THING}.{{0,6}}(?:撤回|撤销|撤掉|取消|作废)|^(?:撤单|撤诉|撤回|撤销|取消)[吧了]?$"
    r"|不(?:想|要|再)?(?:投诉|举报|反映|追究)了"
)
_NO = re.compile(r"^(?:不|先不|别|唔)")


async def take_for_order(dispatcher: CollectingDispatcher, tracker: Tracker, message: str) -> list[EventType] | None:
    """Take a message that belongs to an order of this conversation; None when it does not."""
    for take in (_named, _confirmed_withdrawal, _reason_of_rating, take_rating, _withdrawal, _answer_to_office):
        if (events := await take(dispatcher, tracker, message)) is not None:
            return events
    return None


async def supplement_named(dispatcher: CollectingDispatcher, order: WorkOrder, message: str) -> list[EventType] | None:
    """Add what a message says beside the number of an order that waits for it: "补充 WJ… 483920 在示例路3号"."""
    said = without_keys(message)
    if order.state is not State.NEED_INFO or not (found := _SUPPLEMENT.search(said)):
        return None
    text = said[found.end() :].strip() or said[: found.start()].strip()
    return await _supplement(dispatcher, order, text) if text else None


async def _named(dispatcher: CollectingDispatcher, tracker: Tracker, message: str) -> list[EventType] | None:
    number, code = read_keys(message, None)
    if not number or not _SUPPLEMENT.search(message):
        return None
    try:
        order = await proven_order(tracker, number, code)
    except (OrderNotFound, TooManyAttempts) as error:
        say(dispatcher, words(error.code), meta={"outcome": "order_status", "result": "not_found"})
        return [SlotSet("pending", "order_no")]
    return await supplement_named(dispatcher, order, message)


async def _confirmed_withdrawal(
    dispatcher: CollectingDispatcher, tracker: Tracker, message: str
) -> list[EventType] | None:
    number, text = tracker.get_slot("last_order"), normalise(message)
    if tracker.get_slot("pending") != "cancel_order" or not number:
        return None
    cleared = SlotSet("pending", None)
    if _NO.search(text) or _intent(tracker) == "deny":
        say(dispatcher, words("withdrawal_dropped", number=number), meta={"outcome": "work_order"})
        return [cleared]
    if _intent(tracker) != "affirm" and text not in map(normalise, options("withdrawal_options")):
        return None
    services = current()
    try:
        order = await proven_order(tracker, number)
        await asyncio.to_thread(cancel, services.engine, order.number, now=services.now())
    except HotlineError:
        say(dispatcher, words("not_withdrawable", number=number), meta={"outcome": "work_order"})
        return [cleared]
    meta = {"outcome": "work_order", "work_order": "withdrawn"}
    say(dispatcher, words("withdrawn", number=number), quick_replies=options("starters"), meta=meta)
    return [cleared]


async def _reason_of_rating(dispatcher: CollectingDispatcher, tracker: Tracker, message: str) -> list[EventType] | None:
    number = tracker.get_slot("last_order")
    if tracker.get_slot("pending") != "rating_reason" or not number:
        return None
    if _NOTHING_MORE.search(normalise(message)) or _intent(tracker) in ("deny", "cancel"):
        say(dispatcher, words("rating_reason_none"), meta={"outcome": "rating"})
        return [SlotSet("pending", None)]
    if not _is_statement(tracker, message) or not has_substance(message):
        return None
    order, services = await proven_order(tracker, number), current()
    await asyncio.to_thread(add_words, services.engine, order.number, message, now=services.now())
    say(dispatcher, words("rating_reason_noted", number=number), meta={"outcome": "rating", "rating_reason": True})
    return [SlotSet("pending", None)]


async def _withdrawal(dispatcher: CollectingDispatcher, tracker: Tracker, message: str) -> list[EventType] | None:
    """Ask before an order is taken back: it cannot be undone."""
    if not _WITHDRAW.search(normalise(message)):
        return None
    orders = await _orders_of(tracker, OPEN_STATES)
    number, _ = read_keys(message, None)
    order = next((order for order in orders if order.number == number or not number), None)
    if order is None:
        return None
    if Move.CANCEL not in possible(order, CITIZEN):
        say(dispatcher, words("not_withdrawable", number=order.number), meta={"outcome": "work_order"})
        return [SlotSet("pending", None)]
    text = words("withdrawal_ask", number=order.number, title=order.title)
    say(dispatcher, text, quick_replies=options("withdrawal_options"), meta={"outcome": "work_order"})
    return [SlotSet("pending", "cancel_order"), SlotSet("last_order", order.number)]


async def _answer_to_office(dispatcher: CollectingDispatcher, tracker: Tracker, message: str) -> list[EventType] | None:
    if not _is_statement(tracker, message):
        return None
    orders = await _orders_of(tracker, (State.NEED_INFO,))
    if not orders:
        return None
    history = await asyncio.to_thread(store.history, current().engine, orders[0].number)
    question = question_asked(history)
    if _intent(tracker) == "affirm" and not has_substance(message) and not _YES_NO.search(question):
        say(dispatcher, words("supplement_wanted", number=orders[0].number, question=question))
        return []
    return await _supplement(dispatcher, orders[0], message.strip())


async def _supplement(dispatcher: CollectingDispatcher, order: WorkOrder, text: str) -> list[EventType] | None:
    services = current()
    try:
        order = await asyncio.to_thread(supplement, services.engine, order.number, text, now=services.now())
    except HotlineError:  # closed a moment ago
        return None
    meta = {"outcome": "work_order", "work_order": "supplemented", "number": order.number}
    told = words("supplemented", number=order.number, text=text, state=order.state.public_label)
    say(dispatcher, told, kind="notice", meta=meta)
    return [SlotSet("last_order", order.number), SlotSet("pending", None)]


async def _orders_of(tracker: Tracker, states: tuple[State, ...]) -> tuple[WorkOrder, ...]:
    return await asyncio.to_thread(orders_of, current().engine, str(tracker.sender_id), states)


def _is_statement(tracker: Tracker, message: str) -> bool:
    """Does the message tell something, rather than ask us or begin a new matter?"""
    intent, text = _intent(tracker), normalise(message)
    if NEW_MATTER.search(text):
        return False
    if intent in UNSURE:
        confidence = float((tracker.latest_message.get("intent") or {}).get("confidence") or 0.0)
        return confidence < SURE_AT and not _QUESTION.search(text)
    return intent in STATEMENTS or intent in MATTERS


def _intent(tracker: Tracker) -> str:
    return str((tracker.latest_message.get("intent") or {}).get("name"))
