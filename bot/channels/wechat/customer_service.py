"""Send a citizen something after the request is over (客服消息), or say why it has to be kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Engine

from bot.channels.wechat import people, quota
from bot.channels.wechat.api_client import Api
from bot.channels.wechat.api_errors import Act, explain
from bot.channels.wechat.errors import Refused, Unknown, WeChatError
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.settings import WeChatSettings
from bot.channels.wechat.texts import Answer, fit
from bot.channels.wechat.wording import words
from storage.engine import transaction

LOG = logging.getLogger(__name__)
NO_PERMISSION = timedelta(hours=1)  # how long 48001 is believed before another try


@dataclass(frozen=True)
class Sending:
    """What came of it. `rest` is what did not fit; `may_retry`: nothing was sent, and later it may be."""

    is_sent: bool
    rest: str = ""
    reason: str = ""
    may_retry: bool = False


class Sender:
    """Customer-service messages within the quota."""

    def __init__(
        self, api: Api, engine: Engine, sealer: Sealer, settings: WeChatSettings, clock: Callable[[], datetime]
    ) -> None:
        self._api = api
        self._engine = engine
        self._sealer = sealer
        self._settings = settings
        self._clock = clock
        self._refused_until: datetime | None = None

    async def can_send(self, person_id: str) -> bool:
        """Whether a message would go out now, as far as we know."""
        return self._is_allowed() and await asyncio.to_thread(self._has_room, person_id)

    async def send(self, person_id: str, answer: Answer) -> Sending:
        """One message; never raises for what WeChat says."""
        if not self._is_allowed():
            return Sending(False, reason=words("reason_permission" if self._settings.may_send else "reason_off"))
        person = await asyncio.to_thread(people.find, self._engine, self._sealer, person_id)
        if person is None or not person.openid:
            return Sending(False, reason=words("reason_gone"))
        allowance = await asyncio.to_thread(self._take, person_id)
        if allowance is None:
            return Sending(False, reason=words("reason_quota"))
        text, rest = fit(answer.text, answer.choices)
        try:
            await self._api.send_text(person.openid, text)
        except Unknown as error:
            LOG.warning("a message to %s…: nobody knows whether it was sent: %s", person_id[:8], error)
            return Sending(False, reason=words("reason_unknown"))
        except Refused as error:
            return await self._refused(person_id, allowance, error)
        except WeChatError as error:
            LOG.warning("a message to %s… was not sent: %s", person_id[:8], error)
            await asyncio.to_thread(self._give_back, person_id, allowance)
            return Sending(False, reason=words("reason_unreachable"), may_retry=True)
        return Sending(True, rest=rest)

    async def _refused(self, person_id: str, allowance: quota.Allowance, error: Refused) -> Sending:
        row = explain(error.errcode)
        LOG.warning("a message to %s… was refused: %s (%s)", person_id[:8], error, row.means)
        if row.act is Act.WINDOW:
            await asyncio.to_thread(self._close, person_id)
            return Sending(False, reason=words("reason_quota"))
        await asyncio.to_thread(self._give_back, person_id, allowance)
        if row.act is Act.PERMISSION:
            self._refused_until = self._clock() + NO_PERMISSION
            return Sending(False, reason=words("reason_permission"))
        if row.act is Act.GONE:
            return Sending(False, reason=words("reason_gone"))
        may_retry = row.act is Act.AGAIN
        return Sending(False, reason=words("reason_refused", errcode=error.errcode), may_retry=may_retry)

    def _is_allowed(self) -> bool:
        is_refused = self._refused_until is not None and self._clock() < self._refused_until
        return self._settings.may_send and not is_refused

    def _has_room(self, person_id: str) -> bool:
        with self._engine.connect() as connection:
            return quota.has_room(connection, person_id, self._clock())

    def _take(self, person_id: str) -> quota.Allowance | None:
        with transaction(self._engine) as connection:
            return quota.take(connection, person_id, self._clock())

    def _give_back(self, person_id: str, allowance: quota.Allowance) -> None:
        with transaction(self._engine) as connection:
            quota.give_back(connection, person_id, allowance)

    def _close(self, person_id: str) -> None:
        with transaction(self._engine) as connection:
            quota.close(connection, person_id)
