from __future__ import annotations

import numpy as np
import pytest

from hotline.learned_text import LONGEST_TEXT, SHOWN_WORDS, VIEWS, Lexicon, plain, speaking_words

TEXTS = ["公积金提取", "公积金贷款", "提取材料", "示例姓名丙"]


def test_numbers_blanks_and_case_do_not_matter() -> None:
    assert plain("在 3 楼\t等了120分钟 A座") == "在0楼等了0分钟a座"


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert len(plain("长" * (LONGEST_TEXT + 5))) == LONGEST_TEXT


def test_what_stands_in_one_text_only_is_not_kept() -> None:
    lexicon = Lexicon.fit(TEXTS)
    assert {"公积", "积金", "提取", "公"} <= set(lexicon.terms)
    assert not {"姓名", "贷款", "丙"} & set(lexicon.terms)


def test_the_rarer_term_weighs_more() -> None:
    lexicon = Lexicon.fit(["水费", "水费", "电费", "电费", "燃气费", "物业费"])
    assert lexicon.idf[lexicon.places["水"]] > lexicon.idf[lexicon.places["费"]]


def test_each_view_of_a_text_has_its_weight() -> None:
    lexicon = Lexicon.fit(TEXTS)
    columns, values = lexicon.row("公积金提取")
    sizes = np.asarray([len(lexicon.terms[column]) for column in columns])
    for size, weight in VIEWS.items():
        assert np.square(values[sizes == size]).sum() == pytest.approx(weight, abs=1e-5)


def test_the_matrix_holds_the_rows() -> None:
    lexicon = Lexicon.fit(TEXTS)
    matrix = lexicon.matrix([*TEXTS, "", "未见过"]).toarray()
    assert matrix.shape == (6, len(lexicon.terms))
    assert not matrix[4:].any()
    columns, values = lexicon.row(TEXTS[1])
    assert np.allclose(matrix[1, columns], values)


def test_overlapping_pairs_that_speak_for_a_label_become_one_word() -> None:
    lexicon = Lexicon.fit(TEXTS)
    weights = np.zeros(len(lexicon.terms), np.float32)
    weights[[lexicon.places["公积"], lexicon.places["积金"]]] = 1.0
    weights[lexicon.places["提取"]] = -1.0
    assert speaking_words("公积金提取", lexicon, weights) == ("公积金",)


def test_without_a_known_pair_no_word_speaks() -> None:
    lexicon = Lexicon.fit(TEXTS)
    ones = np.ones(len(lexicon.terms), np.float32)
    assert speaking_words("未见过的话", lexicon, ones) == ()
    assert speaking_words("", lexicon, ones) == ()


def test_only_a_few_words_are_named() -> None:
    text = "甲乙，丙丁，戊己，庚辛，壬癸，子丑"
    lexicon = Lexicon.fit([text, text])
    weights = np.asarray([float("，" not in term) for term in lexicon.terms], np.float32)
    assert len(speaking_words(text, lexicon, weights)) == SHOWN_WORDS
