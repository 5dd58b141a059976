"""From a stored message to a stored answer: one turn at a time per conversation, and nothing gets lost between.

A message is stored before it is worked on and its answer is stored before it is sent, so a connection may break at any
moment: the citizen's device sends again (same client id, same message) and reads on from the last number it has.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar
from weakref import WeakValueDictionary

from bot.channels.errors import Conflict, NotFound, QueueFull
from bot.channels.web.messages import IncomingRating
from bot.channels.web.settings import WebSettings
from bot.channels.web.transcript import Direction, Message, Transcript
from bot.replies import Outcome, RatingRefused, Reply, TurnResult

log = logging.getLogger(__name__)
T = TypeVar("T")

WAIT_FOR_ANSWER = "您前面的消息还在处理，请等答复后再发送。"
TURN_FAILED = "抱歉，刚才这条消息没有处理成功。请换个说法再发一次，或拨打 12345 政务服务便民热线咨询。"


class Dialogue(Protocol):
    """What the channels need of the assistant."""

    async def turn(self, conversation_id: str, text: str, channel: str = "web") -> TurnResult: ...

    async def rate(self, conversation_id: str, message_id: str, score: int) -> None:
        """Raises RatingRefused when there is nothing to rate (any more)."""


class Conversations:
    """The one service behind the page, the widget and the JSON API."""

    def __init__(
        self,
        dialogue: Dialogue,
        transcript: Transcript,
        settings: WebSettings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._dialogue = dialogue
        self._transcript = transcript
        self._settings = settings
        self._clock = clock
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="transcript")
        self._turn_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._intake_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._running: dict[tuple[str, int], asyncio.Task[None]] = {}
        self._pending: Counter[str] = Counter()
        self._listeners: dict[str, set[asyncio.Event]] = {}

    async def accept(self, conversation_id: str, text: str, client_id: str, channel: str = "web") -> Message:
        """Store a message and start its turn; a resend gives the stored one. Raises QueueFull."""
        if self._pending[conversation_id] > self._settings.queue_length:
            raise QueueFull(WAIT_FOR_ANSWER, 2.0)
        self._pending[conversation_id] += 1
        try:
            payload = {"kind": "text", "client_id": client_id, "text": text}
            async with _lock_of(self._intake_locks, conversation_id):
                message, is_new = await self._store(conversation_id, "in", payload, channel)
                if (conversation_id, message.seq) not in self._running:
                    self._start(message, channel, is_left_behind=not is_new)
        finally:
            self._release(conversation_id)
        return message

    async def answer(self, conversation_id: str, text: str, client_id: str, channel: str) -> tuple[Message, Message]:
        """Accept a message and wait for its answer: (message, answer). The turn goes on if the caller is cancelled."""
        message = await self.accept(conversation_id, text, client_id, channel)
        if task := self._running.get((conversation_id, message.seq)):
            await asyncio.shield(task)
        reply = await self._thread(self._transcript.reply_to, conversation_id, message.seq)
        if reply is None:
            raise QueueFull(WAIT_FOR_ANSWER, 2.0)
        return message, reply

    async def rate(self, conversation_id: str, rating: IncomingRating) -> None:
        """Raises NotFound when the turn is not one of this conversation, Conflict when it cannot be rated now."""
        if not await self._thread(self._transcript.has_turn, conversation_id, rating.message_id):
            raise NotFound("没有找到要评价的答复。")
        try:
            await self._dialogue.rate(conversation_id, rating.message_id, rating.score)
        except RatingRefused as error:
            raise Conflict(str(error)) from error
        payload = {"kind": "rating", "message_id": rating.message_id, "score": rating.score}
        await self._store(conversation_id, "in", payload)

    async def push(self, conversation_id: str, result: TurnResult, key: str) -> Message:
        """Tell the citizen something unasked, such as the unit's reply to a work order; once per key.

        An open page gets it at once, any other at the next visit.
        """
        payload = {"kind": "turn", "reply_to": None, "notice_key": key, "result": result.to_json()}
        message, _ = await self._store(conversation_id, "out", payload)
        return message

    async def knows(self, conversation_id: str) -> bool:
        """Whether anything was said in it and it was not deleted since."""
        return await self._thread(self._transcript.has_conversation, conversation_id)

    async def after(self, conversation_id: str, seq: int) -> list[Message]:
        return await self._thread(self._transcript.after, conversation_id, seq)

    async def last_seq(self, conversation_id: str) -> int:
        return await self._thread(self._transcript.last_seq, conversation_id)

    async def recover(self, conversation_id: str, channel: str = "web") -> None:
        """Take up messages that a stopped worker left without an answer.

        Not while one is being taken in: it is stored a moment before its turn is known to run.
        """
        async with _lock_of(self._intake_locks, conversation_id):
            for message in await self._thread(self._transcript.unanswered, conversation_id):
                if (conversation_id, message.seq) not in self._running:
                    self._start(message, channel, is_left_behind=True)

    def listen(self, conversation_id: str) -> asyncio.Event:
        """An event that is set whenever this worker stored something in the conversation; give it back to `forget`."""
        event = asyncio.Event()
        self._listeners.setdefault(conversation_id, set()).add(event)
        return event

    def forget(self, conversation_id: str, event: asyncio.Event) -> None:
        listeners = self._listeners.get(conversation_id, set())
        listeners.discard(event)
        if not listeners:
            self._listeners.pop(conversation_id, None)

    def listener_count(self, conversation_id: str) -> int:
        return len(self._listeners.get(conversation_id, ()))

    async def close(self) -> None:
        """Let running turns finish, at most as long as one turn may take."""
        if tasks := list(self._running.values()):
            _, late = await asyncio.wait(tasks, timeout=self._settings.turn_timeout_seconds)
            for task in late:
                task.cancel()
        self._threads.shutdown(wait=True)

    def _start(self, message: Message, channel: str, *, is_left_behind: bool) -> None:
        key = (message.conversation_id, message.seq)
        self._pending[message.conversation_id] += 1
        self._running[key] = asyncio.create_task(self._run(message, channel, is_left_behind))

    async def _run(self, message: Message, channel: str, is_left_behind: bool) -> None:
        conversation_id = message.conversation_id
        try:
            async with _lock_of(self._turn_locks, conversation_id):
                if is_left_behind and await self._is_answered_elsewhere(message):
                    return
                result = await self._turn(conversation_id, message.payload["text"], channel)
                payload = {"kind": "turn", "reply_to": message.seq, "result": result.to_json()}
                await self._store(conversation_id, "out", payload, channel)
        except Exception:
            log.exception("conversation %s…: answer %d could not be stored", conversation_id[:6], message.seq)
        finally:
            self._running.pop((conversation_id, message.seq), None)
            self._release(conversation_id)
            self._wake(conversation_id)

    async def _turn(self, conversation_id: str, text: str, channel: str) -> TurnResult:
        try:
            async with asyncio.timeout(self._settings.turn_timeout_seconds):
                return await self._dialogue.turn(conversation_id, text, channel)
        except Exception:
            log.exception("conversation %s…: turn failed", conversation_id[:6])
            return TurnResult(Outcome.ERROR, (Reply("notice", TURN_FAILED),))

    async def _is_answered_elsewhere(self, message: Message) -> bool:
        """Another worker may still be at it: wait as long as a turn may take before doing it again."""
        deadline = message.at + timedelta(seconds=self._settings.turn_timeout_seconds)
        while True:
            if await self._thread(self._transcript.reply_to, message.conversation_id, message.seq):
                return True
            if self._clock() >= deadline:
                return False
            await asyncio.sleep(min(0.5, self._settings.poll_seconds))

    async def _store(
        self, conversation_id: str, direction: Direction, payload: dict[str, Any], channel: str = "web"
    ) -> tuple[Message, bool]:
        append = self._transcript.append
        stored = await self._thread(append, conversation_id, direction, payload, self._clock(), channel)
        self._wake(conversation_id)
        return stored

    async def _thread(self, call: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *args))

    def _release(self, conversation_id: str) -> None:
        self._pending[conversation_id] -= 1
        if self._pending[conversation_id] <= 0:
            del self._pending[conversation_id]

    def _wake(self, conversation_id: str) -> None:
        for event in self._listeners.get(conversation_id, ()):
            event.set()


def _lock_of(locks: WeakValueDictionary[str, asyncio.Lock], conversation_id: str) -> asyncio.Lock:
    """The lock of a conversation; it lives as long as somebody holds it or waits for it."""
    return locks.setdefault(conversation_id, asyncio.Lock())
