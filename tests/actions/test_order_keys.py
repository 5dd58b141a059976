"""Reading the keys of an order out of what people type."""

from __future__ import annotations

import pytest

from actions.order_keys import read_keys, without_keys

NUMBER, CODE = "WJ2025030400001", "483920"


@pytest.mark.parametrize(
    "message",
    [
        f"查工单 {NUMBER} {CODE}",
        f"{NUMBER.lower()} {CODE}",
        f"工单{NUMBER}查询码{CODE}，谢谢",
        "查工單 ＷＪ２０２５０３０４００００１　４８３９２０",
        "wj 20250304 00001，查询码 483 920",
        "WJ 2025 0304 00001 483920",
        "WJ-2025030400001-483920",
        f"{NUMBER}{CODE}",
        f"{CODE} {NUMBER}",
        f"{NUMBER}\n{CODE}",
        f"查询码{CODE}\n编号：{NUMBER}",
    ],
)
def test_number_and_code_are_read_in_every_spelling(message: str) -> None:
    assert read_keys(message, None) == (NUMBER, CODE)


@pytest.mark.parametrize(
    "message", [NUMBER, f"我的工单 {NUMBER} 办得怎么样了", f"{NUMBER} 123", f"{NUMBER} 13800000000"]
)
def test_other_figures_behind_the_number_are_no_code(message: str) -> None:
    assert read_keys(message, None) == (NUMBER, "")


@pytest.mark.parametrize("message", [CODE, "查询码是483920", "码：483 920"])
def test_a_code_alone_belongs_to_the_order_spoken_of_last(message: str) -> None:
    assert read_keys(message, NUMBER) == (NUMBER, CODE)
    assert read_keys(message, None) == ("", CODE)


def test_a_number_in_the_message_outranks_the_order_spoken_of_last() -> None:
    assert read_keys("WJ2025030500009 483920", NUMBER) == ("WJ2025030500009", CODE)


def test_a_day_with_more_than_ninety_nine_thousand_orders_keeps_its_sixth_digit() -> None:
    assert read_keys(f"WJ20250304100001 {CODE}", None) == ("WJ20250304100001", CODE)


@pytest.mark.parametrize(
    "message", ["", "查工单", "我的手机13800000000", "WJ202503040000", "WJ", "身份证440203199001011234"]
)
def test_messages_without_keys_give_none(message: str) -> None:
    assert read_keys(message, None) == ("", "")


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        (f"补充 {NUMBER} {CODE} 地点是示例路3号", "补充   地点是示例路3号"),
        (f"{NUMBER} {CODE} 不满意", "不满意"),
        (f"工单{NUMBER}，查询码{CODE}：满意", "满意"),
        ("不满意，等了 14 天", "不满意，等了 14 天"),
        (f"{NUMBER} {CODE}", ""),
    ],
)
def test_what_is_said_beside_the_keys_is_left(message: str, rest: str) -> None:
    assert without_keys(message) == rest
