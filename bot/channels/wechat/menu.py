"""The account's menu: read menu.yml, hold it against WeChat's rules, send it, compare it with what WeChat has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.channels.wechat.api_client import Api
from bot.channels.wechat.errors import BadMenu, Refused

MENU = Path(__file__).with_name("menu.yml")
MOST_BUTTONS = 3
MOST_BELOW = 5
LONGEST_NAME, LONGEST_NAME_BELOW = 4, 7  # Chinese characters
LONGEST_KEY = 128  # bytes
LONGEST_URL = 1024  # bytes
NO_MENU = 46003

Button = dict[str, Any]


def load_menu(public_url: str, path: Path = MENU) -> dict[str, list[Button]]:
    """The menu as WeChat takes it. Raises BadMenu with everything that is wrong with the file."""
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8"))["button"]
        buttons = [found for row in rows if (found := _button(row, public_url))]
    except (OSError, KeyError, TypeError, ValueError, AttributeError, yaml.YAMLError) as error:
        raise BadMenu(f"{path.name} 的格式不对：{error}") from error
    if faults := list(_faults(buttons)):
        raise BadMenu("；".join(faults))
    return {"button": buttons}


async def push(api: Api, menu: dict[str, list[Button]]) -> None:
    """Replace the account's menu. Phones show it within some minutes. Raises WeChatError."""
    await api.call("/cgi-bin/menu/create", menu)


async def fetch(api: Api) -> list[Button]:
    """The buttons that WeChat has, [] without a menu. Raises WeChatError."""
    try:
        answer = await api.call("/cgi-bin/menu/get")
    except Refused as error:
        if error.errcode == NO_MENU:
            return []
        raise
    return list(answer.get("menu", {}).get("button", ()))


def lines(buttons: list[Button]) -> Iterator[str]:
    """The menu for people: one line for each button."""
    for button in buttons:
        yield _line(button)
        yield from (f"  {_line(below)}" for below in button.get("sub_button") or ())


def _button(row: Any, public_url: str) -> Button | None:
    """None for one that needs PUBLIC_URL while that is not set, or that has nothing left below it."""
    name = str(row["name"])
    if "sub_button" in row:
        below = [found for each in row["sub_button"] if (found := _button(each, public_url))]
        return {"name": name, "sub_button": below} if below else None
    if "say" in row:
        return {"type": "click", "name": name, "key": str(row["say"])}
    if "{public_url}" in row["url"] and not public_url:
        return None
    return {"type": "view", "name": name, "url": str(row["url"]).replace("{public_url}", public_url)}


def _faults(buttons: list[Button]) -> Iterator[str]:
    if not 1 <= len(buttons) <= MOST_BUTTONS:
        yield f"一级菜单应有 1 至 {MOST_BUTTONS} 个，现在有 {len(buttons)} 个"
    for button in buttons:
        yield from _faults_of(button, LONGEST_NAME)
        below = button.get("sub_button", [])
        if len(below) > MOST_BELOW:
            yield f"“{button['name']}”下面最多 {MOST_BELOW} 个，现在有 {len(below)} 个"
        for each in below:
            if "sub_button" in each:
                yield f"“{each['name']}”：菜单最多两级"
            yield from _faults_of(each, LONGEST_NAME_BELOW)


def _faults_of(button: Button, longest: int) -> Iterator[str]:
    name = button["name"]
    width = sum(1 if ord(character) < 128 else 2 for character in name)
    if not name or width > 2 * longest:
        yield f"“{name}”的名称应为 1 至 {longest} 个汉字"
    if len(button.get("key", "").encode()) > LONGEST_KEY:
        yield f"“{name}”的 say 超过 {LONGEST_KEY} 字节"
    url = button.get("url", "https://")
    if len(url.encode()) > LONGEST_URL or not url.startswith(("https://", "http://")):
        yield f"“{name}”的 url 应为 http 或 https 地址，最长 {LONGEST_URL} 字节"


def _line(button: Button) -> str:
    what = button.get("key") or button.get("url") or button.get("pagepath") or ""
    return f"{button.get('name', '')}　{what}".rstrip("　")
