"""What an API client may send beyond what a browser sends."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any

from bot.channels.errors import MalformedRequest
from bot.channels.web.messages import IncomingText, parse_client_id, parse_text

_NUMBER = re.compile(r"WJ[0-9]{13,18}", re.ASCII)
_QUERY_CODE = re.compile(r"[0-9]{6}", re.ASCII)


@dataclass(frozen=True)
class OrderQuery:
    """A look-up needs both: the number alone can be guessed."""

    number: str
    query_code: str


def parse_api_text(body: dict[str, Any]) -> IncomingText:
    """Like a browser's message; without a `client_id` a resend is a new message."""
    client_id = body.get("client_id")
    known = secrets.token_hex(16) if client_id is None else parse_client_id(client_id)
    return IncomingText(known, parse_text(body.get("text")))


def parse_order_query(number: str, query_code: str) -> OrderQuery:
    number = number.strip().upper()
    if not _NUMBER.fullmatch(number):
        raise MalformedRequest("工单编号的格式不对，应为 WJ 加数字。")
    if not _QUERY_CODE.fullmatch(query_code.strip()):
        raise MalformedRequest("查询码应为 6 位数字。")
    return OrderQuery(number, query_code.strip())
