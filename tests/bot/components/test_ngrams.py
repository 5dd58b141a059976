"""Character n-grams and their weights, against scikit-learn as an independent peer."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.components.ngrams import NGramVectoriser, ngrams

TEXTS = ["身份证丢了怎么补", "社保卡怎么补办", "我要投诉", "社保 社保卡", "证"]


def test_all_lengths_are_counted() -> None:
    assert ngrams("补补证", 1, 2) == {"补": 2, "证": 1, "补补": 1, "补证": 1}


def test_runs_of_white_space_are_one_blank() -> None:
    assert ngrams("办 \n 证", 3, 3) == {"办 证": 1}


@pytest.mark.parametrize("text", [*TEXTS, "从没见过的字和身份证"])
def test_weights_are_those_of_scikit_learn(text: str) -> None:
    peer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True).fit(TEXTS)
    mine = NGramVectoriser.fit(TEXTS, 1, 3)
    columns, values = mine.row(text)
    row = np.zeros(len(mine.vocabulary), dtype=np.float32)
    row[columns] = values
    expected = peer.transform([text]).toarray()[0]
    order = [peer.vocabulary_[name] for name in mine.vocabulary]
    assert mine.vocabulary.keys() == peer.vocabulary_.keys()
    np.testing.assert_allclose(row, expected[order], atol=1e-6)


def test_a_text_without_known_ngrams_is_an_empty_row() -> None:
    columns, values = NGramVectoriser.fit(TEXTS, 1, 3).row("xyz")
    assert len(columns) == len(values) == 0
