"""`kill -9` at random moments while orders are filed, dispatched, announced: nothing is lost, doubled or half-done."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline.staff_notices import header_key
from hotline.states import State
from storage.tables import outbox, work_order, work_order_event

ROOT = Path(__file__).resolve().parents[2]
ORDERS = 1_000
KILLS = 25
LINES_BEFORE_A_KILL = (1, 120)  # lines that the child says; about 2,000 for all orders
STEPS = (State.DRAFT, State.SUBMITTED, State.ACCEPTED, State.PENDING_AUDIT, State.DISPATCHED)
ANNOUNCED = {  # messages that stand in the outbox once the order is in this state
    State.SUBMITTED: {},
    State.ACCEPTED: {"citizen": 1},
    State.PENDING_AUDIT: {"citizen": 1},
    State.DISPATCHED: {"citizen": 2, "staff": 1},
}


LOOKED_AT = ("number", "draft_id", "query_code", "state", "version", "lead_unit", "dispatched_at")
EVENTS = sa.select(*(work_order_event.c[name] for name in ("number", "from_state", "to_state"))).order_by(
    work_order_event.c.id
)


@dataclass
class Receiver:
    """A real HTTP receiver that acts once on each key. Now and then it is busy, or its answer gets lost."""

    rng: random.Random
    acted: dict[str, Any] = field(default_factory=dict)  # key → payload, in the order of acting
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, key: str, payload: Any) -> str:
        with self.lock:
            self.requests += 1
            chance = self.rng.random()
            if chance < 0.02:
                return "busy"
            self.acted.setdefault(key, payload)
            return "lost" if chance < 0.04 else "taken"


def handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            outcome = receiver.take(self.headers["Idempotency-Key"], json.loads(body))
            if outcome == "lost":
                self.close_connection = True
                return
            answer = b"{}"
            self.send_response(503 if outcome == "busy" else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver(random.Random(20250304))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(receiver))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield receiver, f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass
class Said:
    """What the child said is done, over all its lives."""

    filed: dict[int, tuple[str, str]] = field(default_factory=dict)  # n → number, query code
    dispatched: set[int] = field(default_factory=set)

    def note(self, line: str) -> None:
        match line.split():
            case ["filed", n, number, code]:
                assert self.filed.setdefault(int(n), (number, code)) == (number, code), "filed twice under two numbers"
            case ["dispatched", n]:
                self.dispatched.add(int(n))

    def first_open(self) -> int:
        return next(n for n in range(1, ORDERS + 2) if n not in self.dispatched)


@dataclass
class Child:
    """Lives again and again, from the first order that it has not said to be dispatched."""

    process: subprocess.Popen[str]
    said: Said

    def live(self, kill_after: int | None, delay: float = 0.0) -> int:
        """One life, ended so many lines and seconds after its birth unless it is done before; the exit status."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(f"{self.said.first_open()} {ORDERS}\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline().split()[1])
        for count, line in enumerate(iter(self.process.stdout.readline, "")):
            if line.startswith("ended"):
                return int(line.split()[1])
            self.said.note(line)
            if count == kill_after:
                time.sleep(delay)  # anywhere between two lines
                os.kill(pid, signal.SIGKILL)
        raise AssertionError("the parent of the child is gone")


@pytest.fixture
def child(engine: Engine, receiver: tuple[Receiver, str]) -> Iterator[Child]:
    database_url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.hotline.kill_child", database_url, receiver[1]]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe) as process:
        yield Child(process, Said())


def assert_whole(engine: Engine, said: Said) -> None:
    """Every order that was told is there, at least as far as was told, and each as a whole."""
    one_moment = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**one_moment) as connection:  # the server may still commit for the dead
        orders = connection.execute(sa.select(*(work_order.c[name] for name in LOOKED_AT))).all()
        events = connection.execute(EVENTS).all()
        messages = connection.execute(sa.select(outbox.c.subject, outbox.c.target)).all()
    by_number = {order.number: order for order in orders}
    by_draft = {order.draft_id: order for order in orders}
    assert len(by_draft) == len(orders)
    assert sorted(by_number) == [f"WJ20250304{n:05d}" for n in range(1, len(orders) + 1)]
    for n, (number, code) in said.filed.items():
        assert (by_draft[f"draft-{n}"].number, by_draft[f"draft-{n}"].query_code) == (number, code)
    assert {by_draft[f"draft-{n}"].state for n in said.dispatched} <= {State.DISPATCHED.value}
    history: dict[str, list[Any]] = {number: [] for number in by_number}
    for event in events:
        history[event.number].append(event)
    announced = {number: Counter[str]() for number in by_number}
    for subject, target in messages:
        announced[subject][target] += 1
    for number, order in by_number.items():
        state = State(order.state)
        told = [event.to_state for event in history[number]]
        assert told == list(STEPS[1 : STEPS.index(state) + 1])
        assert all(one.to_state == other.from_state for one, other in pairwise(history[number]))
        assert order.version == len(told)
        assert (order.dispatched_at is not None) is bool(order.lead_unit) is (state is State.DISPATCHED)
        assert announced[number] == ANNOUNCED[state]


def test_kill_9_loses_doubles_and_halves_nothing(engine: Engine, child: Child, receiver: tuple[Receiver, str]) -> None:
    rng, said, hears = random.Random(1), child.said, receiver[0]
    for _ in range(KILLS):
        assert child.live(rng.randint(*LINES_BEFORE_A_KILL), rng.uniform(0, 0.03)) == -signal.SIGKILL
        assert_whole(engine, said)
    assert child.live(None) == 0

    assert_whole(engine, said)
    assert said.dispatched == set(range(1, ORDERS + 1)) == set(said.filed)
    with engine.connect() as connection:
        messages = connection.execute(sa.select(outbox).order_by(outbox.c.id)).all()
    assert {message.state for message in messages} == {"delivered"}
    assert len(messages) == 3 * ORDERS
    assert {header_key(message.key): dict(message.payload) for message in messages} == hears.acted
    assert hears.requests > len(hears.acted)  # some did come twice
    written = {header_key(message.key): (place, message) for place, message in enumerate(messages)}
    heard: dict[tuple[str, str], list[int]] = {}
    for place, message in (written[key] for key in hears.acted):
        heard.setdefault((message.subject, message.target), []).append(place)
    assert all(places == sorted(places) for places in heard.values())
