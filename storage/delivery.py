"""Deliver what stands in the outbox: claim, send, note the outcome.

Any number of workers and processes may deliver at once. A worker claims a message by one conditional update and holds
the claim for a while (`LEASE`); when it dies, the claim runs out and another worker sends the message again. So a
receiver may hear a message twice, never not at all, and tells by its key that it is the same one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from storage.engine import transaction
from storage.errors import StorageError
from storage.tables import outbox

BATCH = 100  # messages claimed by one call
AT_ONCE = 8  # messages that one worker sends at the same time
PATIENCE = timedelta(seconds=30)  # for one message; then it counts as failed
LEASE = timedelta(minutes=10)  # of a claim; longer than a whole batch may take: BATCH / AT_ONCE * PATIENCE
FIRST_PAUSE = timedelta(seconds=30)  # after the first failure; doubled with each further one
LONGEST_PAUSE = timedelta(hours=6)
MOST_ATTEMPTS = 20  # with these pauses about two and a half days; then the message is dead until someone resends it
ERROR_LENGTH = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutboxMessage:
    """A message as stored. A deliverer passes `key` on, so that the receiver acts on it once."""

    id: int
    key: str
    target: str
    subject: str
    payload: Mapping[str, Any]
    created_at: datetime
    next_try_at: datetime
    attempts: int
    state: str  # waiting, delivered or dead
    finished_at: datetime | None
    last_error: str


class DeliveryFailed(StorageError):
    """The receiver did not take the message. `retry` says whether trying again can help.

    The text is stored and shown to staff: no secrets and nothing about citizens in it.
    """

    code = "delivery_failed"

    def __init__(self, message: str = "", *, retry: bool) -> None:
        super().__init__(message or self.code)
        self.retry = retry


class Deliverer(Protocol):
    """Brings the messages of one target to their receiver."""

    async def deliver(self, message: OutboxMessage) -> None:
        """Return when the receiver has taken it; raise DeliveryFailed otherwise."""


@dataclass(frozen=True)
class Delivered:
    """What one call of `deliver` did, in messages."""

    delivered: int = 0
    failed: int = 0  # will be tried again
    dead: int = 0  # given up

    @property
    def total(self) -> int:
        return self.delivered + self.failed + self.dead


async def deliver(
    engine: Engine,
    deliverers: Mapping[str, Deliverer],
    *,
    now: datetime,
    lease: timedelta = LEASE,
    patience: timedelta = PATIENCE,
) -> Delivered:
    """Try each message that is due once, at most `BATCH`; of one subject and target only the oldest.

    Call again, with a new `now`, until the total is 0: then nothing is due. Targets without a deliverer wait.
    """
    messages = await asyncio.to_thread(_claim, engine, tuple(deliverers), now, now + lease)
    slots, turn = asyncio.Semaphore(AT_ONCE), asyncio.Lock()
    tried: list[tuple[OutboxMessage, DeliveryFailed | None]] = []
    states: list[str] = []

    async def handle(message: OutboxMessage) -> None:
        async with slots:
            tried.append((message, await _send(deliverers[message.target], message, patience)))
        async with turn:  # whoever has the turn notes all that were tried meanwhile, in one transaction
            outcomes = tried.copy()
            tried.clear()
            if outcomes:
                states.extend(await asyncio.to_thread(_settle, engine, outcomes, now, now + lease))

    faults = await asyncio.gather(*(handle(message) for message in messages), return_exceptions=True)
    for fault in filter(None, faults):  # of the database; raised only now, so that each message had its turn
        raise fault
    return Delivered(states.count("delivered"), states.count("waiting"), states.count("dead"))


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts (from 1): doubled each time, up to `LONGEST_PAUSE`."""
    doublings = min(attempts - 1, 30)  # more would only overflow
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def message_from(row: Row) -> OutboxMessage:
    return OutboxMessage(**row._mapping)


MESSAGES = sa.select(*(outbox.c[field.name] for field in fields(OutboxMessage)))


def _claim(engine: Engine, targets: tuple[str, ...], now: datetime, until: datetime) -> list[OutboxMessage]:
    due = MESSAGES.where(outbox.c.target.in_(targets), outbox.c.next_try_at <= now, *_is_free(now))
    due = due.order_by(outbox.c.id).limit(BATCH).with_for_update(skip_locked=True, of=outbox)
    with transaction(engine) as connection:
        messages = [message_from(row) for row in connection.execute(due)]
        return [message for message in messages if _claim_one(connection, message, now, until)]


def _claim_one(connection: Connection, message: OutboxMessage, now: datetime, until: datetime) -> bool:
    claim = outbox.update().where(outbox.c.id == message.id, *_is_free(now)).values(claimed_until=until)
    return bool(connection.execute(claim).rowcount == 1)


def _is_free(now: datetime) -> tuple[Any, ...]:
    """Waiting, in nobody's hands, and nothing older of the same subject and target is waiting."""
    older = outbox.alias()
    same = (older.c.subject == outbox.c.subject, older.c.target == outbox.c.target)
    is_behind = sa.exists().where(*same, older.c.state == "waiting", older.c.id < outbox.c.id)
    is_unclaimed = sa.or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
    return outbox.c.state == "waiting", is_unclaimed, ~is_behind


async def _send(deliverer: Deliverer, message: OutboxMessage, patience: timedelta) -> DeliveryFailed | None:
    try:
        await asyncio.wait_for(deliverer.deliver(message), patience.total_seconds())
    except DeliveryFailed as failure:
        return failure
    except TimeoutError:
        return DeliveryFailed(f"no answer within {patience.total_seconds():g} s", retry=True)
    except Exception as error:  # a fault of the deliverer must not hold up the other messages
        log.exception("deliverer of %s failed on message %s", message.target, message.key)
        return DeliveryFailed(f"unexpected {type(error).__name__}", retry=True)  # its text may hold secrets
    return None


def _settle(
    engine: Engine, outcomes: Sequence[tuple[OutboxMessage, DeliveryFailed | None]], now: datetime, until: datetime
) -> list[str]:
    """Note the outcomes and return the new states. What another worker took over meanwhile stays as it left it."""
    changes = [(message, _outcome(message, failure, now)) for message, failure in outcomes]
    is_ours = (outbox.c.state == "waiting", outbox.c.claimed_until == until)
    with transaction(engine) as connection:
        for message, values in sorted(changes, key=lambda change: change[0].id):  # in the order in which all lock rows
            connection.execute(outbox.update().where(outbox.c.id == message.id, *is_ours).values(values))
    return [values["state"] for _message, values in changes]


def _outcome(message: OutboxMessage, failure: DeliveryFailed | None, now: datetime) -> dict[str, Any]:
    """What a try changes on the stored message."""
    attempts = message.attempts + 1
    values: dict[str, Any] = {"attempts": attempts, "claimed_until": None}
    if failure is None:
        return values | {"state": "delivered", "finished_at": now, "last_error": ""}
    values["last_error"] = str(failure)[:ERROR_LENGTH]
    if failure.retry and attempts < MOST_ATTEMPTS:
        return values | {"state": "waiting", "next_try_at": now + pause_after(attempts)}
    return values | {"state": "dead", "finished_at": now}
