"""Hostile and clumsy input, before it reaches anything."""

from __future__ import annotations

import json

import pytest

from bot.channels.errors import EmptyText, MalformedRequest, TextTooLong
from bot.channels.web.messages import (
    MAX_TEXT,
    parse_client_id,
    parse_hello,
    parse_object,
    parse_rating,
    parse_seq,
    parse_text,
)


@pytest.mark.parametrize(
    "raw", [b"null", b"[]", b"3", b'"text"', b"", b"{", b"\xff\xfe{}", b"[" * 15000, b'{"a": NaN}', b"1" * 9000]
)
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_object(raw)


@pytest.mark.parametrize("value", [None, 3, True, [], {}, "\ud800"])
def test_what_is_no_text_is_refused(value: object) -> None:
    with pytest.raises(MalformedRequest):
        parse_text(value)


@pytest.mark.parametrize("value", ["", "   ", "\n\t", "\x00\x07", "\u200b\u200d\ufeff", "\u3000", "\u202e"])
def test_what_cannot_be_seen_is_empty(value: str) -> None:
    with pytest.raises(EmptyText):
        parse_text(value)


def test_the_limit_counts_characters_after_trimming() -> None:
    assert len(parse_text("  " + "问" * MAX_TEXT + "\n ")) == MAX_TEXT
    with pytest.raises(TextTooLong, match="1001 个字，最多 1000 个字"):
        parse_text("问" * (MAX_TEXT + 1))


def test_an_emoji_counts_once() -> None:
    assert len(parse_text("😀" * MAX_TEXT)) == MAX_TEXT


@pytest.mark.parametrize(
    "text", ["/restart", '/intent{"slot":"x"}', "<b>你好</b>", "'; DROP TABLE rating; --", "مرحبا"]
)
def test_other_text_passes_unchanged(text: str) -> None:
    assert parse_text(text) == text


def test_control_characters_go_and_line_breaks_stay() -> None:
    assert parse_text("第一行\r\n第二\x00\x1b[31m行\t完") == "第一行\n第二[31m行\t完"


@pytest.mark.parametrize("value", [None, "", "short", "x" * 65, "with space", "身份证身份证身份证", 12345678])
def test_a_client_id_is_plain(value: object) -> None:
    with pytest.raises(MalformedRequest):
        parse_client_id(value)


@pytest.mark.parametrize("score", [0, 6, -1, 3.0, "5", True, None])
def test_a_rating_is_one_of_five(score: object) -> None:
    with pytest.raises(MalformedRequest):
        parse_rating({"message_id": "turn-1", "score": score})


@pytest.mark.parametrize("message_id", [None, "", "x" * 65, 3, "\udfff"])
def test_a_rating_names_a_turn(message_id: object) -> None:
    with pytest.raises(MalformedRequest):
        parse_rating({"message_id": message_id, "score": 5})


@pytest.mark.parametrize("value", [-1, 2**31, "x", "", "-1", "9" * 11, None, 1.5, True, "١"])
def test_a_sequence_number_is_whole_and_small(value: object) -> None:
    with pytest.raises(MalformedRequest):
        parse_seq(value)


def test_hello_needs_its_type() -> None:
    assert parse_hello(json.loads('{"type": "hello", "last_seq": 7}')).last_seq == 7
    with pytest.raises(MalformedRequest):
        parse_hello({"last_seq": 7})
