"""The 5-second rule: WeChat hangs up after 5 s and asks again, three times in all, and shows one reply.

All tries of one message wait for the same work. Ready in time: the reply, the same to every try. Not ready, and the
account may send: `success`, and the answer follows as a customer-service message. Not ready, and it may not: the
connection is held until WeChat asks again; the last try gets a word of patience and the answer waits for the next
contact. Which way it went is decided in the database (ledger.py), so workers, retries and crashes give one answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy.engine import Engine

from bot.channels.wechat import ledger, people, quota
from bot.channels.wechat.answers import Answers, asked_of, is_silent
from bot.channels.wechat.customer_service import Sender
from bot.channels.wechat.ledger import Entry, State
from bot.channels.wechat.messages import Incoming
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.settings import WeChatSettings
from bot.channels.wechat.signature import Signed
from bot.channels.wechat.texts import Answer
from bot.channels.wechat.wording import words
from storage.engine import transaction

LOG = logging.getLogger(__name__)
TRIES = 3
LAST_TRY_AFTER = 9  # seconds after the message was written, by WeChat's clock; tries may get lost on the way here
LEFT_BEHIND = timedelta(minutes=1)  # after which a message that nobody settled is taken up by the sweep
CLOSE_SECONDS = 10.0
POLL_SECONDS = 0.05
SLACK_SECONDS = 0.1  # beyond the time for a passive reply

Locks = WeakValueDictionary[str, asyncio.Lock]


@dataclass(frozen=True)
class Request:
    """One try of WeChat to bring a message."""

    incoming: Incoming
    signed: Signed
    is_connected: Callable[[], bool]


class Passive:
    """Takes messages and gives what their request is answered with."""

    def __init__(
        self,
        engine: Engine,
        sealer: Sealer,
        answers: Answers,
        sender: Sender,
        settings: WeChatSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._sealer = sealer
        self._answers = answers
        self._sender = sender
        self._settings = settings
        self._clock = clock
        self._intake: Locks = WeakValueDictionary()
        self._turns: Locks = WeakValueDictionary()
        self._running: dict[str, asyncio.Task[Answer]] = {}
        self._waiters: Counter[str] = Counter()
        self._requests: set[asyncio.Task[str | None]] = set()
        self._others: set[asyncio.Task[None]] = set()

    async def reply(self, incoming: Incoming, signed: Signed, is_connected: Callable[[], bool]) -> str | None:
        """The text of the reply; "" for `success`; None to give none, so that WeChat asks again.

        Raises SignatureRefused for a signature that came with another message before. Goes on when the caller is
        cancelled because WeChat hung up: what was taken in is answered.
        """
        task = asyncio.create_task(self._reply(Request(incoming, signed, is_connected)))
        self._requests.add(task)
        task.add_done_callback(self._requests.discard)
        return await asyncio.shield(task)

    async def _reply(self, request: Request) -> str | None:
        started, incoming = asyncio.get_running_loop().time(), request.incoming
        key = self._sealer.hashes(incoming.identity)[0]
        async with _lock_of(self._intake, incoming.openid):  # in the order of arrival
            entry = await asyncio.to_thread(self._take_in, incoming, request.signed, key)
            if entry is None:
                return ""
            if entry.state is State.PASSIVE:
                return await self._hand_out(request, entry, Answer(""))
            if entry.state is not State.OPEN:
                return entry.handed
            if entry.answer is not None and key not in self._running:
                return await self._hand_out(request, entry, entry.answer)
            task = self._running.get(key) or self._start(entry, incoming)
            self._waiters[key] += 1
        try:
            ends = started + self._settings.passive_seconds
            return await self._wait_for(task, request, entry, ends)
        finally:
            self._leave(key, task)

    async def sweep(self) -> None:
        """Settle what a stopped worker left behind, and forget what is over."""
        now = self._clock()
        for entry in await asyncio.to_thread(ledger.left_behind, self._engine, now - LEFT_BEHIND, now):
            if entry.key not in self._running and not self._waiters[entry.key]:
                await self._pick_up(entry)
        await asyncio.to_thread(ledger.tidy, self._engine, now)

    async def close(self) -> None:
        """Let what is under way finish; what does not is left to the next worker."""
        if tasks := [*self._requests, *self._running.values(), *self._others]:
            _, late = await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()

    def _take_in(self, incoming: Incoming, signed: Signed, key: str) -> Entry | None:
        """None when nothing is to be said."""
        now = self._clock()
        with transaction(self._engine) as connection:
            ledger.use_signature(connection, signed, key, now)
            if incoming.event == "unsubscribe":
                people.leave(connection, self._sealer, incoming.openid)
                return None
            person_id = people.meet(connection, self._sealer, incoming.openid, now)
            if is_silent(incoming):
                return None
            asked = asked_of(incoming)
            entry = ledger.receive(connection, key=key, person_id=person_id, kind=incoming.kind, asked=asked, now=now)
            if entry.is_new and (allowance := quota.allowance_of(incoming)):
                quota.renew(connection, person_id, allowance, now)
            return entry

    def _start(self, entry: Entry, incoming: Incoming) -> asyncio.Task[Answer]:
        task = asyncio.create_task(self._work(entry, incoming))
        self._running[entry.key] = task
        return task

    async def _work(self, entry: Entry, incoming: Incoming) -> Answer:
        """One message of a citizen after the other, a late answer sent included."""
        try:
            async with _lock_of(self._turns, entry.person_id):
                answer = await self._answers.answer(entry.key, entry.person_id, incoming)
                if not self._waiters[entry.key]:
                    await self._finish(entry.key, entry.person_id, answer)
                return answer
        finally:
            self._running.pop(entry.key, None)

    async def _wait_for(self, task: asyncio.Task[Answer], request: Request, entry: Entry, ends: float) -> str | None:
        key = entry.key
        if await _is_done(task, ends):
            return await self._hand_out(request, entry, task.result())
        if await self._sender.can_send(entry.person_id):
            if await asyncio.to_thread(ledger.promise, self._engine, key):
                return ""
            return await self._handed(key)
        if _is_last(entry, request):
            return await asyncio.to_thread(ledger.defer, self._engine, key, words("deferred"))
        await self._hold(request.is_connected)
        return None

    async def _hold(self, is_connected: Callable[[], bool]) -> None:
        """Until WeChat has hung up. Nothing is said in this time: it could cross the hanging up and be lost."""
        ends = asyncio.get_running_loop().time() + self._settings.hold_seconds
        while is_connected() and asyncio.get_running_loop().time() < ends:  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(POLL_SECONDS)

    def _leave(self, key: str, task: asyncio.Task[Answer]) -> None:
        """The last who waited sees to an answer that nobody took."""
        self._waiters[key] -= 1
        if self._waiters[key] > 0:
            return
        del self._waiters[key]
        if task.done() and not task.cancelled() and task.exception() is None:
            self._spawn(self._see_to(key, task.result()))

    async def _see_to(self, key: str, answer: Answer) -> None:
        entry = await asyncio.to_thread(ledger.read, self._engine, key)
        if entry is not None and entry.state in (State.OPEN, State.PROMISED, State.DEFERRED):
            await self._finish(key, entry.person_id, answer)

    async def _finish(self, key: str, person_id: str, answer: Answer) -> None:
        """An answer without anybody waiting for it: send it, keep it, or give the next try some time to come."""
        stored = await asyncio.to_thread(ledger.store_answer, self._engine, key, answer)
        if stored.state is State.OPEN:
            self._spawn(self._after_grace(key, person_id, stored.answer or answer))
        else:
            await self._deliver(key, person_id, stored.answer or answer, stored.state)

    async def _after_grace(self, key: str, person_id: str, answer: Answer) -> None:
        await asyncio.sleep(self._settings.grace_seconds)
        if not self._waiters[key]:
            await self._give_up_waiting(key, person_id, answer)

    async def _give_up_waiting(self, key: str, person_id: str, answer: Answer) -> None:
        if await self._sender.can_send(person_id):
            is_ours = await asyncio.to_thread(ledger.promise, self._engine, key)
            state = State.PROMISED
        else:
            is_ours = await asyncio.to_thread(ledger.defer, self._engine, key, "") == ""
            state = State.DEFERRED
        if is_ours:
            await self._deliver(key, person_id, answer, state)

    async def _deliver(self, key: str, person_id: str, answer: Answer, state: State) -> None:
        """Bring what was promised; keep what was deferred. Others that try the same find it taken."""
        settle, now = ledger.settle, self._clock
        if state is State.DEFERRED:
            await asyncio.to_thread(settle, self._engine, key, State.KEPT, now())
        elif state is State.PROMISED and await asyncio.to_thread(ledger.begin_sending, self._engine, key):
            sending = await self._sender.send(person_id, answer)
            end = State.SENT if sending.is_sent else State.KEPT
            shown = (sending.rest, answer.choices) if sending.is_sent else None
            await asyncio.to_thread(settle, self._engine, key, end, now(), shown=shown, reason=sending.reason)

    async def _pick_up(self, entry: Entry) -> None:
        if entry.state is State.SENDING:  # stopped in the middle of it
            reason = words("reason_unknown")
            await asyncio.to_thread(ledger.settle, self._engine, entry.key, State.KEPT, self._clock(), reason=reason)
            return
        async with _lock_of(self._turns, entry.person_id):
            answer = entry.answer or await self._answers.again(entry.key, entry.person_id, entry.asked)
            state = (await asyncio.to_thread(ledger.store_answer, self._engine, entry.key, answer)).state
            if state is State.OPEN:
                await self._give_up_waiting(entry.key, entry.person_id, answer)
            else:
                await self._deliver(entry.key, entry.person_id, answer, state)

    async def _hand_out(self, request: Request, entry: Entry, answer: Answer) -> str | None:
        """None when WeChat has hung up: then the next try gets it, or `_finish` sees to it."""
        if entry.state is State.OPEN and not request.is_connected():
            return None
        now = self._clock()
        text = await asyncio.to_thread(ledger.hand_out, self._engine, entry.key, answer, request.signed.at, now)
        if text is None or request.is_connected():
            return text
        taken = await asyncio.to_thread(ledger.take_back, self._engine, entry.key, request.signed.at)
        if taken is not None:
            self._spawn(self._finish(entry.key, entry.person_id, taken))
        return None

    async def _handed(self, key: str) -> str:
        entry = await asyncio.to_thread(ledger.read, self._engine, key)
        return entry.handed if entry else ""

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._others.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._others.discard(task)
        if not task.cancelled() and (error := task.exception()):
            LOG.error("an answer could not be settled; the sweep takes it up", exc_info=error)


def _is_last(entry: Entry, request: Request) -> bool:
    """Whether WeChat will not ask again after this try."""
    return entry.tries >= TRIES or int(request.signed.timestamp) - request.incoming.created >= LAST_TRY_AFTER


async def _is_done(task: asyncio.Task[Answer], ends: float) -> bool:
    """Whether the answer is there in time; later, a reply could cross the hanging up."""
    now = asyncio.get_running_loop().time
    done, _ = await asyncio.wait([task], timeout=max(0.0, ends - now()))
    return bool(done) and now() <= ends + SLACK_SECONDS and not task.cancelled() and task.exception() is None


def _lock_of(locks: Locks, name: str) -> asyncio.Lock:
    """It lives as long as somebody holds it or waits for it."""
    return locks.setdefault(name, asyncio.Lock())
