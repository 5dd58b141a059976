"""No message lost: server gone, page closed, WebSocket or streaming not possible."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.chat import OpenPage, Server, say, scripted

NO_WEBSOCKET = "window.WebSocket = class { constructor() { throw new Error('blocked'); } };"
SILENT_WEBSOCKET = """
window.WebSocket = class extends EventTarget {
  constructor() { super(); setTimeout(() => this.dispatchEvent(new Event('close')), 50); }
  send() {} close() {}
};
"""
NO_STREAM = """
const ordinary = window.fetch;
window.fetch = (url, options) =>
  String(url).startsWith('/chat/events') ? Promise.reject(new TypeError()) : ordinary(url, options);
"""


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of its own for each test, because it is killed."""
    with scripted(tmp_path_factory.mktemp("scripted") / "chat.db") as server:
        yield server


def test_a_message_written_while_the_server_is_gone_is_sent_when_it_is_back(
    open_page: OpenPage, server: Server
) -> None:
    page = open_page()
    say(page, "你好")
    server.stop()
    expect(page.locator("#banner")).to_contain_text("正在重新连接")
    page.locator("#message").fill("身份证丢了")
    page.locator("#message").press("Enter")
    expect(page.locator(".own-state")).to_have_text("发送中")
    server.restart()
    expect(page.locator(".guide")).to_be_visible(timeout=30_000)
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator(".entry.own")).to_have_count(2)


def test_a_message_survives_closing_the_page(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    say(page, "你好")
    server.stop()
    page.locator("#message").fill("身份证丢了")
    page.locator("#message").press("Enter")
    page.goto("about:blank")
    server.restart()
    page.goto(server.address)
    expect(page.locator(".guide")).to_be_visible(timeout=30_000)
    expect(page.locator(".entry.own .bubble")).to_have_text(["你好", "身份证丢了"])
    assert page.evaluate("localStorage.getItem('wj-outbox')") is None


def test_the_conversation_is_there_again_after_a_reload(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "身份证丢了")
    page.reload()
    expect(page.locator(".guide")).to_be_visible()
    expect(page.locator(".entry.own")).to_have_count(1)


def test_two_windows_show_the_same_conversation(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    other = page.context.new_page()
    other.goto(server.address)
    expect(other.locator("#log")).not_to_have_attribute("aria-busy", "true")
    say(page, "你好")
    expect(other.locator(".entry.own .bubble")).to_have_text("你好")
    expect(other.locator(".entry.answer")).to_have_count(1)


@pytest.mark.parametrize("script", [NO_WEBSOCKET, SILENT_WEBSOCKET], ids=["refused", "cut"])
def test_without_websocket_it_works_by_events(open_page: OpenPage, script: str) -> None:
    page = open_page(script=script)
    say(page, "身份证丢了")
    say(page, "多少钱")
    expect(page.locator(".entry.own time")).to_have_count(2)


def test_without_streams_it_works_by_asking(open_page: OpenPage) -> None:
    page = open_page(script=SILENT_WEBSOCKET + NO_STREAM)
    say(page, "身份证丢了")
    expect(page.locator(".guide")).to_be_visible()


def test_without_storage_it_still_works(open_page: OpenPage) -> None:
    blocked = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('blocked'); } });"
    page = open_page(script=blocked)
    say(page, "你好")
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html")).to_have_class("large")
