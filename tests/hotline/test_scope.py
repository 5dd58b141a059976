from __future__ import annotations

import pytest

from hotline.scope import _rules, check


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我要投诉广州的一家餐厅", "R1"),
        ("投诉法官偏袒对方", "R2"),
        ("举报村书记贪污征地款", "R2"),
        ("部队里面领导打骂士兵", "R3"),
        ("帮我报警", "R4"),
        ("法院已经判了我赢，对方一直不给钱", "R5"),
        ("我正在申请劳动仲裁，你们能不能帮我催", "R5"),
        ("朋友借了我五万块钱一直不还", "R5"),
        ("我之前去信访局反映过，一直没结果", "R6"),
        ("帮我查一下我老公的开房记录", "R7"),
        ("我要举报有人泄露国家秘密", "R7"),
        ("哪里可以买假证", "R8"),
        ("已经答复过了，没有新的情况，我就是要再投诉一次", "R9"),
        ("我老公出轨了怎么办", "R10"),
    ],
)
def test_clear_cases_are_refused_with_reason_and_channel(text: str, code: str) -> None:
    refusal = check(text)
    assert refusal is not None
    assert refusal.code == code
    assert refusal.matched in text
    assert "12345热线" in refusal.reason
    assert refusal.channel


@pytest.mark.parametrize(
    "text",
    [
        "",
        "劳动仲裁怎么申请",
        "我要去哪里起诉",
        "想申请法律援助打官司",
        "行政复议怎么申请",
        "信访局在哪里",
        "法院门口停车太乱",
        "退伍军人优待证怎么办",
        "物业泄露了我们业主的个人信息",
        "老板欠我工资不还",
        "投诉广州路那家餐厅",
        "举报有人卖假证",
        "离婚证丢了怎么补",
        "检察院旁边的路灯坏了",
        "我家房子漏水",
    ],
)
def test_questions_and_ordinary_complaints_pass(text: str) -> None:
    assert check(text) is None


def test_all_ten_reasons_are_there() -> None:
    assert sorted(rule.code for rule in _rules()) == sorted(f"R{n}" for n in range(1, 11))


def test_hostile_length_costs_nothing() -> None:
    assert check("法院" * 50_000) is None
