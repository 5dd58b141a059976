"""What of a work order the public may see, and what the system that filed it may see.

The rule:
- A confidential or anonymous order, and a threat, does not exist for anybody but the system that filed it.
- Of any other order the public sees the kind, state, town, unit and dates. Its words, exact place and reply are shown
  only when the citizen made it public *and* agreed to a public reply; names, phones, e-mail addresses and long numbers
  are then hidden in them.
- The system that filed an order sees what it filed, and the reply.
- A reply is shown only once the order is finished: before that nobody has approved it.
- Nobody sees name and phone of the citizen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hotline.masks import HIDDEN, hide_text
from hotline.model import Privacy, WorkOrder
from storage.tables import work_order

NOT_PUBLIC = "（诉求内容不公开）"


@dataclass(frozen=True)
class Reader:
    """Who looks: `source` and `client` of the orders that are the reader's own; both empty for the public."""

    source: str = ""
    client: str = ""

    def owns(self, order: WorkOrder) -> bool:
        return bool(self.client) and (order.source, order.source_sub) == (self.source, self.client)


PUBLIC = Reader()


@dataclass(frozen=True)
class Published:
    """The parts of an order that a reader may see; empty or None: not shown."""

    words: str  # the order's content, or NOT_PUBLIC
    place: str
    point: tuple[float, float] | None  # latitude and longitude, WGS84 degrees
    reply: str
    is_whole: bool  # the reader filed it


def is_visible(order: WorkOrder, reader: Reader) -> bool:
    """May the reader know that this order exists?"""
    return reader.owns(order) or (order.privacy is Privacy.PUBLIC and not order.is_threat)


def visible_to(reader: Reader) -> Any:
    """SQL: as `is_visible`."""
    column = work_order.c
    is_shown = sa.and_(column.privacy == Privacy.PUBLIC, column.is_threat.is_(False))
    if not reader.client:
        return is_shown
    return sa.or_(is_shown, sa.and_(column.source == reader.source, column.source_sub == reader.client))


def publish(order: WorkOrder, reader: Reader) -> Published:
    """What the reader may see of an order that is visible to it."""
    reply = "" if order.state.is_open else order.reply_text
    point = None if order.lat is None or order.lng is None else (order.lat, order.lng)
    if reader.owns(order):
        return Published(order.content, _place(order, order.location), point, reply, True)
    if order.privacy is Privacy.PUBLIC and order.public_reply and not order.is_threat:
        place = _place(order, redacted(order.location, order))
        return Published(redacted(order.content, order), place, point, redacted(reply, order), False)
    return Published(NOT_PUBLIC, _place(order, ""), None, "", False)


def redacted(text: str, order: WorkOrder) -> str:
    """The text without the citizen's name and phone, and without anybody's e-mail address or long number."""
    if order.appellant_phone:
        text = text.replace(order.appellant_phone, HIDDEN)
    return hide_text(text, order.appellant_name)


def _place(order: WorkOrder, location: str) -> str:
    """From the most specific to the most general, as GeoReport wants it."""
    return ", ".join(filter(None, (location, order.town.replace("|", "/"))))
