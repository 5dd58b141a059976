"""The process that tests/hotline/test_kill.py kills: files and dispatches orders and delivers what they announce.

`python -m tests.hotline.kill_child DATABASE_URL RECEIVER_URL`. For each line `FIRST LAST` that it reads it forks a
process which does the work (so that a life need not begin with seconds of imports): it says `born PID`, and what is
done only after it is committed: `filed N NUMBER CODE`, `dispatched N`, `delivered COUNT`. Its parent, which opens no
database, says `ended STATUS`.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline import desk, store
from hotline.errors import StaleOrder
from hotline.model import WorkOrder
from hotline.moves import Facts, Move
from hotline.people import Actor
from hotline.staff_notices import post_json
from hotline.states import Role, State
from storage.engine import create_engine
from storage.outbox import OutboxMessage, count_messages, deliver
from tests.hotline.factories import TUESDAY_MORNING, make_draft

UNIT = "区城管执法局"
NEXT: dict[State, tuple[Move, Actor, Facts]] = {
    State.SUBMITTED: (Move.ACCEPT, Actor("张受理", Role.ACCEPTANCE), Facts()),
    State.ACCEPTED: (Move.PROPOSE, Actor("陈调度", Role.DISPATCHER), Facts(unit=UNIT, opinion="请依法办理")),
    State.PENDING_AUDIT: (Move.APPROVE, Actor("何审核", Role.AUDITOR), Facts()),
}
LEASE = timedelta(seconds=1)  # short, so that what a killed process had claimed is free again soon


def say(line: str) -> None:
    os.write(1, f"{line}\n".encode())  # in one piece, not buffered


def open_database(url: str) -> Engine:
    """Commits do not wait for the disk: a killed process loses nothing that it wrote, only a power cut does."""
    engine = create_engine(url)
    statement = "PRAGMA synchronous = OFF" if engine.dialect.name == "sqlite" else "SET synchronous_commit = off"

    def hurry(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        connection.commit()

    sa.event.listen(engine, "connect", hurry)
    return engine


def file_and_dispatch(engine: Engine, n: int) -> None:
    """As clients do that got no answer: the draft is filed again, and what is done already is not done again."""
    draft = make_draft(draft_id=f"draft-{n}", conversation_id=f"conversation-{n}", content=f"示例诉求 {n}")
    order: WorkOrder = store.submit(engine, draft, now=TUESDAY_MORNING)
    say(f"filed {n} {order.number} {order.query_code}")
    while order.state in NEXT:
        move, actor, facts = NEXT[order.state]
        try:
            order = desk.act(engine, order.number, move, actor, facts, version=order.version, now=TUESDAY_MORNING)
        except StaleOrder:  # the server has just committed what the killed process had asked for
            order = store.get(engine, order.number)
    say(f"dispatched {n}")


class HttpDeliverer:
    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url

    async def deliver(self, message: OutboxMessage) -> None:
        await post_json(self.session, self.url, message.payload, message.key)


async def deliver_until_done(engine: Engine, url: str, work: threading.Thread) -> None:
    """Deliver while the orders are made and until nothing waits; then time jumps ahead to the next try."""
    ahead = timedelta()
    async with aiohttp.ClientSession() as session:
        deliverers = {target: HttpDeliverer(session, url) for target in ("citizen", "staff")}
        while True:
            is_working = work.is_alive()
            if is_working:
                await asyncio.to_thread(work.join, 0.1)  # so that a call finds more than one or two messages
            done = await deliver(engine, deliverers, now=datetime.now(UTC) + ahead, lease=LEASE)
            if done.total:
                say(f"delivered {done.delivered}")
            elif not is_working and (await asyncio.to_thread(count_messages, engine))["waiting"]:
                ahead += timedelta(minutes=1)
            elif not is_working:
                return


def live(database_url: str, receiver_url: str, first: int, last: int) -> None:
    say(f"born {os.getpid()}")
    engine = open_database(database_url)

    def make_orders() -> None:
        for n in range(first, last + 1):
            file_and_dispatch(engine, n)

    work = threading.Thread(target=make_orders)
    work.start()
    asyncio.run(deliver_until_done(engine, receiver_url, work))


def forked(database_url: str, receiver_url: str, first: int, last: int) -> int:
    """Live in a process of its own; its exit status."""
    if pid := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        live(database_url, receiver_url, first, last)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    for request in sys.stdin:
        first, last = map(int, request.split())
        say(f"ended {forked(sys.argv[1], sys.argv[2], first, last)}")
