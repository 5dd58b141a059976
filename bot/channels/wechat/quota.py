"""How many customer-service messages (客服消息) may be sent to a citizen, and until when.

WeChat counts from what the citizen did last: 5 within 48 hours of a message, 3 within a minute of a menu click, a
follow or a scan (developers.weixin.qq.com, 客服消息, 下发条数限制). WeChat has the last word: what it refuses closes
the allowance here as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from bot.channels.wechat.messages import Incoming
from storage.tables import wechat_person


@dataclass(frozen=True)
class Allowance:
    """Opened by what a citizen does; `name` is the prefix of its two columns."""

    name: str
    most: int
    lasts: timedelta


MESSAGE = Allowance("message", 5, timedelta(hours=48))
EVENT = Allowance("event", 3, timedelta(minutes=1))
ALLOWANCES = (EVENT, MESSAGE)  # what ends first is used first
MARGIN = timedelta(seconds=5)  # for the way to WeChat
OPENING_EVENTS = frozenset({"click", "subscribe", "scan"})


def allowance_of(incoming: Incoming) -> Allowance | None:
    """What this opens. A tap on a link of a menu message counts as a click, although it arrives as a text."""
    if incoming.type == "event":
        return EVENT if incoming.event in OPENING_EVENTS else None
    return EVENT if incoming.get("bizmsgmenuid") else MESSAGE


def renew(connection: Connection, person_id: str, allowance: Allowance, now: datetime) -> None:
    """The citizen did something: the allowance begins anew."""
    _update(connection, person_id, {f"{allowance.name}_at": now, f"{allowance.name}_used": 0})


def take(connection: Connection, person_id: str, now: datetime) -> Allowance | None:
    """Use one message of an allowance that is open; None when there is none. Safe with any number of workers."""
    for allowance in ALLOWANCES:
        used = wechat_person.c[f"{allowance.name}_used"]
        is_open = wechat_person.c[f"{allowance.name}_at"] > now - allowance.lasts + MARGIN
        if _update(connection, person_id, {used.name: used + 1}, is_open, used < allowance.most):
            return allowance
    return None


def has_room(connection: Connection, person_id: str, now: datetime) -> bool:
    """Whether `take` would find something now."""
    row = connection.execute(wechat_person.select().where(wechat_person.c.id == person_id)).first()
    if row is None:
        return False
    opened = ((each, row[f"{each.name}_at"], row[f"{each.name}_used"]) for each in ALLOWANCES)
    return any(at and at > now - each.lasts + MARGIN and used < each.most for each, at, used in opened)


def give_back(connection: Connection, person_id: str, allowance: Allowance) -> None:
    """The message was not sent."""
    used = wechat_person.c[f"{allowance.name}_used"]
    _update(connection, person_id, {used.name: used - 1}, used > 0)


def close(connection: Connection, person_id: str) -> None:
    """WeChat says that the quota is spent or the window over."""
    _update(connection, person_id, {"message_at": None, "event_at": None})


def _update(connection: Connection, person_id: str, values: dict[str, Any], *where: Any) -> bool:
    update = wechat_person.update().where(wechat_person.c.id == person_id, *where).values(values)
    return bool(connection.execute(update).rowcount == 1)
