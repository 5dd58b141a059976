"""What the WeChat channel can be told: the account, its keys, what it may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot.channels.web.settings import SHORTEST_KEY, origin_of

API_URL = "https://api.weixin.qq.com"
_APPID = re.compile(r"wx[0-9a-f]{16}", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9]{3,32}", re.ASCII)
_AES_KEY = re.compile(r"[A-Za-z0-9]{43}", re.ASCII)
_TEMPLATE = re.compile(r"[A-Za-z0-9_-]{10,128}", re.ASCII)
_FIELD = re.compile(r"([a-z_]+)[0-9]{1,3}", re.ASCII)


class Mode(StrEnum):
    """消息加解密方式 in the account's console."""

    PLAIN = "plain"  # 明文模式
    COMPATIBLE = "compatible"  # 兼容模式: plain and encrypted beside each other
    SECURE = "secure"  # 安全模式


@dataclass(frozen=True)
class WeChatSettings:
    """Checked when it is built; a bad value is a ValueError that names the setting, never a secret.

    `secret_keys` stand newest first, as in WebSettings; they hash and encrypt what is kept of a citizen.
    """

    appid: str
    token: str = field(repr=False)
    secret_keys: tuple[str, ...] = field(repr=False)
    data_dir: Path
    app_secret: str = field(default="", repr=False)  # empty: only passive replies
    aes_key: str = field(default="", repr=False)  # EncodingAESKey
    previous_aes_key: str = field(default="", repr=False)  # while a changed key spreads
    mode: Mode = Mode.PLAIN
    may_send: bool = False  # 客服消息: only verified accounts may
    order_template: str = ""  # 订阅通知 template for news of an order; empty: none
    order_fields: Mapping[str, str] = field(default_factory=dict)  # field of the template → what stands in it
    public_url: str = ""
    api_url: str = API_URL
    passive_seconds: float = 4.5  # WeChat hangs up after 5
    hold_seconds: float = 1.5  # beyond these, until WeChat has hung up and asks again
    grace_seconds: float = 8.0  # how long an answer waits for the next try of its message
    largest_image: int = 10 * 1024 * 1024  # bytes
    message_burst: int = 10  # per citizen
    message_per_minute: float = 20.0

    def __post_init__(self) -> None:
        _check("WECHAT_APPID", _APPID, self.appid, "wx 加 16 位小写十六进制字符", is_secret=False)
        _check("WECHAT_TOKEN", _TOKEN, self.token, "3 至 32 位字母或数字")
        for name, key in (("WECHAT_AES_KEY", self.aes_key), ("WECHAT_PREVIOUS_AES_KEY", self.previous_aes_key)):
            if key:
                _check(name, _AES_KEY, key, "43 位字母或数字")
        if self.mode is not Mode.PLAIN and not self.aes_key:
            raise ValueError(f"WECHAT_MODE 为 {self.mode.value} 时必须设置 WECHAT_AES_KEY")
        if self.previous_aes_key and not self.aes_key:
            raise ValueError("设置了 WECHAT_PREVIOUS_AES_KEY，却没有设置 WECHAT_AES_KEY")
        if self.may_send and not self.app_secret:
            raise ValueError("WECHAT_MAY_SEND 为 yes 时必须设置 WECHAT_APP_SECRET")
        if not self.secret_keys or any(len(key) < SHORTEST_KEY for key in self.secret_keys):
            raise ValueError(f"secret_keys must hold keys of at least {SHORTEST_KEY} characters")
        if origin_of(self.api_url) != self.api_url.rstrip("/").lower():
            raise ValueError(f"WECHAT_API_URL 应为不带路径的地址，而不是 {self.api_url!r}")
        self._check_template()
        for name in ("passive_seconds", "grace_seconds", "largest_image", "message_burst", "message_per_minute"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")

    def _check_template(self) -> None:
        if bool(self.order_template) != bool(self.order_fields):
            raise ValueError("WECHAT_ORDER_TEMPLATE 和 WECHAT_ORDER_FIELDS 要同时设置")
        if self.order_template:
            _check("WECHAT_ORDER_TEMPLATE", _TEMPLATE, self.order_template, "模板 ID", is_secret=False)
            if not self.app_secret:
                raise ValueError("设置了 WECHAT_ORDER_TEMPLATE，却没有设置 WECHAT_APP_SECRET")
        check_fields(self.order_fields)


def parse_fields(text: str) -> dict[str, str]:
    """`character_string1=number,phrase2=state_label` → what stands in each field of the template. Raises ValueError."""
    fields: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, source = (piece.strip() for piece in part.partition("="))
        if not equals or name in fields:
            raise ValueError(f"WECHAT_ORDER_FIELDS 中的 {part!r} 应写成 字段=内容，且每个字段只写一次")
        fields[name] = source
    check_fields(fields)
    return fields


SOURCES = ("number", "state_label", "sentence", "unit", "at", "due_on", "hint")  # of a notice, hotline/notices.py


def check_fields(fields: Mapping[str, str]) -> None:
    for name, source in fields.items():
        if not _FIELD.fullmatch(name):
            raise ValueError(f"WECHAT_ORDER_FIELDS 中的字段名 {name!r} 应如 thing1、phrase2、time3")
        if source not in SOURCES:
            raise ValueError(f"WECHAT_ORDER_FIELDS 中 {name} 的内容 {source!r} 应为 {'、'.join(SOURCES)} 之一")


def _check(name: str, pattern: re.Pattern[str], value: str, wanted: str, *, is_secret: bool = True) -> None:
    if not pattern.fullmatch(value):
        shown = "" if is_secret else f"，而不是 {value!r}"
        raise ValueError(f"{name} 应为{wanted}{shown}")
