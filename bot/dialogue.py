"""One conversation turn: clean the text, let Rasa decide, gather what the actions said.

The Rasa Agent lives in a thread with an event loop of its own, so that inference never delays a health check, a push
or another citizen's page. One conversation takes its messages in order; others do not wait for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import sqlalchemy as sa
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Engine

from actions.cards import form_card
from actions.say import words
from actions.services import Services, use
from bot import process
from bot.rasa_runtime import CollectingChannel, InProcessAgent, load_agent
from bot.replies import Outcome, RatingRefused, Reply, TurnResult
from bot.settings import MissingModel, Settings
from bot.stores import lock_store_for, tracker_store_for
from hotline.citizen import NotRatable, owned, rate
from hotline.errors import HotlineError
from knowledge_base.base import KnowledgeBase
from knowledge_base.embedding import load_embedder
from knowledge_base.text import visible
from storage.engine import create_engine, insert, migrate, transaction
from storage.tables import conversation_message, rating

LOG = logging.getLogger(__name__)
LONGEST_TEXT = 2000  # characters that are looked at; channels set their own, lower limits
FORM = "work_order_form"
WARM_UP = "身份证怎么补办"

T = TypeVar("T")


class UnknownMessage(LookupError):
    """A rating names a message that this conversation did not receive."""

    code = "unknown_message"


class LoopThread:
    """A thread that runs one event loop until it is stopped."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there and wait for it here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def stop(self) -> None:
        """Let running work end, then close the loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Dialogue:
    """Takes messages of conversations and gives back what the assistant says."""

    def __init__(self, agent: InProcessAgent, services: Services) -> None:
        self.services = services
        self._agent = agent
        self._thread = LoopThread("dialogue")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def turn(self, conversation_id: str, text: str, channel: str = "web") -> TurnResult:
        """Take one message (plain text; a leading slash means nothing) and return the whole answer."""
        return await self._thread.run(self._turn_in_order(conversation_id, text, channel))

    async def rate(self, conversation_id: str, message_id: str, score: int) -> None:
        """Store a rating (1–5) of one answer, or of an order's result when the message is the notice of one.

        A second rating of an answer replaces the first; a result is rated once. Raises ValueError for another score,
        UnknownMessage when the conversation holds no such answer, RatingRefused when the result cannot be rated.
        """
        if score not in range(1, 6):
            raise ValueError(f"a rating is 1 to 5, not {score!r}")
        await asyncio.to_thread(_store_rating, self.services, conversation_id, message_id, score)

    async def warm_up(self) -> None:
        """Load what is loaded at first use (dictionaries, model pages), without leaving a conversation behind."""
        await self._thread.run(self._agent.parse_message(WARM_UP))
        await asyncio.to_thread(self.services.knowledge.search, WARM_UP)

    def close(self) -> None:
        """Stop the thread; no turn may follow."""
        self._thread.stop()

    async def _turn_in_order(self, conversation_id: str, text: str, channel: str) -> TurnResult:
        lock = self._turns.setdefault(conversation_id, asyncio.Lock())
        async with lock:
            started = time.perf_counter()
            try:
                outcome, replies, meta = await self._ask_rasa(conversation_id, text, channel)
            except Exception:
                LOG.exception("turn of conversation %s failed", conversation_id)
                outcome, replies, meta = Outcome.ERROR, (Reply("notice", words("turn_failed")),), {}
            return TurnResult(
                outcome=outcome,
                replies=replies,
                entries=tuple(meta.pop("entries", ())),
                aspect=meta.pop("aspect", None),
                confidence=meta.pop("confidence", None),
                meta=meta,
                ms=round((time.perf_counter() - started) * 1000, 2),
                message_id=uuid.uuid4().hex,
            )

    async def _ask_rasa(
        self, conversation_id: str, text: str, channel: str
    ) -> tuple[Outcome, tuple[Reply, ...], dict[str, Any]]:
        clean = " ".join(visible(text[:LONGEST_TEXT]).split()).lstrip("/／ ")
        if not clean:
            return Outcome.SMALL_TALK, (Reply("text", words("empty_message")),), {}
        collected = CollectingChannel(channel)
        await self._agent.handle_message(UserMessage(clean, collected, conversation_id, input_channel=channel))
        if collected.tracker is None:
            raise RuntimeError("Rasa took the message without running an action")
        return gather(collected.messages, collected.tracker)


def gather(
    messages: Iterable[Mapping[str, Any]], tracker: DialogueStateTracker
) -> tuple[Outcome, tuple[Reply, ...], dict[str, Any]]:
    """Join what the actions said into replies, and what the turn came to into one outcome and its meta."""
    replies, meta = [], dict[str, Any]()
    in_form = tracker.active_loop_name == FORM
    for message in messages:
        card = message.get("custom") or {}
        for key, value in (card.get("meta") or {}).items():
            if key in ("outcome", "work_order"):  # the first word counts: an answer inside a form stays an answer
                meta.setdefault(key, value)
            else:
                meta[key] = value
        replies.append(_reply(message, card, tracker if in_form else None))
    if in_form:
        meta |= _form_meta(tracker)
    meta["intent"] = tracker.latest_message.intent if tracker.latest_message else {}
    outcome = Outcome(meta.pop("outcome", Outcome.WORK_ORDER.value if in_form else Outcome.SMALL_TALK.value))
    if not replies:
        raise RuntimeError(f"no action said anything about intent {meta['intent'].get('name')!r}")
    return outcome, tuple(replies), meta


def _reply(message: Mapping[str, Any], card: Mapping[str, Any], form: DialogueStateTracker | None) -> Reply:
    replies = tuple(card.get("quick_replies") or (button["title"] for button in message.get("buttons") or ()))
    if card:
        return Reply(card["kind"], str(message.get("text") or ""), dict(card["data"]), replies)
    text = str(message.get("text") or "")
    if form is None:
        return Reply("text", text, {}, replies)
    field = str(form.get_slot("requested_slot") or "").removeprefix("order_")
    return Reply("form", text, form_card(field, form.current_slot_values()), replies)


def _form_meta(tracker: DialogueStateTracker) -> dict[str, Any]:
    slots = tracker.current_slot_values()
    names = ("content", "town", "location", "time", "phone", "privacy")
    return {
        "asks": str(slots.get("requested_slot") or "").removeprefix("order_"),
        "slots": {name: slots.get(f"order_{name}") or "" for name in names},
        "order_type": slots.get("order_type"),
        "town": slots.get("order_town") or "",
    }


def _store_rating(services: Services, conversation_id: str, message_id: str, score: int) -> None:
    turn = _turn_of(services.engine, conversation_id, message_id)
    notices = [reply["data"] for reply in turn["replies"] if reply["kind"] == "order_notice"]
    if notices:
        _rate_order(services, conversation_id, notices[0], score)
        return
    entry_code = next(iter(turn.get("entries") or ()), "")
    values = {"score": score, "at": services.now()}
    with transaction(services.engine) as connection:
        statement = insert(connection, rating).values(
            message_id=message_id, conversation_id=conversation_id, entry_code=entry_code, **values
        )
        connection.execute(statement.on_conflict_do_update(index_elements=["message_id"], set_=values))


def _rate_order(services: Services, conversation_id: str, notice: Mapping[str, Any], score: int) -> None:
    number, now = str(notice["number"]), services.now()
    try:
        owned(services.engine, number, conversation_id=conversation_id, now=now)
        rate(services.engine, number, score, closing=str(notice["at"]), now=now)
    except NotRatable as error:
        raise RatingRefused(words("rated_before" if error.was_rated else "not_ratable", number=number)) from error
    except HotlineError as error:
        LOG.warning("order %s could not be rated: %s", number, error)
        raise RatingRefused(words("not_ratable", number=number)) from error


def _turn_of(engine: Engine, conversation_id: str, message_id: str) -> dict[str, Any]:
    query = sa.select(conversation_message.c.payload).where(conversation_message.c.conversation_id == conversation_id)
    with engine.connect() as connection:
        for row in connection.execute(query.order_by(conversation_message.c.seq.desc())):
            turn: dict[str, Any] = json.loads(row.payload).get("result") or {}
            if turn.get("message_id") == message_id:
                return turn
    raise UnknownMessage(f"conversation {conversation_id} received no message {message_id}")


@asynccontextmanager
async def open_dialogue(settings: Settings, engine: Engine | None = None) -> AsyncIterator[Dialogue]:
    """Everything a conversation needs, ready and warm; closed at the end of the block.

    Raises EmptyBase when nothing is published and MissingModel when no model is trained.
    """
    if not any(settings.model_dir.glob("*.tar.gz")):
        raise MissingModel(f"{settings.model_dir} 中没有训练好的模型，请先运行 make train")
    engine = engine or create_engine(settings.database_url)
    await asyncio.to_thread(migrate, engine)
    knowledge = KnowledgeBase(engine, load_embedder())
    await asyncio.to_thread(knowledge.reload, progress=True)
    services = Services(engine, knowledge)
    use(services)
    agent = await asyncio.to_thread(
        load_agent, settings.model_dir, tracker_store_for(settings), lock_store_for(settings)
    )
    dialogue = Dialogue(agent, services)
    try:
        await dialogue.warm_up()
        process.loaded()
        yield dialogue
    finally:
        process.unloaded()
        dialogue.close()
