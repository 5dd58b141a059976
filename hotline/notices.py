"""Who is told what when an order changes: the citizen, the staff who go on with it, other systems.

`decide` looks only at the change; `announce` adds what the database knows of duplicates and links, and leaves the
notices in the outbox in the transaction of the change. The sentences stand in notices.yml.

Payloads by target (all JSON; `at` is UTC):

- citizen: conversation_id, number, state, state_label, at, sentence, text (the whole notice in words), unit, reply,
  question, due_on, asks_rating
- staff: role, unit, number, state, text, due_on, is_urgent; nothing that the citizen told
- gateway: gateway, remote_number, number, state, state_label, at, sentence, reply
- knowledge: number, question, title, reply, unit, auditor, at
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Connection

from hotline.merging import merged_orders
from hotline.model import Card, EventKind, OrderType, Urgency, WorkOrder, WorkOrderEvent
from hotline.moves import Facts, Move
from hotline.publication import redacted
from hotline.rows import read_co_units
from hotline.states import Role
from storage.outbox import post
from storage.tables import order_link

WORDING = Path(__file__).with_name("notices.yml")
REPLIED = (Move.ANSWER_DIRECTLY, Move.APPROVE_REPLY)
DISPATCHES = (Move.APPROVE, Move.ASSIGN)


@dataclass(frozen=True)
class Notice:
    """One message for the outbox. `key` makes it arrive once."""

    target: str
    number: str
    key: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Beside:
    """What the database knows beside the order itself."""

    duplicates: tuple[WorkOrder, ...] = ()  # merged into it
    co_units: tuple[str, ...] = ()  # 协办单位
    links: tuple[tuple[str, str], ...] = ()  # gateway and the order's number there


NOTHING_BESIDE = Beside()


def announce(
    connection: Connection, before: WorkOrder, after: WorkOrder, event: WorkOrderEvent, facts: Facts, now: datetime
) -> None:
    """Leave a notice for everybody who must know of this change, delivered when the transaction is committed."""
    links = connection.execute(sa.select(order_link).where(order_link.c.number == after.number)).all()
    beside = Beside(
        duplicates=merged_orders(connection, after.number) if event.action in _wording()["merged"] else (),
        co_units=read_co_units(connection, after.number) if event.action in DISPATCHES else (),
        links=tuple((link.gateway, link.remote_number) for link in links),
    )
    for notice in decide(after, event, facts, beside):
        post(connection, key=notice.key, target=notice.target, subject=notice.number, payload=notice.payload, now=now)


def decide(
    order: WorkOrder, event: WorkOrderEvent, facts: Facts, beside: Beside = NOTHING_BESIDE
) -> tuple[Notice, ...]:
    """The notices of one change. `order` is as it is after it."""
    if event.kind is not EventKind.TRANSITION or event.action not in set(Move):
        return ()
    move = Move(event.action)
    told = Told(order, event, facts)
    return (
        *_citizen_notices(told, move, beside.duplicates),
        *_staff_notices(told, move, beside.co_units),
        *_gateway_notices(told, beside.links),
        *_knowledge_notices(told, move),
    )


@dataclass(frozen=True)
class Told:
    """One change, and how it is put into words."""

    order: WorkOrder
    event: WorkOrderEvent
    facts: Facts

    @property
    def unit(self) -> str:
        return self.order.lead_unit or str(_wording()["some_unit"])

    @property
    def reply(self) -> str:
        return self.order.reply_text if self.event.action in REPLIED else ""

    def sentence(self, table: str, number: str) -> str:
        """The sentence of this move in a table of notices.yml, empty when it has none."""
        pattern = str(_wording()[table].get(self.event.action, ""))
        return pattern.format(
            number=number,
            state=self.order.state.public_label,
            unit=self.unit,
            due=chinese_date(self.order.due_on),
            question=ended(self.facts.reason),
            reason=ended(self.order.reply_text) if self.event.action == Move.REJECT else "",
        )

    def key(self, *parts: str) -> str:
        return ":".join((self.order.number, str(self.order.version), *parts))


def _citizen_notices(told: Told, move: Move, duplicates: Iterable[WorkOrder]) -> Iterator[Notice]:
    if sentence := told.sentence("citizen", told.order.number):
        yield from _to_citizen(told, move, told.order, sentence, told.key("citizen"), asks_rating=move in REPLIED)
    for duplicate in duplicates:
        if sentence := told.sentence("merged", duplicate.number):
            yield from _to_citizen(told, move, duplicate, sentence, told.key(duplicate.number, "citizen"))


def _to_citizen(
    told: Told, move: Move, order: WorkOrder, sentence: str, key: str, *, asks_rating: bool = False
) -> Iterator[Notice]:
    """In the conversation, or by the telephone of the staff; who left neither asks with number and code."""
    if order.conversation_id:
        yield Notice("citizen", order.number, key, _citizen_payload(told, order, sentence, asks_rating))
    elif order.appellant_phone and (what := _wording()["call_back"].get(move.value)):
        payload = _staff_payload(order, what, Role.VISITOR)
        yield Notice("staff", order.number, key.replace(":citizen", ":call_back"), payload)


def _citizen_payload(told: Told, order: WorkOrder, sentence: str, asks_rating: bool) -> dict[str, Any]:
    """`order` is the citizen's own. The reply to a duplicate was written for somebody else: nothing personal in it."""
    wording, state = _wording(), told.order.state
    reply = told.reply if order.number == told.order.number else redacted(told.reply, told.order)
    lines = [sentence]
    if reply:
        lines.append(wording["replied"].format(unit=told.unit, reply=reply))
    if asks_rating:
        lines.append(wording["asks_rating"])
    return {
        "conversation_id": order.conversation_id,
        "number": order.number,
        "state": state.value,
        "state_label": state.public_label,
        "at": told.event.at.astimezone(UTC).isoformat(),
        "sentence": sentence,
        "text": "\n".join(lines),
        "unit": told.order.lead_unit,
        "reply": reply,
        "question": told.facts.reason if told.event.action == Move.ASK_INFO else "",
        "due_on": told.order.due_on.isoformat() if state.is_open else "",
        "asks_rating": asks_rating,
    }


