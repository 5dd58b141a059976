"""At most 2048 bytes, cut where a reader pauses; nothing lost between the parts."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.wechat.texts import LIMIT, MOST_CHOICES, Answer, choice_block, compose, fit, harmless, split
from bot.channels.wechat.wording import options, words
from bot.replies import Outcome, Reply, TurnResult

ALPHABET = st.sampled_from(
    [*"办证，。！？\n aZ09-_é<>&", "😀", "👨‍👩‍👧", "🇨🇳", "👍🏽", "ẹ̈", "https://www.gd.gov.cn/x?y=1&z=2", "13800000000"]
)
TEXTS = st.lists(ALPHABET, max_size=1500).map("".join)
CHOICES = st.lists(st.text(min_size=1, max_size=50), max_size=MOST_CHOICES)
CLUSTERS = ("👨‍👩‍👧", "🇨🇳", "👍🏽", "ẹ̈")


def size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@given(TEXTS, st.integers(min_value=60, max_value=LIMIT))
@settings(max_examples=300, deadline=None)
@example("😀" * 1000, 61)
@example("办" * 683, LIMIT)
@example("a" * 5000, 100)
def test_parts_fit_and_together_are_the_whole(text: str, limit: int) -> None:
    parts, rest = [], text
    while rest:
        part, rest = split(rest, limit)
        assert size(part) <= limit
        assert part or not rest.strip()
        parts.append(part)
    assert squeezed("".join(parts)) == squeezed(text)


@given(TEXTS, CHOICES)
@settings(max_examples=300, deadline=None)
def test_what_is_shown_never_exceeds_the_limit(text: str, choices: list[str]) -> None:
    shown, rest = fit(text, choices)
    assert size(shown) <= LIMIT
    assert shown.endswith(choice_block(choices))
    assert (words("more_hint") in shown) or not rest
    assert len(rest) < len(text) or not text


@pytest.mark.parametrize("cluster", [*CLUSTERS, "13800000000", "https://www.gd.gov.cn/x?y=1&z=2", "WJ2026030500001"])
@pytest.mark.parametrize("shift", range(7))
def test_the_cut_is_never_inside_a_number_an_address_or_an_emoji(cluster: str, shift: int) -> None:
    text = "办" * shift + f"{cluster}办" * 80
    part, _ = split(text, 200)
    assert re.fullmatch(rf"办{{{shift}}}(?:{re.escape(cluster)}办?)*|办*", part)


def test_the_cut_is_at_the_end_of_a_line_or_a_sentence() -> None:
    line = "带上身份证和户口簿到窗口办理，当场受理。"
    assert split(f"{line}\n" * 40, LIMIT)[0].endswith(f"{line}\n{line}")
    assert split(line * 60, LIMIT)[0].endswith("受理。")


def test_several_replies_are_one_text_and_the_last_choices_count() -> None:
    result = TurnResult(
        Outcome.ANSWER, (Reply("notice", "先说这个。", {}, ("旧",)), Reply("text", "再说这个。", {}, ("甲", "乙")))
    )
    assert compose(result) == Answer("先说这个。\n\n再说这个。", ("甲", "乙"))


def test_quick_replies_are_links_and_numbers() -> None:
    shown, _ = fit("请选择", ("办身份证", "a&b"))
    assert '1. <a href="weixin://bizmsgmenu?msgmenucontent=办身份证&msgmenuid=1">办身份证</a>' in shown
    assert "\n2. a&b\n" in shown
    assert shown.endswith(words("choices_hint"))


def test_the_alternatives_of_a_question_and_the_levels_of_a_rating_can_be_picked() -> None:
    asked = Reply("choices", "哪一种？", {"question": "", "choices": [{"code": "M1", "name": "换领", "contrast": ""}]})
    notice = Reply("order_notice", "已办结。", {"ratable": True})
    assert compose(TurnResult(Outcome.ASK_BACK, (asked,))).choices == ("换领",)
    assert compose(TurnResult(Outcome.ORDER_STATUS, (notice,))).choices == options("rating_levels")


def test_what_a_citizen_wrote_cannot_become_a_link() -> None:
    assert (
        harmless('<a href="https://evil.example">点我</a> 1<2 <3') == '＜a href="https://evil.example">点我＜/a> 1<2 <3'
    )


def test_emergencies_are_urgent() -> None:
    assert compose(TurnResult(Outcome.EMERGENCY, (Reply("alarm", "拨打119", {"calls": []}),))).is_urgent
