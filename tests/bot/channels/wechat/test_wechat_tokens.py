"""One access_token for all workers: fetched once, renewed before it ends and when WeChat refuses it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.wechat.errors import Unreachable
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.tokens import LEASE, RENEW_BEFORE, Tokens
from storage.engine import create_engine, migrate
from storage.tables import wechat_token
from tests.bot.channels.wechat.account_double import APPID

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)


class Source:
    """Gives token-1, token-2 … and counts."""

    def __init__(self) -> None:
        self.now = NOW
        self.forced: list[bool] = []
        self.fails = 0

    async def fetch(self, is_forced: bool) -> tuple[str, int]:
        await asyncio.sleep(0.05)
        if self.fails:
            self.fails -= 1
            raise Unreachable("no network")
        self.forced.append(is_forced)
        return f"token-{len(self.forced)}", 7200

    def clock(self) -> datetime:
        return self.now


@pytest.fixture(params=["sqlite", "postgres"])
def engines(request: pytest.FixtureRequest) -> Iterator[list[Engine]]:
    """Two workers: an engine each, on one real database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    engines = [create_engine(url), create_engine(url)]
    migrate(engines[0])
    yield engines
    for engine in engines:
        engine.dispose()


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def workers(engines: list[Engine], source: Source, sealer: Sealer) -> list[Tokens]:
    return [Tokens(engine, sealer, APPID, source.fetch, source.clock) for engine in engines]


async def all_of(workers: list[Tokens], call: Callable[[Tokens], object]) -> set[str]:
    return set(await asyncio.gather(*(call(worker) for worker in workers * 10)))  # type: ignore[call-overload]


async def test_two_workers_that_ask_at_once_fetch_once(workers: list[Tokens], source: Source) -> None:
    assert await all_of(workers, lambda each: each.get()) == {"token-1"}
    assert await all_of(workers, lambda each: each.get()) == {"token-1"}
    assert source.forced == [False]


async def test_it_is_renewed_once_before_it_ends_and_nobody_waits(workers: list[Tokens], source: Source) -> None:
    await workers[0].get()
    source.now = NOW + timedelta(seconds=7200) - RENEW_BEFORE
    assert await all_of(workers, lambda each: each.get()) == {"token-1", "token-2"}
    assert await all_of(workers, lambda each: each.get()) == {"token-2"}
    assert source.forced == [False, False]


async def test_an_expired_one_is_not_used_while_another_worker_fetches(workers: list[Tokens], source: Source) -> None:
    await workers[0].get()
    source.now = NOW + timedelta(seconds=7201)
    assert await all_of(workers, lambda each: each.get()) == {"token-2"}
    assert source.forced == [False, False]


async def test_a_refused_one_is_renewed_by_force_and_once(workers: list[Tokens], source: Source) -> None:
    await workers[0].get()
    assert await all_of(workers, lambda each: each.renew("token-1")) == {"token-2"}
    assert await all_of(workers, lambda each: each.renew("token-1")) == {"token-2"}
    assert source.forced == [False, True]


async def test_a_fetch_that_fails_leaves_the_next_one_free(workers: list[Tokens], source: Source) -> None:
    source.fails = 1
    with pytest.raises(Unreachable):
        await workers[0].get()
    assert await workers[1].get() == "token-1"


async def test_the_claim_of_a_worker_that_died_runs_out(
    workers: list[Tokens], source: Source, engines: list[Engine]
) -> None:
    with engines[0].begin() as connection:
        connection.execute(wechat_token.insert(), {"appid": APPID, "claimed_until": NOW + LEASE})
    source.now = NOW + LEASE
    assert await workers[1].get() == "token-1"


async def test_the_database_does_not_tell_the_token(workers: list[Tokens], engines: list[Engine]) -> None:
    await workers[0].get()
    with engines[1].connect() as connection:
        assert "token-1" not in str(connection.execute(sa.select(wechat_token)).all())
