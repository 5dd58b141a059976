from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from storage import outbox
from storage.delivery import FIRST_PAUSE, LEASE, LONGEST_PAUSE, MOST_ATTEMPTS, pause_after
from storage.engine import transaction
from storage.outbox import Delivered, DeliveryFailed, OutboxMessage

NOW = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)


class Receiver:
    """Takes messages and remembers them in order; `fault` may raise before it takes one."""

    def __init__(self, fault: Callable[[OutboxMessage], None] = lambda message: None) -> None:
        self.fault = fault
        self.keys: list[str] = []

    async def deliver(self, message: OutboxMessage) -> None:
        self.fault(message)
        self.keys.append(message.key)


def failing(retry: bool) -> Receiver:
    def fault(message: OutboxMessage) -> None:
        raise DeliveryFailed("the receiver answered 503", retry=retry)

    return Receiver(fault)


def post(
    engine: Engine, key: str, subject: str = "", target: str = "staff", payload: Mapping[str, Any] | None = None
) -> None:
    with transaction(engine) as connection:
        outbox.post(connection, key=key, target=target, subject=subject or key, payload=payload or {}, now=NOW)


def deliver(engine: Engine, receiver: outbox.Deliverer, now: datetime = NOW, target: str = "staff") -> Delivered:
    return asyncio.run(outbox.deliver(engine, {target: receiver}, now=now))


def stored(engine: Engine, key: str) -> OutboxMessage:
    messages = outbox.list_messages(engine, states=("waiting", "delivered", "dead"))
    return next(message for message in messages if message.key == key)


def test_a_message_reaches_its_receiver_once(engine: Engine) -> None:
    post(engine, "k1", payload={"text": "您好"})
    receiver = Receiver()
    assert deliver(engine, receiver) == Delivered(delivered=1)
    assert deliver(engine, receiver) == Delivered()
    message = stored(engine, "k1")
    assert receiver.keys == ["k1"]
    assert (message.state, message.attempts, message.finished_at) == ("delivered", 1, NOW)
    assert message.payload == {"text": "您好"}


def test_a_message_of_a_transaction_that_failed_is_never_sent(engine: Engine) -> None:
    with pytest.raises(RuntimeError), transaction(engine) as connection:
        outbox.post(connection, key="k1", target="staff", subject="s", payload={}, now=NOW)
        raise RuntimeError
    assert deliver(engine, Receiver()) == Delivered()


def test_the_same_key_posted_twice_is_one_message(engine: Engine) -> None:
    post(engine, "k1", payload={"text": "first"})
    post(engine, "k1", payload={"text": "second"})
    assert outbox.count_messages(engine) == {"waiting": 1, "delivered": 0, "dead": 0}
    assert stored(engine, "k1").payload == {"text": "first"}


def test_messages_of_one_subject_go_in_order_one_a_call(engine: Engine) -> None:
    for key in ("a1", "b1", "a2", "a3"):
        post(engine, key, subject=key[0])
    receiver = Receiver()
    totals = [deliver(engine, receiver).total for _ in range(4)]
    assert totals == [2, 1, 1, 0]
    assert [key for key in receiver.keys if key.startswith("a")] == ["a1", "a2", "a3"]


def test_a_failing_message_holds_up_its_subject_and_no_other(engine: Engine) -> None:
    for key in ("a1", "a2", "b1"):
        post(engine, key, subject=key[0])

    def fault(message: OutboxMessage) -> None:
        if message.key == "a1":
            raise DeliveryFailed("busy", retry=True)

    receiver = Receiver(fault)
    deliver(engine, receiver)
    deliver(engine, receiver)
    assert receiver.keys == ["b1"]
    assert stored(engine, "a2").attempts == 0


def test_the_same_subject_of_another_target_is_not_held_up(engine: Engine) -> None:
    post(engine, "k1", subject="WJ1", target="gateway")
    post(engine, "k2", subject="WJ1", target="staff")
    receiver = Receiver()
    asyncio.run(outbox.deliver(engine, {"gateway": failing(retry=True), "staff": receiver}, now=NOW))
    assert receiver.keys == ["k2"]


def test_a_target_without_deliverer_waits(engine: Engine) -> None:
    post(engine, "k1", target="citizen")
    assert deliver(engine, Receiver()) == Delivered()
    assert stored(engine, "k1").state == "waiting"


def test_after_a_failure_the_message_waits_and_is_tried_again(engine: Engine) -> None:
    post(engine, "k1")
    assert deliver(engine, failing(retry=True)) == Delivered(failed=1)
    message = stored(engine, "k1")
    assert (message.attempts, message.last_error) == (1, "the receiver answered 503")
    assert message.next_try_at == NOW + FIRST_PAUSE
    assert deliver(engine, Receiver(), NOW + FIRST_PAUSE - timedelta(seconds=1)) == Delivered()
    assert deliver(engine, Receiver(), NOW + FIRST_PAUSE) == Delivered(delivered=1)
    assert stored(engine, "k1").last_error == ""


