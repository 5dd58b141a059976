"""The chat inside a page of another site."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chat import DESKTOP, PHONE, Server, scripted
from tests.browser.test_order_notices import deliver


class HostPage(BaseHTTPRequestHandler):
    script = ""

    def do_GET(self) -> None:
        body = (
            f'<!doctype html><html lang="zh"><title>某局</title><h1>某局</h1><a href="/">首页</a>{self.script}</html>'
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Server]]:
    """A page at `localhost` that embeds the chat of `127.0.0.1`: another site for the browser and its cookies."""
    host = ThreadingHTTPServer(("127.0.0.1", 0), HostPage)
    origin = f"http://localhost:{host.server_address[1]}"
    database: Path = tmp_path_factory.mktemp("embedded") / "chat.db"
    with scripted(database, origin) as server:
        HostPage.script = f'<script src="{server.address}/widget.js" data-label="问一问" defer></script>'
        thread = threading.Thread(target=host.serve_forever)
        thread.start()
        yield origin, server
        host.shutdown()
        thread.join()


@pytest.fixture
def host_page(browser: Browser, site: tuple[str, Server]) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(site[0])
    yield page
    context.close()


def test_it_opens_answers_and_keeps_the_conversation(host_page: Page, site: tuple[str, Server]) -> None:
    host_page.get_by_role("button", name="问一问").click()
    chat = host_page.frame_locator("iframe")
    expect(chat.locator("#message")).to_be_focused()
    chat.locator("#message").fill("身份证丢了")
    chat.locator("#message").press("Enter")
    expect(chat.locator(".guide")).to_be_visible()
    host_page.goto(site[0])
    host_page.get_by_role("button", name="问一问").click()
    expect(host_page.frame_locator("iframe").locator(".guide")).to_be_visible()


def test_escape_and_the_close_button_give_the_focus_back(host_page: Page) -> None:
    button = host_page.get_by_role("button", name="问一问")
    button.click()
    chat = host_page.frame_locator("iframe")
    expect(chat.locator("#message")).to_be_focused()
    chat.locator("#message").press("Escape")
    expect(button).to_be_focused()
    button.press("Enter")
    expect(chat.locator("#message")).to_be_focused()
    chat.get_by_role("button", name="收起对话").click()
    expect(button).to_be_focused()


def test_it_fills_a_phone_and_is_modal_there(host_page: Page) -> None:
    host_page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    host_page.get_by_role("button", name="问一问").click()
    dialog = host_page.get_by_role("dialog", name="问一问")
    expect(dialog).to_have_attribute("aria-modal", "true")
    box = dialog.bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])


def test_a_notice_that_comes_while_it_is_closed_shows_on_the_button(host_page: Page, site: tuple[str, Server]) -> None:
    host_page.get_by_role("button", name="问一问").click()
    chat = host_page.frame_locator("iframe")
    chat.locator("#message").fill("你好")
    chat.locator("#message").press("Enter")
    expect(chat.locator(".entry.answer")).to_have_count(1)
    chat.get_by_role("button", name="收起对话").click()
    token = host_page.evaluate("sessionStorage.getItem('wj-chat-token')")
    deliver(host_page, site[1], token.split(".")[0], "closed")
    button = host_page.get_by_role("button", name="问一问（有新消息）")
    button.click()
    expect(chat.locator(".order-notice")).to_be_visible()
    chat.get_by_role("button", name="收起对话").click()
    expect(host_page.get_by_role("button", name="问一问", exact=True)).to_be_visible()


def test_a_site_that_is_not_listed_shows_nothing(browser: Browser, site: tuple[str, Server], server: Server) -> None:
    page = browser.new_page()
    page.goto(site[0])
    page.evaluate(
        """address => {
          const frame = document.createElement('iframe');
          frame.src = address + '/embed';
          document.body.append(frame);
        }""",
        server.address,
    )
    expect(page.frame_locator("iframe").last.locator("#message")).to_have_count(0)
    page.close()
