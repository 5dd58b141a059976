"""axe-core over each state of the page, and the keyboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.chat import DESKTOP, PHONE, OpenPage, say

AXE = Path(__file__).with_name("vendor") / "axe.min.js"
STATES = {
    "empty": (),
    "answer": ("身份证丢了要带什么",),
    "link": ("多少钱",),
    "choices": ("办身份证",),
    "form": ("我要投诉", "楼下夜宵摊吵到半夜", "惠民街道"),
    "receipt": ("我要投诉", "噪音", "惠民街道", "工业西路", "昨晚", "13800000000", "保密"),
    "status": ("查工单 WJ2026030500001 483920",),
    "alarm": ("家里着火了",),
    "notice": ("不知道的事",),
}


def violations(page: Page) -> list[str]:
    """Serious and critical findings for WCAG 2.1 A and AA."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    result: dict[str, Any] = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{finding['id']}: {node['html'][:160]}"
        for finding in result["violations"]
        if finding["impact"] in ("serious", "critical")
        for node in finding["nodes"]
    ]


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_serious(open_page: OpenPage, viewport: ViewportSize, state: str) -> None:
    page = open_page(viewport)
    for text in STATES[state]:
        say(page, text)
    assert violations(page) == []


@pytest.mark.parametrize("button", ["大字版", "繁體"])
def test_axe_finds_nothing_serious_in_other_views(open_page: OpenPage, button: str) -> None:
    page = open_page(PHONE)
    say(page, "身份证丢了要带什么")
    page.get_by_role("button", name=button).click()
    assert violations(page) == []


def test_the_skip_link_comes_first_and_leads_to_the_box(open_page: OpenPage) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    expect(page.locator(".skip-link")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#message")).to_be_focused()


def test_the_focus_goes_through_the_page_in_reading_order(open_page: OpenPage) -> None:
    page = open_page()
    seen = []
    for _ in range(15):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.textContent"))
    expected = ["跳到输入框", "large-type", "script", "copy-chat", "download-chat", "leave", "log", "办身份证"]
    assert seen[:8] == expected
    assert seen[13:15] == ["message", "发送"]


def test_the_focus_can_be_seen(open_page: OpenPage) -> None:
    page = open_page()
    for _ in range(8):
        page.keyboard.press("Tab")
    outline = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
    assert outline >= 2


def test_a_chip_sent_by_keyboard_keeps_the_focus_in_the_conversation(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "身份证丢了要带什么")
    page.locator(".answer .chip").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".entry.own").last).to_be_focused()


def test_answers_are_announced_and_the_past_is_not(open_page: OpenPage) -> None:
    page = open_page()
    log = page.locator("#log")
    expect(log).to_have_attribute("aria-live", "polite")
    assert log.get_attribute("aria-busy") is None


def test_touch_targets_are_large_enough_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    say(page, "身份证丢了要带什么")
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, a.button, .level, .material')]
          .filter((node) => node.offsetParent && node.getBoundingClientRect().height < 34)
          .map((node) => node.outerHTML)"""
    )
    assert small == []


def test_nothing_moves_when_motion_is_not_wanted(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    assert page.locator("#log").evaluate("node => getComputedStyle(node).scrollBehavior") == "auto"
