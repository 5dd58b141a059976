"""What a browser may send, checked field by field before anything else sees it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.channels.errors import BodyTooLarge, EmptyText, MalformedRequest, TextTooLong

MAX_TEXT = 1000  # characters, after trimming
MAX_BODY = 16 * 1024  # bytes
MAX_SEQ = 2**31 - 1

_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_INVISIBLE = (  # spaces, joiners and direction marks
    " \t\n\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2028\u2029"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\u3000\ufeff"
)

NOT_UNDERSTOOD = "请求的格式不对。"


@dataclass(frozen=True)
class IncomingText:
    """A message of the citizen. `client_id` is chosen by the sender; the same id twice is the same message."""

    client_id: str
    text: str


@dataclass(frozen=True)
class IncomingRating:
    """好差评: 5 非常满意, 4 满意, 3 基本满意, 2 不满意, 1 非常不满意."""

    message_id: str
    score: int


@dataclass(frozen=True)
class Hello:
    """First frame of a WebSocket: what the sender has already seen, and the embed token if there is one."""

    last_seq: int
    token: str


async def read_json(request: web.Request) -> dict[str, Any]:
    """The JSON object of the body. Raises BodyTooLarge, MalformedRequest."""
    if (request.content_length or 0) > MAX_BODY:
        raise BodyTooLarge("内容太大，请缩短后再发送。")
    if request.content_type != "application/json":
        raise MalformedRequest("请求须为 JSON（Content-Type: application/json）。")
    body = bytearray()
    async for chunk in request.content.iter_chunked(4096):
        body += chunk
        if len(body) > MAX_BODY:
            raise BodyTooLarge("内容太大，请缩短后再发送。")
    return parse_object(bytes(body))


def parse_object(raw: bytes | str) -> dict[str, Any]:
    """Raises MalformedRequest for anything but one JSON object in UTF-8."""
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedRequest(NOT_UNDERSTOOD) from error
    if not isinstance(value, dict):
        raise MalformedRequest(NOT_UNDERSTOOD)
    return value


def parse_text(value: object) -> str:
    """The trimmed message. Raises MalformedRequest, EmptyText, TextTooLong.

    Control characters go, line breaks and tabs stay; everything else is the dialogue's business, slashes included.
    """
    if not isinstance(value, str) or _SURROGATE.search(value):
        raise MalformedRequest("消息须为文字。")
    text = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip(_INVISIBLE)
    if not text:
        raise EmptyText("请输入内容后再发送。")
    if len(text) > MAX_TEXT:
        raise TextTooLong(f"您的消息有 {len(text)} 个字，最多 {MAX_TEXT} 个字。请缩短后再发送。")
    return text


def parse_incoming_text(body: dict[str, Any]) -> IncomingText:
    return IncomingText(parse_client_id(body.get("client_id")), parse_text(body.get("text")))


def parse_client_id(value: object) -> str:
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise MalformedRequest("client_id 须为 8 至 64 位字母、数字、“_”或“-”。")
    return value


def parse_rating(body: dict[str, Any]) -> IncomingRating:
    message_id, score = body.get("message_id"), body.get("score")
    if not isinstance(message_id, str) or not 1 <= len(message_id) <= 64 or _SURROGATE.search(message_id):
        raise MalformedRequest("message_id 无效。")
    if not isinstance(score, int) or isinstance(score, bool) or not 1 <= score <= 5:
        raise MalformedRequest("评价须为 1 至 5。")
    return IncomingRating(message_id, score)


def parse_hello(body: dict[str, Any]) -> Hello:
    token = body.get("token", "")
    if body.get("type") != "hello" or not isinstance(token, str):
        raise MalformedRequest(NOT_UNDERSTOOD)
    return Hello(parse_seq(body.get("last_seq", 0)), token)


def parse_seq(value: object) -> int:
    """A sequence number from JSON or from a query string; what cannot be one is a MalformedRequest."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value, re.ASCII):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_SEQ:
        raise MalformedRequest("消息序号须为 0 或正整数。")
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
