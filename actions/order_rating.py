"""Rate the result of an order in words: which order is meant, and what becomes of it."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.levels import read_level
from actions.order_keys import proven_order, read_keys, without_keys
from actions.say import options, say, words
from actions.services import current
from hotline.citizen import NotRatable, orders_of, rate
from hotline.errors import HotlineError
from hotline.model import WorkOrder
from hotline.moves import LOW_SCORES, RATABLE
from hotline.states import State
from knowledge_base.text import normalise

_ORDER = re.compile(r"工单|投诉|举报|诉求|反映|办理|处理|办结|答复|部门|单位|结果")
_ANSWER = re.compile(r"回答|解答|助手|机器人")
_ONLY_A_RATING = re.compile(r"(?:给|对|我|的|要|想|评价|评|打个?分?|这个|这次|结果|办理|是|[,，:：。! ])*")
_RATES = re.compile(r"满意|评价|打\d?分|打个?分|颗?星|[好差中]评")
_UNRESOLVED = re.compile(r"[没未]有?(?:得到|真正|彻底|完全|给我?)?(?:解决|处理好|办好)")
LONGEST_RATING = 24  # characters; a longer message tells of something
NEW_MATTER = re.compile(
    r"另外|另一|还有(?:一|个|件)|别的|新的?(?:投诉|问题|事)|再(?:次|来)?(?:投诉|举报)|我?[想要]要?(?:投诉|举报|建议|表扬|反映|求助)"
)
_OTHER_MATTER = re.compile(rf"{NEW_MATTER.pattern}|^(?:我|要|想)*(?:投诉|举报)")


async def rate_named(dispatcher: CollectingDispatcher, order: WorkOrder, message: str) -> list[EventType] | None:
    """Rate the order that a message names, when beside its number the message says a level and nothing else."""
    said = without_keys(message)
    level = read_level(said)
    if level is None or not _ONLY_A_RATING.fullmatch(normalise(said).replace(level[1], "", 1)):
        return None
    return await rate_order(dispatcher, order, level, message)


async def rate_order(
    dispatcher: CollectingDispatcher, order: WorkOrder, level: tuple[int, str] | None, message: str
) -> list[EventType]:
    number = order.number
    if level is None and order.state in RATABLE:
        meta = {"outcome": "rating", "asks_rating": True}
        say(dispatcher, words("rate_order_ask", number=number), quick_replies=options("rate_levels"), meta=meta)
        return [SlotSet("pending", "rate_order"), SlotSet("last_order", number)]
    score, label = level or (0, "")
    services, said = current(), without_keys(message)
    text = "" if _ONLY_A_RATING.fullmatch(normalise(said).replace(label, "", 1)) else said
    try:
        await asyncio.to_thread(rate, services.engine, number, score, now=services.now(), text=text)
    except HotlineError as error:
        key = "rated_before" if isinstance(error, NotRatable) and error.was_rated else "not_ratable"
        say(dispatcher, words(key, number=number), meta={"outcome": "rating", "result": error.code})
        return [SlotSet("pending", "redo"), SlotSet("last_question", order.title)]
    meta = {"outcome": "rating", "rating": score, "rated_order": number}
    if score not in LOW_SCORES:
        say(dispatcher, words("order_rated", label=label, number=number), meta=meta)
        return [SlotSet("pending", None)]
    replies = () if text else options("order_rating_options")
    key = "order_rated_low" if text else "order_rated_low_why"
    say(dispatcher, words(key, label=label, number=number), quick_replies=replies, meta=meta)
    return [SlotSet("pending", None if text else "rating_reason"), SlotSet("last_order", number)]


async def order_meant(tracker: Tracker, message: str) -> WorkOrder | None:
    """The order whose result is rated; None when the rating is about the last answer.

    Raises OrderNotFound and TooManyAttempts for a number that this conversation may not act on.
    """
    number, code = read_keys(message, None)
    if number:
        return await proven_order(tracker, number, code)
    if tracker.get_slot("pending") == "rate_order" and (last := tracker.get_slot("last_order")):
        return await proven_order(tracker, last)
    services, text = current(), normalise(message)
    states = (*RATABLE, State.EVALUATED)
    orders = await asyncio.to_thread(orders_of, services.engine, str(tracker.sender_id), states)
    if not orders or _ANSWER.search(text):
        return None
    order = max(orders, key=_closed_at)
    if _ORDER.search(text):
        return order
    return order if order.state in RATABLE and _closed_at(order) > _spoke_before(tracker) else None


def _closed_at(order: WorkOrder) -> datetime:
    return order.closed_at or order.updated_at


def _spoke_before(tracker: Tracker) -> datetime:
    """When the citizen said something before the latest message: what came after that is what they rate."""
    said = [float(event.get("timestamp") or 0.0) for event in tracker.events if event.get("event") == "user"]
    return datetime.fromtimestamp(said[-2], UTC) if len(said) > 1 else datetime.min.replace(tzinfo=UTC)


async def take_rating(dispatcher: CollectingDispatcher, tracker: Tracker, message: str) -> list[EventType] | None:
    """Take a short message that was not recognised as a rating but is one: "对工单不满意", "问题没解决"."""
    text = normalise(message)
    is_rating, is_complaint = _RATES.search(text) is not None, _UNRESOLVED.search(text) is not None
    if not (is_rating or is_complaint) or len(text) > LONGEST_RATING or _OTHER_MATTER.search(text):
        return None
    order = None if read_keys(message, None)[0] else await order_meant(tracker, message)
    if order is None:
        return None
    if is_rating:
        return await rate_order(dispatcher, order, read_level(message), message)
    if order.state not in RATABLE:
        return None
    meta = {"outcome": "rating", "asks_rating": True}
    say(dispatcher, words("unresolved", number=order.number), quick_replies=options("rate_levels"), meta=meta)
    return [SlotSet("pending", "rate_order"), SlotSet("last_order", order.number)]
