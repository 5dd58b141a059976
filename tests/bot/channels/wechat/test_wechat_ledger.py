"""Each message ends one way, whoever tries at the same time. On both engines."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine

from bot.channels.wechat import ledger, people
from bot.channels.wechat.ledger import State
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.texts import Answer
from bot.channels.wechat.wording import words
from storage.engine import create_engine, migrate, transaction

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def person(engine: Engine, sealer: Sealer) -> str:
    with transaction(engine) as connection:
        return people.meet(connection, sealer, "openid-of-li-0001", NOW)


def receive(engine: Engine, person: str, key: str) -> ledger.Entry:
    with transaction(engine) as connection:
        return ledger.receive(connection, key=key, person_id=person, kind="text", asked="问", now=NOW)


def kept(engine: Engine, person: str, key: str, text: str) -> None:
    receive(engine, person, key)
    ledger.defer(engine, key, "")
    ledger.store_answer(engine, key, Answer(text))
    ledger.settle(engine, key, State.KEPT, NOW)


def test_a_second_arrival_is_a_try_of_the_first(engine: Engine, person: str) -> None:
    assert [(entry.tries, entry.is_new) for entry in (receive(engine, person, "a"), receive(engine, person, "a"))] == [
        (1, True),
        (2, False),
    ]


def test_only_one_way_wins(engine: Engine, person: str) -> None:
    for round_ in range(10):
        key = f"m{round_}"
        receive(engine, person, key)
        ways = [
            lambda key=key: bool(ledger.hand_out(engine, key, Answer("答"), NOW, NOW)),
            lambda key=key: ledger.promise(engine, key),
            lambda key=key: ledger.defer(engine, key, "稍等") == "稍等",
        ]
        with ThreadPoolExecutor(3) as pool:
            results = list(pool.map(lambda way: way(), ways))
        state = ledger.read(engine, key)
        assert state is not None
        won = {State.PASSIVE: 0, State.PROMISED: 1, State.DEFERRED: 2}[state.state]
        assert results[won]
        assert results[1] == (won == 1)


def test_only_one_worker_sends(engine: Engine, person: str) -> None:
    receive(engine, person, "a")
    ledger.promise(engine, "a")
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: ledger.begin_sending(engine, "a"), range(8))) == 1


def test_what_was_kept_is_shown_once_however_many_messages_come_at_once(engine: Engine, person: str) -> None:
    kept(engine, person, "old", "旧的答复")
    keys = [f"m{number}" for number in range(4)]
    for key in keys:
        receive(engine, person, key)
    with ThreadPoolExecutor(4) as pool:
        texts = list(pool.map(lambda key: ledger.hand_out(engine, key, Answer("新"), NOW, NOW), keys))
    assert "".join(text or "" for text in texts).count("旧的答复") == 1


def test_a_reply_taken_back_keeps_what_stood_before_it(engine: Engine, person: str) -> None:
    kept(engine, person, "old", "旧的答复")
    receive(engine, person, "a")
    first = ledger.hand_out(engine, "a", Answer("新", ("甲",)), NOW, NOW)
    assert ledger.take_back(engine, "a", NOW) is not None
    assert ledger.hand_out(engine, "a", Answer("新", ("甲",)), NOW, NOW) == first
    assert "旧的答复" in (first or "")


def test_a_reply_that_the_same_request_got_twice_is_not_taken_back(engine: Engine, person: str) -> None:
    receive(engine, person, "a")
    for _ in range(2):
        ledger.hand_out(engine, "a", Answer("新"), NOW, NOW)
    assert ledger.take_back(engine, "a", NOW) is None
    assert ledger.take_back(engine, "a", NOW) == Answer("新")


def test_a_newer_request_tells_that_the_reply_before_it_was_lost(engine: Engine, person: str) -> None:
    receive(engine, person, "a")
    later = NOW + timedelta(seconds=5)
    assert ledger.hand_out(engine, "a", Answer("新"), NOW, NOW) == "新"
    assert ledger.hand_out(engine, "a", Answer("新"), later, NOW) == "新"
    assert ledger.hand_out(engine, "a", Answer("新"), NOW, NOW) is None
    assert ledger.take_back(engine, "a", NOW) is None
    assert ledger.take_back(engine, "a", later) == Answer("新")


def test_what_was_left_behind_is_given_to_one_worker(engine: Engine, person: str) -> None:
    receive(engine, person, "a")
    later = NOW + timedelta(minutes=2)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: ledger.left_behind(engine, later, later), range(4)))
    assert sorted(len(each) for each in found) == [0, 0, 0, 1]
    assert len(ledger.left_behind(engine, later, later + ledger.LEASE)) == 1


def test_old_messages_go_and_kept_ones_wait(engine: Engine, person: str) -> None:
    kept(engine, person, "old", "旧的答复")
    receive(engine, person, "a")
    ledger.hand_out(engine, "a", Answer("新", is_urgent=True), NOW, NOW)
    ledger.tidy(engine, NOW + timedelta(days=ledger.SETTLED_DAYS + 1))
    assert ledger.read(engine, "a") is None
    assert ledger.read(engine, "old") is not None
    ledger.tidy(engine, NOW + timedelta(days=ledger.KEPT_DAYS + 1))
    assert ledger.read(engine, "old") is None


def test_what_is_kept_says_what_it_is(engine: Engine, person: str) -> None:
    kept(engine, person, "old", "旧的答复")
    receive(engine, person, "a")
    shown = ledger.hand_out(engine, "a", Answer("新"), NOW, NOW)
    assert shown == f"{words('kept_answer', text='旧的答复')}\n\n{words('kept_end')}\n新"
