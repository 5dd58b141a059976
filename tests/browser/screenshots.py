"""Take the pictures of docs/images in the real browser, of the real program: `make screenshots`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.chat import DESKTOP, PHONE, ROOT, Server, say
from tests.browser.conftest import ARGUMENTS, CHROMIUM

IMAGES = ROOT / "docs" / "images"
COMPLAINT = (
    "我要投诉楼下夜宵摊（示例）每天吵到半夜",
    "惠民街道示例路12号楼下，昨晚十一点",
    "0751-0000000",
    "保密",
    "提交",
)
REPLY = "已到现场劝离夜宵摊，并安排晚间巡查。（示例）"
LEAD = "区城管执法局"
OFFICE = (  # what the offices do with the complaint
    ("accept", "--staff", "甲", "--role", "acceptance"),
    ("propose", "--staff", "乙", "--role", "dispatcher", "--unit", LEAD, "--opinion", "属市容管理"),
    ("approve", "--staff", "丙", "--role", "auditor"),
    ("sign", "--staff", "丁", "--role", "unit", "--of", LEAD),
    ("reply", "--staff", "丁", "--role", "unit", "--of", LEAD, "--resolution", "resolved", "--reply", REPLY),
    ("approve_reply", "--staff", "丙", "--role", "auditor"),
)


def run_bot(env: dict[str, str], *arguments: str) -> None:
    """Run one command on the same data."""
    subprocess.run([sys.executable, "-m", "bot", *arguments], cwd=ROOT, env={**os.environ, **env}, check=True)


def open_chat(browser: Browser, address: str, viewport: ViewportSize) -> Page:
    """A new citizen's page, ready to be typed into."""
    page = browser.new_context(viewport=viewport, device_scale_factor=2, reduced_motion="reduce").new_page()
    page.goto(address)
    expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
    return page


def take(page: Page, name: str) -> None:
    """Save what the page shows now."""
    page.screenshot(path=str(IMAGES / f"{name}.png"))
    print(f"docs/images/{name}.png")


def main() -> None:
    """Start the program on an empty data folder, talk to it, take the pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        env = {"DATA_DIR": str(Path(folder) / "data"), "MESSAGES_PER_MINUTE": "600"}
        run_bot(env, "prepare")
        server = Server([sys.executable, "-m", "bot", "serve", "--port", "0"], env)
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
            for name, viewport in (("chat-answer-360", PHONE), ("chat-answer-1280", DESKTOP)):
                page = open_chat(browser, server.address, viewport)
                say(page, "身份证丢了要带什么")
                take(page, name)
            page = open_chat(browser, server.address, PHONE)
            for message in COMPLAINT:
                say(page, message)
            page.locator(".receipt").scroll_into_view_if_needed()
            take(page, "chat-order-360")
            number = page.locator(".receipt .receipt-numbers dd").first.inner_text()
            for arguments in OFFICE:
                run_bot(env, "orders", "move", number, *arguments)
            reply = page.locator(".order-notice").filter(has_text=REPLY)
            expect(reply).to_be_visible(timeout=20_000)
            reply.evaluate("node => node.scrollIntoView()")
            take(page, "chat-reply-360")
            page = open_chat(browser, server.address, PHONE)
            page.locator("#large-type").click()
            say(page, "优待证怎么办")
            page.locator(".entry.answer").last.evaluate("node => node.scrollIntoView()")
            take(page, "chat-large-type-360")
            browser.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
