"""Delivery and timed jobs beside the running application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy.engine import Engine

from bot import background
from bot.background import Pace, repeat
from storage.delivery import DeliveryFailed, OutboxMessage
from storage.engine import create_engine, transaction
from storage.outbox import list_messages, post

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
NEVER = 3600.0  # seconds; longer than any test
SOON = 10.0
ONCE = Pace(NEVER, NEVER)
Start = Callable[..., Awaitable["Mailbox"]]


class Mailbox:
    """Receives messages; the first `failures` of them are refused. `gate` can be taken away to keep one on the way."""

    def __init__(self, failures: int = 0) -> None:
        self.arrived: asyncio.Queue[str] = asyncio.Queue()
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures = failures
        self.begun = asyncio.Event()

    async def deliver(self, message: OutboxMessage) -> None:
        self.begun.set()
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise DeliveryFailed("busy", retry=True)
        await self.arrived.put(message.key)

    async def next(self) -> str:
        return await asyncio.wait_for(self.arrived.get(), SOON)


def send(engine: Engine, key: str) -> None:
    with transaction(engine) as connection:
        post(connection, key=key, target="citizen", subject=key, payload={}, now=NOW)


@pytest.fixture
async def start(engine: Engine) -> AsyncIterator[Start]:
    """Run the background of an application; ended with the test."""
    runners: list[web.AppRunner] = []

    async def start(
        mailbox: Mailbox,
        pace: Pace = ONCE,
        run_jobs: Callable[[Engine, datetime], object] = lambda _engine, _now: None,
        now: Callable[[], datetime] = lambda: NOW,
    ) -> Mailbox:
        app = web.Application()
        background.setup(app, engine=engine, deliverers={"citizen": mailbox}, run_jobs=run_jobs, now=now, pace=pace)
        runners.append(web.AppRunner(app))
        await runners[-1].setup()
        return mailbox

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_what_was_left_from_before_is_delivered_at_the_start(engine: Engine, start: Start) -> None:
    send(engine, "a")
    assert await (await start(Mailbox())).next() == "a"


async def test_a_message_of_this_process_is_delivered_at_once(engine: Engine, start: Start) -> None:
    send(engine, "first")
    mailbox = await start(Mailbox())
    assert await mailbox.next() == "first"
    await asyncio.to_thread(send, engine, "second")
    assert await mailbox.next() == "second"


async def test_a_message_that_is_rolled_back_is_not_delivered(engine: Engine, start: Start) -> None:
    mailbox = await start(Mailbox())
    with pytest.raises(ZeroDivisionError), transaction(engine) as connection:
        post(connection, key="never", target="citizen", subject="s", payload={}, now=NOW)
        raise ZeroDivisionError
    await asyncio.to_thread(send, engine, "after")
    assert await mailbox.next() == "after"


async def test_a_message_of_another_process_is_found_by_looking(engine: Engine, start: Start) -> None:
    mailbox = await start(Mailbox(), Pace(0.05, NEVER))
    other = create_engine(engine.url.render_as_string(hide_password=False))
    await asyncio.to_thread(send, other, "from elsewhere")
    assert await mailbox.next() == "from elsewhere"
    other.dispose()


async def test_a_refused_message_is_tried_again(engine: Engine, start: Start) -> None:
    send(engine, "a")
    clock = iter(NOW + timedelta(minutes=minute) for minute in range(10_000))
    mailbox = await start(Mailbox(failures=2), Pace(0.05, NEVER), now=lambda: next(clock))
    assert await mailbox.next() == "a"


async def test_what_is_on_its_way_arrives_before_the_end(engine: Engine, start: Start, aiohttp_client: Any) -> None:
    send(engine, "a")
    mailbox = Mailbox()
    mailbox.gate.clear()
    app = web.Application()
    background.setup(
        app,
        engine=engine,
        deliverers={"citizen": mailbox},
        run_jobs=lambda _engine, _now: None,
        now=lambda: NOW,
        pace=ONCE,
    )
    runner = web.AppRunner(app)
    await runner.setup()
    await asyncio.wait_for(mailbox.begun.wait(), SOON)
    ending = asyncio.create_task(runner.cleanup())
    asyncio.get_running_loop().call_later(0.05, mailbox.gate.set)
    await asyncio.wait_for(ending, SOON)
    assert list_messages(engine, states=("waiting", "dead")) == ()
    assert mailbox.arrived.qsize() == 1


async def test_after_the_end_nothing_listens_any_more(engine: Engine) -> None:
    posted = asyncio.Event()
    forget = background.wake_on_post(engine, asyncio.get_running_loop(), posted)
    forget()
    await asyncio.to_thread(send, engine, "a")
    await asyncio.sleep(0)
    assert not posted.is_set()


async def test_timed_jobs_run_with_the_clock_and_a_failure_does_not_end_them(engine: Engine, start: Start) -> None:
    loop, moments = asyncio.get_running_loop(), asyncio.Queue[datetime]()

    def jobs(_: Engine, now: datetime) -> None:
        loop.call_soon_threadsafe(moments.put_nowait, now)
        raise OSError("database away")

    await start(Mailbox(), Pace(NEVER, 0.05), jobs)
    assert [await asyncio.wait_for(moments.get(), SOON) for _ in range(3)] == [NOW, NOW, NOW]


async def test_repeating_ends_at_once_when_it_is_told_to() -> None:
    stop, times = asyncio.Event(), 0

    async def work() -> None:
        nonlocal times
        times += 1
        stop.set()

    await asyncio.wait_for(repeat(work, NEVER, stop), SOON)
    assert times == 1
