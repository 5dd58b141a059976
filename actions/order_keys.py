"""Which order a message means, and whether this conversation may act on it."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from itertools import accumulate

from rasa_sdk import Tracker

from actions.services import current
from hotline import store
from hotline.citizen import owned
from hotline.model import WorkOrder
from knowledge_base.text import normalise

_NUMBER = re.compile(r"wj[ :#-]*([0-9](?:[ -]?[0-9]){12,23})", re.IGNORECASE)
_CODE = re.compile(r"(?<![0-9])([0-9]{3} ?[0-9]{3})(?![0-9])")
_DIGITS = range(13, 19)  # of an order number: the date and at least five of the sequence
_KEY_WORDS = re.compile(r"(?:工单)?编号[是为:： ]*|查询码[是为:： ]*|工单(?=[，,：: ]|$)")


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


def without_keys(message: str) -> str:
    """What a message says beside an order number and a query code; all of it when it names no order."""
    text = unicodedata.normalize("NFKC", message)
    if _NUMBER.search(text) is None:
        return message.strip()
    rest = _CODE.sub(" ", _NUMBER.sub(" ", text))
    return _KEY_WORDS.sub(" ", rest).strip(" ,，:：;；")


async def proven_order(tracker: Tracker, number: str, code: str = "") -> WorkOrder:
    """The order, when the message gives its query code, or this conversation filed it or was shown it.

    Raises OrderNotFound otherwise, and TooManyAttempts.
    """
    services = current()
    if not code and number in numbers_shown(tracker):
        return await asyncio.to_thread(store.get, services.engine, number)
    sender, now = str(tracker.sender_id), services.now()
    return await asyncio.to_thread(owned, services.engine, number, conversation_id=sender, query_code=code, now=now)


def numbers_shown(tracker: Tracker) -> set[str]:
    """Numbers on the receipts and states that this conversation was given; a number that was only typed is none."""
    cards = [(event.get("data") or {}).get("custom") or {} for event in tracker.events if event.get("event") == "bot"]
    return {str(card["data"]["number"]) for card in cards if card.get("kind") in ("receipt", "order_status")}
