"""Numbers without gaps or doubles, whoever writes at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.channels.web.transcript import Transcript
from storage.engine import create_engine, migrate

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Both engines: their locks differ, and so may what happens when two write at once."""
    engine = create_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def transcript(engine: Engine) -> Transcript:
    return Transcript(engine)


def text(client_id: str, words: str = "你好") -> dict[str, str]:
    return {"kind": "text", "client_id": client_id, "text": words}


def test_messages_are_numbered_from_one_per_conversation(transcript: Transcript) -> None:
    first, _ = transcript.append("a", "in", text("client-1"), NOW, "web")
    second, _ = transcript.append("a", "out", {"kind": "turn", "reply_to": 1, "result": {}}, NOW, "web")
    other, _ = transcript.append("b", "in", text("client-1"), NOW, "web")
    assert (first.seq, second.seq, other.seq) == (1, 2, 1)


def test_what_was_missed_is_read_in_order(transcript: Transcript) -> None:
    for number in range(5):
        transcript.append("a", "in", text(f"client-{number}", f"第{number}条"), NOW, "web")
    assert [message.payload["text"] for message in transcript.after("a", 3)] == ["第3条", "第4条"]
    assert transcript.after("a", 0)[0].at == NOW


def test_the_same_client_id_is_the_same_message(transcript: Transcript) -> None:
    first, is_new = transcript.append("a", "in", text("client-1"), NOW, "web")
    again, is_new_again = transcript.append("a", "in", text("client-1"), NOW, "web")
    assert (again.seq, is_new, is_new_again) == (first.seq, True, False)
    assert len(transcript.after("a", 0)) == 1


def test_many_writers_at_once_lose_and_double_nothing(transcript: Transcript) -> None:
    ids = [f"client-{number % 20}" for number in range(60)]  # each three times
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda identifier: transcript.append("a", "in", text(identifier), NOW, "web"), ids))
    messages = transcript.after("a", 0)
    assert [message.seq for message in messages] == list(range(1, 21))
    assert {message.payload["client_id"] for message in messages} == set(ids)


def test_an_answer_is_found_by_what_it_answers(transcript: Transcript) -> None:
    transcript.append("a", "in", text("client-1"), NOW, "web")
    assert transcript.reply_to("a", 1) is None
    transcript.append("a", "out", {"kind": "turn", "reply_to": 11, "result": {}}, NOW, "web")
    assert transcript.reply_to("a", 1) is None
    transcript.append("a", "out", {"kind": "turn", "reply_to": 1, "result": {}}, NOW, "web")
    found = transcript.reply_to("a", 1)
    assert found is not None
    assert found.seq == 3


def test_a_turn_belongs_to_its_conversation(transcript: Transcript) -> None:
    transcript.append("a", "out", {"kind": "turn", "reply_to": 1, "result": {"message_id": "turn_1"}}, NOW, "web")
    assert transcript.has_turn("a", "turn_1")
    assert not transcript.has_turn("b", "turn_1")
    assert not transcript.has_turn("a", "turn-1")
    assert not transcript.has_turn("a", "%")
    assert not transcript.has_turn("a", '"},"x":{"')


def test_words_that_look_like_fields_do_not_count(transcript: Transcript) -> None:
    transcript.append("a", "in", text("client-1", '"client_id":"client-2"'), NOW, "web")
    _, is_new = transcript.append("a", "in", text("client-2"), NOW, "web")
    assert is_new


def test_unanswered_texts_are_known(transcript: Transcript) -> None:
    transcript.append("a", "in", text("client-1"), NOW, "web")
    transcript.append("a", "in", text("client-2"), NOW, "web")
    transcript.append("a", "out", {"kind": "turn", "reply_to": 1, "result": {}}, NOW, "web")
    transcript.append("a", "in", {"kind": "rating", "message_id": "turn-1", "score": 5}, NOW, "web")
    assert [message.seq for message in transcript.unanswered("a")] == [2]


def test_the_same_notice_is_told_once_whoever_delivers_it(transcript: Transcript) -> None:
    notice: dict[str, Any] = {"kind": "turn", "reply_to": None, "notice_key": "WJ2026030500001:2:citizen", "result": {}}
    with ThreadPoolExecutor(8) as threads:
        stored = list(threads.map(lambda _: transcript.append("a", "out", notice, NOW, "web"), range(16)))
    assert [is_new for _, is_new in stored].count(True) == 1
    assert len(transcript.after("a", 0)) == 1


def test_a_conversation_is_known_once_something_was_said(transcript: Transcript) -> None:
    transcript.append("a", "in", text("client-1"), NOW, "web")
    assert transcript.has_conversation("a")
    assert not transcript.has_conversation("b")
