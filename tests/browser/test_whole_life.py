"""The whole program: a complaint from the chat through the offices and back to the chat, told step by step.

The citizen sits at the page, the staff work in another process on the same database.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy.engine import Engine

from hotline import store
from hotline.model import WorkOrder
from hotline.moves import Facts, Move
from hotline.people import Actor
from hotline.states import State
from storage.engine import create_engine
from storage.outbox import list_messages
from tests.browser.chat import PHONE, Server, last_answer, say
from tests.hotline.cast import ACCEPTANCE, AUDITOR, DISPATCHER, LEAD, OTHER, PROPOSAL, WANG, ZHAO, Office

COMPLAINT = "我要投诉龙归市场旁边的工地半夜施工，昨天晚上十一点开始吵"
REJECTED, FIRST, SECOND = (f"示例答复{number}：已要求停工。" for number in "一二三")
SOON = 20_000  # milliseconds; another process looks every two seconds


class Staff(Office):
    """The staff now, whose moves the page is watched for."""

    def tick(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def engine(real_server: Server) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{Path(real_server.env['DATA_DIR']) / 'wujiang.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def page(browser: Browser, real_server: Server) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(real_server.address)
    expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
    yield page
    context.close()


def notices(page: Page) -> Locator:
    return page.locator(".order-notice")


def file(page: Page) -> tuple[str, str]:
    """File the complaint in the chat: number and query code."""
    for words in (COMPLAINT, "13800000000", "保密", "提交"):
        say(page, words)
    number, code = page.locator(".receipt .receipt-numbers dd").all_inner_texts()
    return number, code


def test_a_complaint_lives_and_the_citizen_sees_each_public_step(
    page: Page, browser: Browser, real_server: Server, engine: Engine
) -> None:
    number, code = file(page)
    staff, told = Staff(engine), 0

    def do(move: Move, actor: Actor, facts: Facts | None = None) -> WorkOrder:
        return staff.do(store.get(engine, number), move, actor, facts)

    def hears(*words: str) -> None:
        nonlocal told
        expect(notices(page)).to_have_count(told + 1, timeout=SOON)
        told += 1
        for word in words:
            expect(notices(page).last).to_contain_text(word)

    do(Move.ACCEPT, ACCEPTANCE)
    hears("已受理，正在派单")
    do(Move.PROPOSE, DISPATCHER, PROPOSAL)
    do(Move.APPROVE, AUDITOR)
    hears("已派单", LEAD)
    do(Move.RETURN, WANG, Facts(reason="不属本单位职责", legal_basis="三定规定（示例）"))
    hears("正在改派承办单位")
    do(Move.ASSIGN, DISPATCHER, Facts(unit=OTHER, opinion="属住建职责"))
    hears("已派单", OTHER)
    do(Move.SIGN, ZHAO)
    hears("办理中", OTHER)
    do(Move.REQUEST_EXTENSION, ZHAO, Facts(reason="需要鉴定", days=5))
    order = do(Move.GRANT_EXTENSION, DISPATCHER)
    hears("答复期限延长", f"{order.due_on.month}月{order.due_on.day}日")
    do(Move.REPLY, ZHAO, Facts(reply=REJECTED))
    do(Move.REJECT_REPLY, AUDITOR, Facts(reason="没有回应诉求"))
    do(Move.REPLY, ZHAO, Facts(reply=FIRST))
    do(Move.APPROVE_REPLY, AUDITOR)
    hears("已办结", FIRST)

    say(page, "不满意")
    expect(page.locator(".entry.answer", has_text="重新办理，有了结果")).to_have_count(1)
    hears("重新办理中")
    assert store.get(engine, number).state is State.REDO
    do(Move.REPLY, ZHAO, Facts(reply=SECOND))
    do(Move.APPROVE_REPLY, AUDITOR)
    hears("已办结", SECOND)
    rating = page.locator(".rating")
    rating.get_by_label("满意", exact=True).check()
    rating.get_by_role("button", name="提交评价").click()
    expect(rating.locator(".rating-state")).to_have_text("感谢您的评价：满意")
    closed = store.get(engine, number)
    assert (closed.state, closed.satisfaction, closed.redo_count) == (State.EVALUATED, 4, 2)

    say(page, f"查工单 {number} {code}")
    expect(last_answer(page).locator(".status")).to_contain_text(SECOND)
    page.reload()
    expect(page.locator("#log")).not_to_have_attribute("aria-busy", "true")
    expect(notices(page)).to_have_count(told)
    said = page.locator("#log").inner_text()
    assert [word for word in (REJECTED, "审核", "拟办", "鉴定", "示例审核员", "赵示例") if word in said] == []
    assert list_messages(engine, target="citizen") == ()  # nothing waits, nothing is dead

    outsider = browser.new_context(viewport=PHONE).new_page()
    outsider.goto(real_server.address)
    expect(outsider.locator("#log")).not_to_have_attribute("aria-busy", "true")
    expect(notices(outsider)).to_have_count(0)
    outsider.context.close()


def test_a_question_of_the_office_is_answered_in_the_chat(page: Page, engine: Engine) -> None:
    number, _ = file(page)
    Staff(engine).do(store.get(engine, number), Move.ASK_INFO, ACCEPTANCE, Facts(reason="工地叫什么名字？"))
    expect(page.locator(".needs-answer")).to_contain_text("工地叫什么名字？", timeout=SOON)
    say(page, "叫示例花园二期")
    expect(last_answer(page)).to_contain_text("叫示例花园二期")
    order = store.get(engine, number)
    assert order.state is State.SUBMITTED
    assert "叫示例花园二期" in order.content
