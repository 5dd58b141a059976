"""Ratings said in words; a "not" before "satisfied" must never be overheard."""

from __future__ import annotations

import pytest

from actions.levels import LEVELS, read_level


@pytest.mark.parametrize(
    ("message", "score"),
    [
        ("非常满意", 5),
        ("很滿意", 5),
        ("给五星好评", 5),
        ("五颗星", 5),
        ("打5分", 5),
        ("满意", 4),
        ("比较满意", 4),
        ("办得不错", 4),
        ("没有不满意", 4),
        ("基本满意", 3),
        ("勉强满意", 3),
        ("一般般", 3),
        ("3分", 3),
        ("不满意", 2),
        ("不太满意", 2),
        ("不是很满意", 2),
        ("不怎么满意", 2),
        ("谈不上满意", 2),
        ("不算满意", 2),
        ("唔滿意", 2),
        ("没法满意", 2),
        ("不好", 2),
        ("有点失望", 2),
        ("非常不满意", 1),
        ("一点都不满意", 1),
        ("十分不满意", 1),
        ("差评！", 1),
        ("太差了", 1),
        ("给1分", 1),
    ],
)
def test_the_level_is_read_with_its_negations(message: str, score: int) -> None:
    level = read_level(message)
    assert level is not None
    assert level[0] == score


@pytest.mark.parametrize("message", ["", "我要评价", "我可以评价吗", "给你们打分", "11分钟"])
def test_a_message_without_a_level_has_none(message: str) -> None:
    assert read_level(message) is None


def test_every_level_goes_by_one_name() -> None:
    assert {score: label for score, label, _ in LEVELS} == {
        5: "非常满意",
        4: "满意",
        3: "基本满意",
        2: "不满意",
        1: "非常不满意",
    }


@pytest.mark.parametrize(("score", "label"), sorted({(score, label) for score, label, _ in LEVELS}))
def test_the_name_of_a_level_is_read_as_that_level(score: int, label: str) -> None:
    assert read_level(label) == (score, label)
