"""Bring what happened to an order to a citizen of WeChat (outbox target `citizen`); others go on to the next deliverer.

A customer-service message inside the window, else a subscription message when a template is set, else kept and shown
at the next contact. Whichever it was stands in the order's history.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine

from bot.channels.web.notices import turn_from
from bot.channels.web.turns import Conversations
from bot.channels.wechat import ledger, people
from bot.channels.wechat.api_client import Api
from bot.channels.wechat.api_errors import Act, error_table, explain
from bot.channels.wechat.customer_service import Sender, Sending
from bot.channels.wechat.errors import Refused, Unknown, WeChatError
from bot.channels.wechat.ledger import Entry, State
from bot.channels.wechat.people import Person
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.settings import WeChatSettings
from bot.channels.wechat.subscription import data_of
from bot.channels.wechat.texts import Answer, compose
from bot.channels.wechat.wording import words
from storage.delivery import Deliverer, DeliveryFailed, OutboxMessage

LOG = logging.getLogger(__name__)


class WeChatNotices:
    """Deliverer. `others` takes the notices of all other conversations."""

    def __init__(
        self,
        others: Deliverer,
        conversations: Conversations,
        sender: Sender,
        api: Api,
        engine: Engine,
        sealer: Sealer,
        settings: WeChatSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._others = others
        self._conversations = conversations
        self._sender = sender
        self._api = api
        self._engine = engine
        self._sealer = sealer
        self._settings = settings
        self._clock = clock

    async def deliver(self, message: OutboxMessage) -> None:
        """Raises DeliveryFailed with retry when WeChat could not be reached; until then the notice is kept, too."""
        conversation_id = str(message.payload.get("conversation_id", ""))
        person = await asyncio.to_thread(people.find, self._engine, self._sealer, conversation_id)
        if person is None:
            await self._others.deliver(message)
            return
        result = turn_from(message.payload, message.key)
        await self._conversations.push(person.id, result, message.key)
        await self._bring(person, message, compose(result))

    async def _bring(self, person: Person, message: OutboxMessage, answer: Answer) -> None:
        number = str(message.payload["number"])
        entry = await self._enter(message.key, person.id, number, answer)
        if not await self._is_ours(entry):
            return
        sending = await self._sender.send(person.id, answer)
        if sending.is_sent:
            await self._settle(entry, State.SENT, words("note_sent"), shown=(sending.rest, answer.choices))
            return
        if not sending.may_retry and sending.reason != words("reason_unknown"):
            subscribed = await self._subscribe(person, message.payload)
            if subscribed.is_sent:
                await self._settle(entry, State.SUBSCRIBED, words("note_subscribed"))
                return
        remark = "" if entry.state is State.KEPT else words("note_kept", reason=sending.reason)  # noted before
        await self._settle(entry, State.KEPT, remark, reason=sending.reason)
        if sending.may_retry:
            raise DeliveryFailed(sending.reason, retry=True)

    async def _enter(self, key: str, person_id: str, number: str, answer: Answer) -> Entry:
        now = self._clock()
        return await asyncio.to_thread(
            ledger.enter_notice, self._engine, key=key, person_id=person_id, number=number, answer=answer, now=now
        )

    async def _is_ours(self, entry: Entry) -> bool:
        """Whether this notice is still to be brought, and by this worker."""
        if entry.state is State.SENDING:  # a worker stopped in the middle: told or not, it is shown once more
            reason = words("reason_unknown")
            await self._settle(entry, State.KEPT, words("note_kept", reason=reason), reason=reason)
            return False
        if entry.state is State.KEPT:
            await asyncio.to_thread(ledger.retake, self._engine, entry.key, _passing_reasons())
        return await asyncio.to_thread(ledger.begin_sending, self._engine, entry.key)

    async def _subscribe(self, person: Person, notice: Any) -> Sending:
        """A subscription that is refused does not hold the notice up: it is kept."""
        if not self._settings.order_template or not person.openid:
            return Sending(False)
        try:
            data = data_of(notice, self._settings.order_fields)
            await self._api.send_subscription(person.openid, self._settings.order_template, data)
        except Refused as error:
            LOG.warning("a subscription message was refused: %s (%s)", error, explain(error.errcode).means)
            return Sending(False)
        except Unknown as error:
            LOG.warning("a subscription message: nobody knows whether it was sent: %s", error)
            return Sending(False)
        except WeChatError as error:
            LOG.warning("a subscription message was not sent: %s", error)
            return Sending(False)
        return Sending(True)

    async def _settle(self, entry: Entry, state: State, remark: str, *, shown: Any = None, reason: str = "") -> None:
        await asyncio.to_thread(
            ledger.settle, self._engine, entry.key, state, self._clock(),
            shown=shown, reason=reason, number=entry.number, remark=remark,
        )  # fmt: skip


def _passing_reasons() -> list[str]:
    """Why a notice was kept that another try may bring."""
    again = [code for code, row in error_table().items() if row.act is Act.AGAIN]
    return [words("reason_unreachable"), *(words("reason_refused", errcode=code) for code in again)]
