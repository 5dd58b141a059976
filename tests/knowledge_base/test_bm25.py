"""BM25 against numbers worked out by hand with k1 = 1.2 and b = 0.75."""

from __future__ import annotations

import math

import numpy as np
import pytest

from knowledge_base.bm25 import BM25, character_tokens

IDF_OF_A = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))  # in two of three documents
IDF_OF_B = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))  # in one of three


@pytest.fixture
def words() -> BM25:
    return BM25(["a b", "a a c", "d"], tokens=str.split)  # 2, 3 and 1 tokens: 2 on average


def test_scores_equal_the_case_worked_out_by_hand(words: BM25) -> None:
    average_length = IDF_OF_A + IDF_OF_B  # once in a document of average length: the weight is the idf itself
    twice_in_a_long_one = IDF_OF_A * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 1.5))
    assert words.scores("a b") == pytest.approx([average_length, twice_in_a_long_one, 0.0], rel=1e-5)


def test_a_token_that_is_asked_again_and_again_counts_twice_at_most(words: BM25) -> None:
    assert words.scores("b b b b b") == pytest.approx([2 * IDF_OF_B, 0.0, 0.0], rel=1e-5)


def test_unseen_tokens_score_nothing(words: BM25) -> None:
    assert words.scores("x y z").tolist() == [0.0, 0.0, 0.0]
    assert words.scores("").tolist() == [0.0, 0.0, 0.0]
    assert words.scores("a b").tolist() == words.scores("a x b").tolist()


def test_the_best_possible_score_is_that_of_a_short_document_with_every_token(words: BM25) -> None:
    shortest = 2.2 / (1 + 1.2 * 0.25)
    assert words.best_possible("a b") == pytest.approx((IDF_OF_A + IDF_OF_B) * shortest, rel=1e-5)


def test_unseen_tokens_make_the_best_possible_score_larger(words: BM25) -> None:
    assert words.best_possible("a x") == pytest.approx(words.best_possible("a b"), rel=1e-5)
    assert words.best_possible("") > 0


def test_no_document_scores_above_the_best_possible() -> None:
    base = BM25(["居民身份证换领", "身份证", "社会保障卡申领", "换"])
    queries = ["身份证", "换身份证要钱吗", "社保卡", "没有这个"]
    assert all(float(base.scores(query).max()) <= base.best_possible(query) + 1e-5 for query in queries)


def test_chinese_becomes_single_characters_and_pairs_and_latin_stays_whole() -> None:
    assert character_tokens("社保卡app12") == ["app12", "社", "保", "卡", "社保", "保卡"]
    assert character_tokens("，？ ") == []


def test_a_document_without_any_token_is_harmless() -> None:
    scores = BM25(["", "身份证"]).scores("身份证")
    assert scores[0] == 0.0
    assert np.isfinite(scores).all()
