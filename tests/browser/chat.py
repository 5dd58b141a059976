"""What browser tests share: sizes, servers in processes of their own, and how a citizen talks."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

ROOT = Path(__file__).resolve().parents[2]
PHONE = ViewportSize(width=360, height=740)
DESKTOP = ViewportSize(width=1280, height=800)
START_SECONDS = 180.0
OpenPage = Callable[..., Page]


def skip_or_fail(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


class Server:
    """A server in a process of its own that can be ended and started again at the same address."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.command = command
        self.env = env
        self.address = ""
        self.process: subprocess.Popen[str] | None = None

    def start(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*self.command, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, **self.env}
        )
        self.address = self._address()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        """At the same port, as a supervisor would."""
        self.stop()
        self.start(self.address.rsplit(":", 1)[1])

    def _address(self) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.process.stdout], [], [], 1.0)
            line = self.process.stdout.readline() if ready else ""
            if match := re.search(r"http://[0-9A-Za-z.:\[\]-]+:\d+", line):
                return match.group().replace("0.0.0.0", "127.0.0.1")
            if self.process.poll() is not None:
                break
        raise RuntimeError(f"server did not print its address: {' '.join(self.command)}")


@contextmanager
def scripted(database: Path, *origins: str) -> Iterator[Server]:
    """The real channels over the small assistant of the channel tests: every kind of card, no model."""
    server = Server([sys.executable, "-m", "tests.browser.serve_fake", f"sqlite:///{database}"], {})
    server.start(*origins)
    try:
        yield server
    finally:
        server.stop()


def say(page: Page, text: str) -> None:
    """Type, send, and wait for the answer."""
    answers = page.locator(".entry.answer:not(:has(.order-notice))")  # notices come in between
    before = answers.count()
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")
    expect(answers).to_have_count(before + 1)


def last_answer(page: Page) -> Locator:
    return page.locator(".entry.answer").last
