"""The conversation as it happened: every message gets a number, and what was missed is read from here.

The number is taken by an insert that fails when another worker took it first, so that no lock is shared: read the last
number, look whether this client id is already there, insert; a conflict starts again. Reading the number before
looking is what makes a resend on two workers at once end up as one message.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row
from sqlalchemy.exc import IntegrityError

from storage.engine import insert, transaction
from storage.tables import conversation, conversation_message

Direction = Literal["in", "out"]
PAGE = 100
KEYS = ("client_id", "notice_key")  # of a payload: the same key is the same message
_ATTEMPTS = 25
_messages = conversation_message
_RECENT = 40


@dataclass(frozen=True)
class Message:
    """One line of a transcript. Payloads by kind:

    in  {kind: text, client_id, text} · {kind: rating, message_id, score}
    out {kind: turn, reply_to: seq or null, result: TurnResult} · the same with notice_key: told unasked
    """

    conversation_id: str
    seq: int
    direction: Direction
    payload: dict[str, Any]
    at: datetime


class Transcript:
    """Synchronous; called in a thread by `Conversations`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(
        self, conversation_id: str, direction: Direction, payload: Mapping[str, Any], now: datetime, channel: str
    ) -> tuple[Message, bool]:
        """Store one message; (message, is_new). A known `client_id` or `notice_key` gives the one stored before."""
        message = Message(conversation_id, 0, direction, dict(payload), now)
        for _ in range(_ATTEMPTS):
            try:
                with transaction(self._engine) as connection:
                    _touch(connection, conversation_id, channel, now)
                    return _append(connection, message)
            except IntegrityError:
                continue  # another worker took the number
        raise RuntimeError(f"conversation {conversation_id[:6]}…: no free number after {_ATTEMPTS} tries")

    def after(self, conversation_id: str, seq: int, limit: int = PAGE) -> list[Message]:
        """Messages with a number above `seq`, oldest first."""
        query = (
            sa.select(_messages)
            .where(_messages.c.conversation_id == conversation_id, _messages.c.seq > seq)
            .order_by(_messages.c.seq)
            .limit(limit)
        )
        with self._engine.connect() as connection:
            return [_message(row) for row in connection.execute(query)]

    def has_conversation(self, conversation_id: str) -> bool:
        """Whether anything was ever said in it and it was not deleted since."""
        query = sa.select(conversation.c.id).where(conversation.c.id == conversation_id)
        with self._engine.connect() as connection:
            return connection.execute(query).first() is not None

    def last_seq(self, conversation_id: str) -> int:
        with self._engine.connect() as connection:
            return _last_seq(connection, conversation_id)

    def reply_to(self, conversation_id: str, seq: int) -> Message | None:
        """The answer to the incoming message `seq`, once there is one."""
        with self._engine.connect() as connection:
            return next(_search(connection, conversation_id, "out", {"reply_to": seq}), None)

    def has_turn(self, conversation_id: str, message_id: str) -> bool:
        """Whether this conversation was given the turn that a rating names."""
        with self._engine.connect() as connection:
            turns = _search(connection, conversation_id, "out", {"message_id": message_id})
            return next(turns, None) is not None

    def unanswered(self, conversation_id: str) -> list[Message]:
        """Recent incoming texts without an answer: being worked on, or left behind by a worker that stopped."""
        recent = self.after(conversation_id, max(0, self.last_seq(conversation_id) - _RECENT), _RECENT)
        answered = {message.payload.get("reply_to") for message in recent if message.direction == "out"}
        return [
            message
            for message in recent
            if message.direction == "in" and message.payload["kind"] == "text" and message.seq not in answered
        ]


def _append(connection: Connection, message: Message) -> tuple[Message, bool]:
    seq = _last_seq(connection, message.conversation_id) + 1
    for name in KEYS:
        if name in message.payload:
            wanted = {name: message.payload[name]}
            if known := next(_search(connection, message.conversation_id, message.direction, wanted), None):
                return known, False
    numbered = replace(message, seq=seq)
    payload = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":"))
    connection.execute(sa.insert(_messages).values({**vars(numbered), "payload": payload}))
    return numbered, True


def _touch(connection: Connection, conversation_id: str, channel: str, now: datetime) -> None:
    """Note the visit; the first message creates the conversation."""
    row = {"id": conversation_id, "channel": channel, "created_at": now, "last_seen_at": now}
    statement = insert(connection, conversation).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_={"last_seen_at": now}))


def _last_seq(connection: Connection, conversation_id: str) -> int:
    query = sa.select(sa.func.max(_messages.c.seq)).where(_messages.c.conversation_id == conversation_id)
    return int(connection.execute(query).scalar() or 0)


def _search(
    connection: Connection, conversation_id: str, direction: Direction, wanted: Mapping[str, Any]
) -> Iterator[Message]:
    """Messages whose payload (or turn result) holds all of `wanted`.

    The payload is text, so the database narrows down by substring and the parsed payload decides.
    """
    query = sa.select(_messages).where(
        _messages.c.conversation_id == conversation_id, _messages.c.direction == direction
    )
    for name, value in wanted.items():
        pair = f'"{name}":{json.dumps(value, ensure_ascii=False)}'
        query = query.where(_messages.c.payload.contains(pair, autoescape=True))
    for row in connection.execute(query.order_by(_messages.c.seq)):
        message = _message(row)
        fields = {**message.payload.get("result", {}), **message.payload}
        if all(fields.get(name) == value for name, value in wanted.items()):
            yield message


def _message(row: Row) -> Message:
    return Message(row.conversation_id, row.seq, row.direction, json.loads(row.payload), row.at)
