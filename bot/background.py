"""What goes on without anybody asking: the outbox is delivered and timed jobs are run, as long as the application runs.

Every worker may run this: messages and jobs are claimed in the database. A message that this process posts is delivered
at once; one that another process posted is found within `poll_seconds`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.engine import Connection, Engine

from storage.delivery import Deliverer, deliver
from storage.tables import outbox

LOG = logging.getLogger(__name__)
STOP_SECONDS = 10.0  # for what is under way when the application ends
POSTED = "outbox_posted"  # mark on a database connection

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Pace:
    """How often to look, in seconds."""

    poll_seconds: float = 2.0
    job_seconds: float = 60.0


def setup(
    app: web.Application,
    *,
    engine: Engine,
    deliverers: Mapping[str, Deliverer],
    run_jobs: Callable[[Engine, datetime], object],
    now: Clock,
    pace: Pace = Pace(),
) -> None:
    """Run in the background from the start of the application to its end. `run_jobs` is called in a thread."""

    async def background(_: web.Application) -> AsyncIterator[None]:
        stop, posted = asyncio.Event(), asyncio.Event()
        forget = wake_on_post(engine, asyncio.get_running_loop(), posted)

        async def deliver_all() -> None:
            posted.clear()
            while not stop.is_set() and (await deliver(engine, deliverers, now=now())).total:
                pass

        async def run_due_jobs() -> None:
            await asyncio.to_thread(run_jobs, engine, now())

        tasks = [
            asyncio.create_task(repeat(deliver_all, pace.poll_seconds, stop, posted)),
            asyncio.create_task(repeat(run_due_jobs, pace.job_seconds, stop)),
        ]
        yield
        stop.set()
        posted.set()
        forget()
        await asyncio.wait(tasks, timeout=STOP_SECONDS)
        for task in tasks:  # what is still under way: its claims run out and another worker goes on
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    app.cleanup_ctx.append(background)


async def repeat(
    work: Callable[[], Awaitable[None]], seconds: float, stop: asyncio.Event, wake: asyncio.Event | None = None
) -> None:
    """Do the work again and again, `seconds` apart or as soon as `wake` is set, until `stop`. A failure is logged."""
    while not stop.is_set():
        try:
            await work()
        except Exception:
            LOG.exception("background work failed; it is tried again in %g s", seconds)
            await _wait(stop, seconds)
        else:
            await _wait(wake or stop, seconds)


def wake_on_post(engine: Engine, loop: asyncio.AbstractEventLoop, posted: asyncio.Event) -> Callable[[], None]:
    """Set `posted` whenever this process has committed a new message; the result ends that.

    A connection that wrote into the outbox is marked; when it comes back to the pool its transaction is over.
    """

    def note(connection: Connection, statement: Any, *_: Any) -> None:
        if isinstance(statement, sa.sql.dml.Insert) and statement.table is outbox:
            connection.info[POSTED] = True

    def come_back(_: Any, record: Any) -> None:
        if record.info.pop(POSTED, False) and not loop.is_closed():
            loop.call_soon_threadsafe(posted.set)

    sa.event.listen(engine, "after_execute", note)
    sa.event.listen(engine, "checkin", come_back)

    def forget() -> None:
        sa.event.remove(engine, "after_execute", note)
        sa.event.remove(engine, "checkin", come_back)

    return forget


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
