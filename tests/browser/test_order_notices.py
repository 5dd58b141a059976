"""An order's progress told on the open page and at the next visit, and rated there."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, WebSocketRoute, expect

from tests.bot.channels.fake_dialogue import NUMBER, RATED_BEFORE
from tests.browser.chat import DESKTOP, PHONE, OpenPage, Server, say
from tests.browser.test_accessibility import violations

VIEWPORTS = pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
REPLY = "已于3月10日约谈经营者，要求23时后停止露天经营（示例）。" * 3
STEPS: dict[str, dict[str, Any]] = {
    "signed": {"state_label": "办理中", "sentence": f"示例单位已签收工单 {NUMBER}，正在办理。", "due_on": "2026-03-26"},
    "need_info": {
        "state_label": "待您补充信息",
        "sentence": f"办理工单 {NUMBER} 还需要您补充：夜宵摊在几号门前？请直接在这里回复，我来转交。",
        "question": "夜宵摊在几号门前？",
    },
    "closed": {
        "state_label": "已办结",
        "sentence": f"工单 {NUMBER} 已办结。",
        "unit": "示例单位",
        "reply": REPLY,
        "asks_rating": True,
    },
}
keys = itertools.count(2)


def tell(page: Page, server: Server, state: str, key: str = "") -> None:
    """What happens when the order of this page's conversation changes."""
    page.wait_for_function("() => document.querySelector('.entry.own[data-confirmed]')")
    session = "fetch('/chat/session', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})"
    conversation = page.evaluate(f"{session}.then(answer => answer.json()).then(body => body.conversation)")
    deliver(page, server, conversation, state, key)


def deliver(page: Page, server: Server, conversation: str, state: str, key: str = "") -> None:
    """The outbox message reaches its deliverer."""
    empty = {"unit": "", "reply": "", "question": "", "due_on": "", "asks_rating": False}
    payload = {"conversation_id": conversation, "number": NUMBER, "state": state, **empty, **STEPS[state]}
    payload["text"] = payload["sentence"] + payload["reply"]
    body = {"key": key or f"{NUMBER}:{next(keys)}:citizen", "payload": payload}
    assert page.request.post(f"{server.address}/test/notices", data=body).ok


def notices(page: Page) -> Locator:
    return page.locator(".order-notice")


@VIEWPORTS
def test_the_reply_appears_on_the_open_page_and_is_rated_by_keyboard(
    open_page: OpenPage, server: Server, viewport: ViewportSize
) -> None:
    page = open_page(viewport)
    say(page, "你好")
    tell(page, server, "closed")
    expect(notices(page).locator("h3")).to_have_text("已办结")
    expect(notices(page).locator(".unit-reply")).to_contain_text("示例单位的答复")
    expect(page.locator(".rating legend")).to_have_text("您对办理结果满意吗？")
    page.get_by_label("非常满意", exact=True).focus()
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("不满意", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".rating-state")).to_have_text("感谢您的评价：不满意")
    page.reload()
    expect(page.locator(".rating-state")).to_have_text("感谢您的评价：不满意")


def test_a_notice_delivered_twice_stands_there_once(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    say(page, "你好")
    for _ in range(2):
        tell(page, server, "signed", key="the-same-key")
    tell(page, server, "closed")
    expect(notices(page)).to_have_count(2)


def test_a_notice_is_there_at_the_next_visit(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    say(page, "你好")
    elsewhere = page.context.new_page()
    elsewhere.goto(server.address)
    expect(elsewhere.locator(".entry.answer")).to_have_count(1)
    page.goto("about:blank")
    tell(elsewhere, server, "closed")
    page.goto(server.address)
    expect(notices(page)).to_have_count(1)


def test_a_notice_is_announced_and_leaves_the_chips_and_the_reader_alone(open_page: OpenPage, server: Server) -> None:
    page = open_page(PHONE)
    say(page, "身份证丢了要带什么")
    expect(page.locator(".guide .card-head")).to_be_in_viewport()
    tell(page, server, "closed")
    expect(page.locator("#log[role=log][aria-live=polite] .order-notice")).to_have_count(1)
    expect(page.locator(".answer .chips")).to_have_count(1)
    expect(page.locator(".guide .card-head")).to_be_in_viewport()
    page.get_by_role("button", name="有新的工单进展").press("Enter")
    expect(notices(page).locator("h3")).to_be_in_viewport()
    expect(page.locator(".jump")).to_be_hidden()
    assert page.evaluate("document.activeElement.contains(document.querySelector('.order-notice'))")


def test_a_second_rating_is_refused_in_words(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    say(page, "你好")
    tell(page, server, "closed")
    stale = page.context.new_page()
    stale.route_web_socket("**/chat/ws", without_ratings)
    stale.goto(server.address)
    for tab, level in ((page, "非常满意"), (stale, "满意")):
        tab.get_by_label(level, exact=True).check()
        tab.get_by_role("button", name="提交评价").click()
    expect(page.locator(".rating-state")).to_have_text("感谢您的评价：非常满意")
    expect(stale.locator(".rating-state")).to_have_text(RATED_BEFORE)
    expect(stale.get_by_role("button", name="提交评价")).to_have_count(0)


def without_ratings(socket: WebSocketRoute) -> None:
    """A line on which the rating made in the other tab does not arrive."""
    server = socket.connect_to_server()
    server.on_message(lambda frame: None if '"kind": "rating"' in str(frame) else socket.send(frame))


@VIEWPORTS
@pytest.mark.parametrize("state", STEPS)
def test_axe_finds_nothing_serious_and_nothing_is_cut_off(
    open_page: OpenPage, server: Server, viewport: ViewportSize, state: str
) -> None:
    page = open_page(viewport)
    say(page, "你好")
    tell(page, server, state)
    expect(notices(page)).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.querySelector('#log').scrollWidth <= document.querySelector('#log').clientWidth")


def test_an_order_that_went_on_is_not_rated_by_its_older_notice(open_page: OpenPage, server: Server) -> None:
    page = open_page()
    say(page, "你好")
    tell(page, server, "closed")
    expect(page.locator(".rating")).to_have_count(1)
    tell(page, server, "signed")
    expect(notices(page)).to_have_count(2)
    expect(page.locator(".rating")).to_have_count(0)
    tell(page, server, "closed")
    expect(page.locator(".rating")).to_have_count(1)
    page.reload()
    expect(notices(page)).to_have_count(3)
    expect(page.locator(".rating")).to_have_count(1)


def test_the_question_of_the_office_stands_out(open_page: OpenPage, server: Server) -> None:
    page = open_page(PHONE)
    say(page, "你好")
    tell(page, server, "need_info")
    expect(page.locator(".order-notice.needs-answer")).to_contain_text("夜宵摊在几号门前？")
    expect(page.locator(".rating")).to_have_count(0)
