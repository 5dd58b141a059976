"""The whole program in a browser: ask → answer → follow-up → complaint → receipt → status."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.chat import DESKTOP, PHONE, Server, last_answer, say

TOLD = {
    "诉求内容": "楼下的夜宵摊每天吵到半夜，睡不着觉",
    "镇街": "惠民街道",
    "具体位置": "惠民街道工业西路 12 号楼下",
    "发生时间": "昨晚十一点",
    "联系电话": "13800138000",
    "是否保密": "保密",
}
MOST_TURNS = 14


def next_words(page: Page) -> str:
    """What a patient citizen says to whatever the form asks."""
    asked = last_answer(page).locator(".is-asked .form-label")
    if asked.count():
        return TOLD[asked.first.text_content() or ""]
    chips = last_answer(page).locator(".chip")
    confirm = [text for text in chips.all_inner_texts() if re.search("确认|提交", text)]
    return confirm[0] if confirm else "确认提交"


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_main_job(browser: Browser, real_server: Server, viewport: ViewportSize) -> None:
    context = browser.new_context(viewport=viewport)
    page = context.new_page()
    page.goto(real_server.address)
    expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")

    say(page, "身份证丢了怎么补办")
    expect(page.locator(".guide h3").last).to_contain_text("身份证")
    say(page, "那多少钱")
    expect(last_answer(page)).to_contain_text("40")

    say(page, "我要投诉")
    for _ in range(MOST_TURNS):
        if page.locator(".receipt").count():
            break
        say(page, next_words(page))
    receipt = page.locator(".receipt")
    expect(receipt).to_contain_text("惠民街道")
    numbers = receipt.locator(".receipt-numbers dd").all_inner_texts()
    assert re.fullmatch(r"WJ\d{13,}", numbers[0])
    assert re.fullmatch(r"\d{6}", numbers[1])

    say(page, f"查工单 {numbers[0]} {numbers[1]}")
    expect(page.locator(".status")).to_contain_text(numbers[0])
    context.close()