def _staff_notices(told: Told, move: Move, co_units: Iterable[str]) -> Iterator[Notice]:
    wording, order = _wording(), told.order
    if row := wording["staff"].get(move.value):
        role, unit = Role(row["to"]), order.lead_unit if row["to"] == Role.UNIT else ""
        if role is Role.UNIT and not unit:  # nobody has it yet: the desk does
            role = Role.DISPATCHER
        yield Notice("staff", order.number, told.key("staff"), _staff_payload(order, row["text"], role, unit))
    what = wording["staff_co_unit"].format(unit=order.lead_unit)
    for unit in co_units:
        yield Notice("staff", order.number, told.key("staff", unit), _staff_payload(order, what, Role.UNIT, unit))


def _staff_payload(order: WorkOrder, what: str, role: Role, unit: str = "") -> dict[str, Any]:
    town = f"，{order.town.replace('|', '、')}" if order.town else ""
    text = _wording()["staff_line"].format(
        number=order.number, type=order.type.label, town=town, what=what, due=chinese_date(order.due_on)
    )
    return {
        "role": role.value,
        "unit": unit,
        "number": order.number,
        "state": order.state.value,
        "text": text,
        "due_on": order.due_on.isoformat(),
        "is_urgent": order.urgency is Urgency.URGENT or order.is_threat or order.card is not Card.NONE,
    }


def _gateway_notices(told: Told, links: Iterable[tuple[str, str]]) -> Iterator[Notice]:
    order = told.order
    if not (sentence := told.sentence("citizen", order.number)):
        return
    for gateway, remote_number in links:
        payload = {
            "gateway": gateway,
            "remote_number": remote_number,
            "number": order.number,
            "state": order.state.value,
            "state_label": order.state.public_label,
            "at": told.event.at.astimezone(UTC).isoformat(),
            "sentence": sentence,
            "reply": told.reply,
        }
        yield Notice("gateway", order.number, told.key("gateway", gateway), payload)


def _knowledge_notices(told: Told, move: Move) -> Iterator[Notice]:
    """The approved reply of a consultation may become knowledge: knowledge_base/from_reply.py makes a draft of it."""
    order = told.order
    if move is Move.APPROVE_REPLY and order.type is OrderType.CONSULT and told.reply:
        payload = {
            "number": order.number,
            "question": redacted(order.content, order),
            "title": redacted(order.title, order),
            "reply": redacted(told.reply, order),
            "unit": order.lead_unit,
            "auditor": told.event.actor,
            "at": told.event.at.astimezone(UTC).isoformat(),
        }
        yield Notice("knowledge", order.number, told.key("knowledge"), payload)


def ended(text: str) -> str:
    """A sentence with its full stop."""
    text = text.strip()
    return text if not text or text[-1] in "。？！?!" else f"{text}。"


def chinese_date(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


@cache
def _wording() -> dict[str, Any]:
    return dict(yaml.safe_load(WORDING.read_text(encoding="utf-8")))
