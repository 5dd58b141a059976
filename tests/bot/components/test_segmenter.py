"""The private jieba dictionary."""

from __future__ import annotations

import jieba

from bot.components.segmenter import domain_words, load_segmenter

SENTENCE = "帮我查粤居码登记"


def test_words_of_the_district_are_kept_whole() -> None:
    assert "粤居码" in load_segmenter(("粤居码",)).lcut(SENTENCE)


def test_a_name_is_not_cut_to_make_a_rare_word_with_its_neighbour() -> None:
    assert load_segmenter(("西联",)).lcut("在西联办居住证")[:2] == ["在", "西联"]


def test_a_word_of_one_dictionary_does_not_leak_into_another() -> None:
    load_segmenter(("粤居码",)).lcut(SENTENCE)
    assert "粤居码" not in load_segmenter(()).lcut(SENTENCE)
    assert "粤居码" not in jieba.dt.FREQ


def test_equal_words_share_one_dictionary() -> None:
    assert load_segmenter(("粤居码",)) is load_segmenter(("粤居码",))


def test_words_are_sorted_distinct_and_neither_too_short_nor_sentences() -> None:
    phrases = ["龙归", "证", "龙归", "区人社局", "怎么样才能够申请到居住证呢", "一、二"]
    assert domain_words(phrases) == ("区人社局", "龙归")
