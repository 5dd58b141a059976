"""From the approved reply to a consultation to a draft entry, so that the next citizen may get the answer at once.

The draft is never published by itself, and its statement is `uncertain` until a reviewer says how far it may be
trusted: published by mistake, it would still show nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from knowledge_base.model import Confidence, Faq, Question, State, Statement
from knowledge_base.store import Change, save
from storage.delivery import DeliveryFailed, OutboxMessage
from storage.tables import kb_entry

SHORTEST_NAME = 2  # characters that an entry's name must have
NAME_LENGTH = 60  # characters of the question that become the entry's name
THEME = "工单答复"
REASON = "{unit}对咨询工单 {number} 的答复，{auditor}审核"


@dataclass(frozen=True)
class Reply:
    """An approved reply, without anything that identifies the citizen."""

    number: str  # 工单编号
    title: str
    question: str
    reply: str
    unit: str  # who replied
    auditor: str  # who approved it


class ReplyDrafts:
    """Deliverer of the outbox target `knowledge`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def deliver(self, message: OutboxMessage) -> None:
        """Raises DeliveryFailed without retry for a message that holds no reply."""
        reply, at = _reply_from(message.payload)
        await asyncio.to_thread(draft_from_reply, self._engine, reply, now=at)


def draft_from_reply(engine: Engine, reply: Reply, *, now: datetime) -> Change:
    """Make or renew the draft of an order's reply. Once somebody else has worked on it, it is left alone."""
    code = code_of(reply.number)
    query = sa.select(kb_entry.c.state).where(kb_entry.c.code == code)
    with engine.connect() as connection:
        state = connection.execute(query).scalar()
    if state not in (None, State.DRAFT.value):
        return Change.UNCHANGED
    reason = REASON.format(unit=reply.unit, number=reply.number, auditor=reply.auditor)
    (change,) = save(
        engine,
        [entry_from(reply)],
        author=author_of(reply.number),
        reason=reason,
        now=now,
        state=State.DRAFT,
        only_own=True,
    )
    return change


def entry_from(reply: Reply) -> Faq:
    """The entry that a reviewer begins with."""
    source = f"{author_of(reply.number)}的答复（{reply.unit}）" if reply.unit else f"{author_of(reply.number)}的答复"
    answer = Statement(text=reply.reply, confidence=Confidence.UNCERTAIN, source=source)
    return Faq(
        code=code_of(reply.number),
        name=name_of(reply),
        theme=THEME,
        owner_unit=reply.unit,
        summary=answer,
        faqs=(Question(question=reply.question, answer=answer),),
    )


def name_of(reply: Reply) -> str:
    """The question in one line, for the reviewer to shorten."""
    name = " ".join((reply.title or reply.question).split())
    if len(name) < SHORTEST_NAME:
        return f"{THEME}：{name}"
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"


def code_of(number: str) -> str:
    """Code of the entry that an order's reply becomes."""
    return f"reply-{number}"


def author_of(number: str) -> str:
    """Author of the draft's versions: the order itself, so that the work of any person is told apart from it."""
    return f"工单 {number}"


def _reply_from(payload: Mapping[str, Any]) -> tuple[Reply, datetime]:
    try:
        reply = Reply(**{name: str(payload[name]).strip() for name in Reply.__dataclass_fields__})
        at = datetime.fromisoformat(payload["at"])
    except (KeyError, TypeError, ValueError) as error:
        raise DeliveryFailed(f"no reply in it: {error}", retry=False) from error
    if not reply.number or not reply.question or not reply.reply:
        raise DeliveryFailed("the order has no question or no reply", retry=False)
    return reply, at
