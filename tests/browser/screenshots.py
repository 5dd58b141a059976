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
        subprocess.run([sys.executable, "-m", "bot", "prepare"], cwd=ROOT, env={**os.environ, **env}, check=True)
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
