"""One written form for every way of typing; offsets stay right; Cantonese is rewritten, ordinary words are not."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.text import align, mandarin, normalise, visible

ANY_TEXT = st.text(alphabet=st.characters(), max_size=60)  # lone surrogates and control characters included


@given(ANY_TEXT)
def test_align_keeps_one_character_for_one_character(text: str) -> None:
    assert len(align(text)) == len(text)


@given(ANY_TEXT, ANY_TEXT)
def test_align_looks_at_each_character_alone_so_that_offsets_hold(before: str, after: str) -> None:
    assert align(before + after) == align(before) + align(after)


@given(ANY_TEXT)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(ANY_TEXT)
def test_nothing_invisible_is_left_after_normalising(text: str) -> None:
    cleaned = mandarin(text)
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Co", "Cn"}
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize(
    ("typed", "aligned"),
    [
        ("我要辦身份證", "我要办身份证"),
        ("ＡＰＰ１２３４５，可以嗎？", "app12345,可以吗?"),
        ("身份证😀丢了", "身份证😀丢了"),
        ("👨‍👩‍👧辦證", "👨‍👩‍👧办证"),
        ("办\x00证\u200b吗\u202e", "办\x00证\u200b吗\u202e"),
        ("面积㎡", "面积㎡"),
        ("户囗本", "户口本"),
        ("\ud83d坏", "\ud83d坏"),
        ("", ""),
    ],
)
def test_align_writes_simplified_half_width_lower_case(typed: str, aligned: str) -> None:
    assert align(typed) == aligned


def test_a_word_found_in_the_aligned_text_stands_at_the_same_place_in_the_original() -> None:
    typed = "我喺龍歸，😀想補辦身份證"
    start = align(typed).index("身份证")
    assert typed[start : start + 3] == "身份證"


def test_hidden_characters_go_and_line_breaks_become_spaces() -> None:
    assert visible("身\u200b份\x07证\r\n丢\ufeff了") == "身份证  丢了"


def test_normalise_also_unfolds_what_align_must_keep() -> None:
    assert normalise("  面积\u3000㎡\n\n①ﬁ  ") == "面积 m2 1fi"


@pytest.mark.parametrize(
    ("typed", "meaning"),
    [
        ("點樣辦身份證", "怎么办身份证"),
        ("点样办身份证", "怎么办身份证"),
        ("咁要帶咩", "这样要带什么"),
        ("要乜嘢材料", "要什么材料"),
        ("幾耐先攞到", "多久先领取到"),
        ("幾錢", "多少钱"),
        ("喺邊度攞", "在哪里领取"),
        ("身份證唔見咗", "身份证丢了"),
        ("細路幾歲可以辦", "小孩多少岁可以办"),
        ("BB仔嘅出世紙", "宝宝的出生证"),
        ("老細唔出糧", "老板不发工资"),
        ("使唔使預約", "需不需要预约"),
        ("係唔係要本人去", "是不是要本人去"),
        ("點攞社保咭", "怎么领取社保卡"),
        ("四免係咩", "四免是什么"),
        ("有咗殘疾證", "有了残疾证"),
        ("咋办", "怎么办"),
        ("身份正丢了", "身份证丢了"),
        ("异地就衣", "异地就医"),
        ("居往证", "居住证"),
        ("補帖幾時有", "补贴什么时候有"),
        ("身分證", "身份证"),
    ],
)
def test_mandarin_rewrites_cantonese_regional_words_and_typos(typed: str, meaning: str) -> None:
    assert mandarin(typed) == meaning


@pytest.mark.parametrize(
    "ordinary",
    [
        "咨询电话是多少",
        "联系方式",
        "养老保险关系转移",
        "系统打不开",
        "劳动仲裁怎么申请",
        "材料不完整",
        "社保基数调整",
        "稳岗返还",
        "转人工",
        "人工服务",
        "窗口几点开门",
        "社保卡服务网点查询",
        "受理点领取",
        "我有两个女儿",
        "婚后生育登记",
        "开档案证明",
        "灵活就业人员退出年限",
        "三层楼房",
        "规定系列",
        "换车牌",
        "马上网办",
        "有自闭倾向",
    ],
)
def test_mandarin_leaves_ordinary_words_alone(ordinary: str) -> None:
    assert mandarin(ordinary) == ordinary
