"""Brings what happened to an order into the conversation where it began (outbox target `citizen`)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from bot.channels.web.turns import Conversations
from bot.replies import Outcome, Reply, TurnResult
from storage.delivery import DeliveryFailed, OutboxMessage

CARD = ("number", "state", "state_label", "at", "sentence", "unit", "reply", "question", "due_on")
GONE = "市民的会话已经删除，无法在原会话中告知"


class CitizenNotices:
    """Deliverer: one outgoing message of the transcript per outbox message, however often it is delivered."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def deliver(self, message: OutboxMessage) -> None:
        """Raises DeliveryFailed without retry when the conversation is gone or the message no notice."""
        result = turn_from(message.payload, message.key)
        conversation_id = str(message.payload["conversation_id"])
        if not await self._conversations.knows(conversation_id):
            raise DeliveryFailed(GONE, retry=False)
        await self._conversations.push(conversation_id, result, message.key)


def turn_from(payload: Mapping[str, Any], key: str) -> TurnResult:
    """The notice as the assistant would say it. Its id comes from the key, so that a rating finds it again."""
    try:
        data: dict[str, Any] = {name: str(payload[name]) for name in CARD}
        data["ratable"] = bool(payload["asks_rating"])
        reply = Reply("order_notice", str(payload["text"]), data)
    except KeyError as error:
        raise DeliveryFailed(f"no notice: {error} is missing", retry=False) from error
    message_id = hashlib.sha256(key.encode()).hexdigest()[:32]
    return TurnResult(Outcome.ORDER_STATUS, (reply,), meta={"notice": True}, message_id=message_id)
