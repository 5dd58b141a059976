"""Chromium and servers for browser tests. Without Chromium they are skipped with a clear line, or fail when CI=true."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect, sync_playwright

from tests.browser.chat import DESKTOP, ROOT, OpenPage, Server, scripted, skip_or_fail

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# No longer than a module: the synchronous interface keeps an event loop that asynchronous tests would stumble over.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        skip_or_fail(f"browser tests need Chromium at {CHROMIUM} (apt-get install chromium fonts-noto-cjk)")
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with scripted(tmp_path_factory.mktemp("scripted") / "chat.db") as server:
        yield server


@pytest.fixture(scope="module")
def real_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The whole program, with its trained model and shipped knowledge, on an empty data folder."""
    if not (ROOT / "bot" / "__main__.py").exists() or not any((ROOT / "models").glob("*.tar.gz")):
        skip_or_fail("the end-to-end test needs a trained model: make run")
    env = {
        "DATA_DIR": str(tmp_path_factory.mktemp("real")),
        "MESSAGES_PER_MINUTE": "600",
        "MESSAGES_PER_MINUTE_PER_ADDRESS": "6000",
    }
    subprocess.run([sys.executable, "-m", "bot", "prepare"], cwd=ROOT, env={**os.environ, **env}, check=True)
    server = Server([sys.executable, "-m", "bot", "serve", "--port", "0"], env)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[OpenPage]:
    """Open the chat page as a new citizen. What goes wrong in the page, or leaves for another host, fails the test."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(viewport: ViewportSize = DESKTOP, path: str = "/", script: str = "", **options: Any) -> Page:
        context = browser.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        if script:
            page.add_init_script(script)
        page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
        page.on("request", lambda request: note_foreign(request.url))
        page.on("console", lambda message: note_console(message.text))
        page.goto(server.address + path)
        expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
        return page

    def note_foreign(url: str) -> None:
        if not url.startswith((server.address, server.address.replace("http", "ws"), "data:", "blob:")):
            problems.append(f"request to another host: {url}")

    def note_console(text: str) -> None:
        if "Content Security Policy" in text or "could not be drawn" in text:
            problems.append(text)

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []
