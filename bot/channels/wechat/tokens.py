"""The access_token: fetched once for all workers, kept encrypted in the database, renewed before it ends.

Who fetches is decided by one conditional update; the others go on with the old token as long as it holds, or wait. The
stable interface of WeChat (getStableAccessToken) gives a new token in the last five minutes of the old one, and both
hold in that time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine, Row

from bot.channels.wechat.errors import Unreachable
from bot.channels.wechat.sealing import Sealer
from storage.engine import insert, transaction
from storage.tables import wechat_token

RENEW_BEFORE = timedelta(minutes=4)  # below the five in which WeChat gives a new one
LEASE = timedelta(seconds=20)  # of the claim to fetch; longer than a fetch may take
POLL_SECONDS = 0.1
PATIENCE = timedelta(seconds=25)  # for another worker's fetch

Fetch = Callable[[bool], Awaitable[tuple[str, int]]]  # is it forced → token and its life in seconds
_token = wechat_token.c


class Tokens:
    """Shared by all workers on one database."""

    def __init__(self, engine: Engine, sealer: Sealer, appid: str, fetch: Fetch, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._sealer = sealer
        self._appid = appid
        self._fetch = fetch
        self._clock = clock

    async def get(self) -> str:
        """A token that holds. Raises what the fetch raises, and Unreachable when another worker's takes too long."""
        return await self._good("")

    async def renew(self, refused: str) -> str:
        """WeChat does not take this token any more: another one, fetched unless another worker has done so."""
        return await self._good(refused)

    async def _good(self, refused: str) -> str:
        give_up = self._clock() + PATIENCE
        while (now := self._clock()) < give_up:
            row = await asyncio.to_thread(self._read)
            token, expires_at = self._held(row, now)
            holds = bool(token) and token != refused
            if holds and expires_at - now > RENEW_BEFORE:
                return token
            if await asyncio.to_thread(self._claim, row, now):
                return await self._refresh(is_forced=bool(refused))
            if holds and expires_at > now:
                return token  # somebody is renewing it
            await asyncio.sleep(POLL_SECONDS)
        raise Unreachable("another worker did not get an access token")

    async def _refresh(self, *, is_forced: bool) -> str:
        try:
            token, seconds = await self._fetch(is_forced)
        except BaseException:
            await asyncio.to_thread(self._store, {"claimed_until": None})
            raise
        now = self._clock()
        values = {"token_sealed": self._sealer.seal(token), "expires_at": now + timedelta(seconds=seconds)}
        values |= {"fetched_at": now, "claimed_until": None, "fetches": _token.fetches + 1}
        await asyncio.to_thread(self._store, values)
        return token

    def _read(self) -> Row | None:
        with self._engine.connect() as connection:
            return connection.execute(sa.select(wechat_token).where(_token.appid == self._appid)).first()

    def _held(self, row: Row | None, now: datetime) -> tuple[str, datetime]:
        """The stored token and its end; "" for none that can be opened."""
        if row is None or not row.token_sealed:
            return "", now
        return self._sealer.unseal(row.token_sealed) or "", row.expires_at

    def _claim(self, seen: Row | None, now: datetime) -> bool:
        """Only when nobody is at it and the token is still the one that was seen."""
        until = now + LEASE
        with transaction(self._engine) as connection:
            if seen is None:
                row = insert(connection, wechat_token).values(appid=self._appid, claimed_until=until)
                return bool(connection.execute(row.on_conflict_do_nothing()).rowcount)
            is_free = sa.or_(_token.claimed_until.is_(None), _token.claimed_until <= now)
            same = (_token.appid == self._appid, _token.token_sealed == seen.token_sealed)
            return bool(
                connection.execute(wechat_token.update().where(*same, is_free).values(claimed_until=until)).rowcount
            )

    def _store(self, values: dict[str, object]) -> None:
        with transaction(self._engine) as connection:
            connection.execute(wechat_token.update().where(_token.appid == self._appid).values(values))
