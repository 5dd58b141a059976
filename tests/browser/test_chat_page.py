"""What a citizen sees and does on the chat page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.chat import DESKTOP, PHONE, OpenPage, last_answer, say

VIEWPORTS = pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])


@VIEWPORTS
def test_the_greeting_offers_six_beginnings(open_page: OpenPage, viewport: ViewportSize) -> None:
    page = open_page(viewport)
    chips = page.locator(".starters .chip")
    expect(chips).to_have_text(["办身份证", "医保", "社保卡", "开店办执照", "投诉举报", "查工单"])
    expect(page.locator(".privacy-note")).to_contain_text("请不要发送身份证号")
    chips.first.click()
    expect(page.locator(".entry.own .bubble")).to_have_text("办身份证")
    expect(page.locator(".choices")).to_be_visible()


def test_an_answer_shows_the_asked_aspect_first(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    say(page, "身份证丢了补办多少钱")
    card = page.locator(".guide")
    expect(card.locator("h3")).to_have_text("居民身份证丢失补领")
    expect(card.locator(".lead-text")).to_contain_text("每证 40 元")
    expect(card.locator(".origin")).to_contain_text("2026年1月15日")
    expect(card.locator(".disclaimer")).to_contain_text("以广东政务服务网办事指南或窗口答复为准")
    link = card.get_by_role("link", name="粤居码 · 身份证补领")
    expect(link).to_have_attribute("href", "https://example.org/yjm")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_a_long_answer_is_shown_from_its_beginning(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    say(page, "身份证丢了要带什么")
    expect(page.locator(".guide .card-head")).to_be_in_viewport()


def test_materials_can_be_ticked_off(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "身份证丢了要带什么")
    page.get_by_label("居民户口簿").check()
    expect(page.get_by_label("居民户口簿")).to_be_checked()
    expect(page.locator(".materials .tag-good")).to_have_text("免提交")


def test_quick_replies_send_their_text_and_go_away(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "身份证丢了要带什么")
    page.locator(".answer .chip", has_text="办理费用").click()
    expect(page.locator(".lead-text").last).to_contain_text("每证 40 元")
    assert page.locator(".answer .chips").count() == 1


def test_an_answer_is_rated_by_keyboard(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "身份证丢了")
    page.get_by_label("非常满意", exact=True).focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("满意", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".rating-state")).to_have_text("感谢您的评价：满意")
    page.reload()
    expect(page.locator(".rating-state")).to_have_text("感谢您的评价：满意")


@VIEWPORTS
def test_from_complaint_to_status(open_page: OpenPage, viewport: ViewportSize) -> None:
    page = open_page(viewport)
    say(page, "我要投诉")
    say(page, "楼下夜宵摊吵到半夜")
    expect(page.locator(".form-card .is-given").last).to_contain_text("楼下夜宵摊吵到半夜")
    for text in ("惠民街道", "工业西路", "昨晚", "13800000000"):
        say(page, text)
    expect(last_answer(page).locator(".is-given", has_text="联系电话")).to_contain_text("138****0000")
    say(page, "保密")
    receipt = page.locator(".receipt")
    expect(receipt).to_contain_text("WJ2026030500001")
    expect(receipt).to_contain_text("483920")
    expect(receipt).to_contain_text("2026年3月26日")
    page.locator(".answer .chip", has_text="查工单").click()
    expect(page.locator(".timeline li[aria-current=step]")).to_contain_text("待受理")


def test_the_receipt_is_copied(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    for text in ("我要投诉", "噪音", "惠民街道", "工业西路", "昨晚", "13800000000", "保密"):
        say(page, text)
    page.get_by_role("button", name="复制编号和查询码").click()
    expect(page.get_by_role("button", name="已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "工单编号 WJ2026030500001，查询码 483920"


def test_an_alarm_offers_numbers_to_call(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    say(page, "家里着火了")
    call = page.locator(".alarm a").first
    expect(call).to_have_attribute("href", "tel:119")
    box = call.bounding_box()
    assert box is not None
    assert box["height"] >= 44


def test_markup_stays_text(open_page: OpenPage) -> None:
    page = open_page()
    hostile = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"
    say(page, hostile)
    expect(page.locator(".entry.own .bubble")).to_have_text(hostile)
    expect(last_answer(page)).to_contain_text(hostile)
    assert page.title() == "武江区政务服务助手"
    assert page.locator("#log img, #log script").count() == 0


def test_a_message_that_is_too_long_stays_in_the_box(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#message").fill("长" * 1001)
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#composer-error")).to_contain_text("您的消息有 1001 个字，最多 1000 个字")
    expect(page.locator("#message")).to_have_value("长" * 1001)
    expect(page.locator("#counter")).to_have_text("1001/1000 字")
    expect(page.locator(".entry.own")).to_have_count(0)


def test_what_the_server_refuses_comes_back_to_the_box(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#message").fill("\u200b\u200b")
    page.locator("#message").press("Enter")
    expect(page.locator("#composer-error")).to_have_text("请输入内容后再发送。")
    expect(page.locator(".entry.own")).to_have_count(0)


def test_shift_enter_makes_a_new_line(open_page: OpenPage) -> None:
    page = open_page()
    page.locator("#message").press_sequentially("第一行")
    page.locator("#message").press("Shift+Enter")
    page.locator("#message").press_sequentially("第二行")
    page.locator("#message").press("Enter")
    expect(page.locator(".entry.own .bubble")).to_have_text("第一行\n第二行")


def test_large_type_is_remembered(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    before = page.locator("h1").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    page.get_by_role("button", name="大字版").click()
    page.reload()
    expect(page.get_by_role("button", name="大字版")).to_have_attribute("aria-pressed", "true")
    after = page.locator("h1").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
    assert after >= before * 1.25


@pytest.mark.parametrize("is_large", [False, True])
def test_nothing_is_cut_off_at_360_pixels(open_page: OpenPage, is_large: bool) -> None:
    page = open_page(PHONE)
    if is_large:
        page.get_by_role("button", name="大字版").click()
    for text in ("身份证丢了要带什么", "办身份证", "我要投诉", "噪音", "惠民街道", "x" * 300):
        say(page, text)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator("#log").evaluate("node => node.scrollWidth <= node.clientWidth")


def test_traditional_characters_are_a_view_of_the_same_text(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "身份证丢了要带什么")
    page.get_by_role("button", name="繁體").click()
    expect(page.locator(".guide h3")).to_have_text("居民身份證丟失補領")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hant")
    expect(page.locator(".entry.own .bubble").first).to_have_text("身份证丢了要带什么")
    expect(page.locator("#message")).to_have_attribute("placeholder", "請輸入您的問題")
    page.locator(".answer .chip", has_text="辦理費用").click()
    expect(page.locator(".entry.own .bubble").last).to_have_text("办理费用")
    expect(page.locator(".lead-text").last).to_contain_text("丟失補領")
    page.get_by_role("button", name="简体").click()
    expect(page.locator(".guide h3").first).to_have_text("居民身份证丢失补领")
    expect(page.locator("#message")).to_have_attribute("placeholder", "请输入您的问题")


def test_the_conversation_can_be_taken_along(open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page()
    say(page, "你好")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载").click()
    download.value.save_as(tmp_path / "chat.txt")
    text = (tmp_path / "chat.txt").read_text(encoding="utf-8-sig")
    assert "我（" in text
    assert "您好，请问要办什么事？" in text
    assert download.value.suggested_filename.endswith(".txt")


def test_ending_clears_the_conversation_on_this_device(open_page: OpenPage) -> None:
    page = open_page()
    say(page, "你好")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="结束").click()
    expect(page.locator(".entry.own")).to_have_count(0)
    expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
    expect(page.locator(".starters")).to_be_visible()
