"""Fill in a 订阅通知 from the notice of an order, within the limits that WeChat sets for each kind of field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.channels.wechat.wording import words
from hotline.deadlines import SHANGHAI

LONGEST = {  # characters by kind of field; developers.weixin.qq.com, 订阅消息参数值内容限制说明
    "thing": 20,
    "short_thing": 5,
    "phrase": 5,
    "const": 20,
    "name": 10,
    "character_string": 32,
    "letter": 32,
    "number": 32,
    "symbol": 5,
}
TIMES = ("time", "date")
DASH = "-"  # WeChat refuses an empty value


def data_of(notice: Mapping[str, Any], fields: Mapping[str, str]) -> dict[str, str]:
    """Field of the template → value. `fields` says what stands where, as in WECHAT_ORDER_FIELDS."""
    return {name: _value(_kind(name), str(notice.get(source) or _default(source))) for name, source in fields.items()}


def _default(source: str) -> str:
    return words("subscription_hint") if source == "hint" else ""


def _kind(name: str) -> str:
    return name.rstrip("0123456789")


def _value(kind: str, text: str) -> str:
    text = " ".join(text.split())
    if kind in TIMES:
        return _moment(text)
    if kind in ("character_string", "letter", "number"):
        text = re.sub(r"[^\x21-\x7e]", "", text)
    longest = LONGEST.get(kind, 20)
    cut = text if len(text) <= longest else text[: longest - 1] + ("…" if longest > 5 else "")
    return cut or DASH


def _moment(text: str) -> str:
    """2026年3月5日 10:00, by the clock of the district; a date stays a date."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return DASH
    if len(text) <= len("2026-03-05"):
        return f"{at.year}年{at.month}月{at.day}日"
    at = at.astimezone(SHANGHAI)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