def test_pauses_double_up_to_the_longest() -> None:
    assert [pause_after(n) // FIRST_PAUSE for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pause_after(12) == pause_after(10_000) == LONGEST_PAUSE


def test_all_attempts_together_outlast_a_weekend() -> None:
    assert sum((pause_after(n) for n in range(1, MOST_ATTEMPTS)), timedelta()) > timedelta(days=2.5)


def test_after_the_last_attempt_the_message_is_dead_and_can_be_resent(engine: Engine) -> None:
    post(engine, "k1")
    now = NOW
    for _ in range(MOST_ATTEMPTS):
        deliver(engine, failing(retry=True), now)
        now += LONGEST_PAUSE
    message = stored(engine, "k1")
    assert (message.state, message.attempts, message.last_error) == ("dead", MOST_ATTEMPTS, "the receiver answered 503")
    assert deliver(engine, Receiver(), now) == Delivered()
    assert outbox.resend(engine, keys=["k1"], now=now) == 1
    receiver = Receiver()
    assert deliver(engine, receiver, now) == Delivered(delivered=1)
    assert receiver.keys == ["k1"]


def test_a_failure_that_no_retry_mends_is_dead_at_once_and_lets_the_next_pass(engine: Engine) -> None:
    post(engine, "a1", subject="a")
    post(engine, "a2", subject="a")
    assert deliver(engine, failing(retry=False)) == Delivered(dead=1)
    receiver = Receiver()
    deliver(engine, receiver)
    assert receiver.keys == ["a2"]


def test_only_dead_messages_are_resent(engine: Engine) -> None:
    for key in ("k1", "k2", "k3"):
        post(engine, key)
    deliver(engine, failing(retry=False))
    outbox.resend(engine, keys=["k2"], now=NOW)
    deliver(engine, Receiver())
    assert outbox.resend(engine, keys=["k2", "unknown"], now=NOW) == 0
    assert outbox.resend(engine, now=NOW) == 2
    assert outbox.count_messages(engine) == {"waiting": 2, "delivered": 1, "dead": 0}


def test_a_fault_of_the_deliverer_counts_as_a_failure_and_tells_no_secret(engine: Engine) -> None:
    def fault(message: OutboxMessage) -> None:
        raise KeyError("https://hook.example/?key=secret")

    post(engine, "k1")
    assert deliver(engine, Receiver(fault)) == Delivered(failed=1)
    assert stored(engine, "k1").last_error == "unexpected KeyError"


def test_a_receiver_that_never_answers_counts_as_a_failure(engine: Engine) -> None:
    class Silent:
        async def deliver(self, message: OutboxMessage) -> None:
            await asyncio.Event().wait()

    post(engine, "k1")
    patience = timedelta(milliseconds=20)
    outcome = asyncio.run(outbox.deliver(engine, {"staff": Silent()}, now=NOW, patience=patience))
    assert outcome == Delivered(failed=1)
    assert stored(engine, "k1").last_error == "no answer within 0.02 s"


def test_many_workers_deliver_each_message_once_and_in_order(engine: Engine) -> None:
    for n in range(60):
        post(engine, f"k{n:02}", subject=f"s{n % 15}")
    receiver = Receiver()

    def work(_: int) -> None:
        while deliver(engine, receiver).total or outbox.count_messages(engine)["waiting"]:
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert sorted(receiver.keys) == [f"k{n:02}" for n in range(60)]
    by_subject = [[key for key in receiver.keys if int(key[1:]) % 15 == subject] for subject in range(15)]
    assert all(keys == sorted(keys) for keys in by_subject)
    assert outbox.count_messages(engine) == {"waiting": 0, "delivered": 60, "dead": 0}


async def abandon_a_claim(engine: Engine) -> None:
    """A worker that claims everything due and is stopped before it can say how it went."""
    reached = asyncio.Event()

    class Stuck:
        async def deliver(self, message: OutboxMessage) -> None:
            reached.set()
            await asyncio.Event().wait()

    worker = asyncio.ensure_future(outbox.deliver(engine, {"staff": Stuck()}, now=NOW))
    await reached.wait()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


def test_the_claim_of_a_worker_that_died_runs_out(engine: Engine) -> None:
    post(engine, "k1")
    asyncio.run(abandon_a_claim(engine))
    receiver = Receiver()
    assert deliver(engine, receiver, NOW + LEASE - timedelta(seconds=1)) == Delivered()
    assert deliver(engine, receiver, NOW + LEASE) == Delivered(delivered=1)
    assert receiver.keys == ["k1"]


async def test_a_worker_that_lost_its_claim_does_not_undo_what_the_next_one_noted(engine: Engine) -> None:
    post(engine, "k1")
    sent, go_on = asyncio.Event(), asyncio.Event()

    class Slow:
        async def deliver(self, message: OutboxMessage) -> None:
            sent.set()
            await go_on.wait()
            raise DeliveryFailed("too late to matter", retry=False)

    slow = asyncio.ensure_future(outbox.deliver(engine, {"staff": Slow()}, now=NOW))
    await sent.wait()
    assert (await outbox.deliver(engine, {"staff": Receiver()}, now=NOW + LEASE)).delivered == 1
    go_on.set()
    await slow
    assert (stored(engine, "k1").state, stored(engine, "k1").last_error) == ("delivered", "")
