"""The index measures every entry; leaving a phrase out equals never having had it."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.embedding import Embedder
from knowledge_base.index import FEATURES, RIDGE, SearchIndex, build_index
from knowledge_base.phrases import PhraseKind, document_of, phrases_of
from tests.knowledge_base.factories import make_guide, make_small_base, make_statement

PROBE, NAMED = FEATURES.index("probe"), FEATURES.index("named")


def test_every_entry_is_measured_in_every_way(small_index: SearchIndex, embedder: Embedder) -> None:
    values = small_index.measure("身份证丢了", embedder.embed(["身份证丢了"])[0]).values
    assert values.shape == (8, len(FEATURES))
    assert np.isfinite(values).all()


def test_the_nearest_phrase_of_each_entry_is_one_of_its_own(small_index: SearchIndex, embedder: Embedder) -> None:
    nearest = small_index.measure("狗", embedder.embed(["狗"])[0]).nearest_phrase
    assert [small_index.phrases[place].owner for place in nearest] == list(range(8))


def test_likeness_is_taken_without_what_all_questions_share(small_index: SearchIndex, embedder: Embedder) -> None:
    vector = embedder.embed(["身份证丢了怎么办"])[0]
    measures = small_index.measure("身份证丢了怎么办", vector)
    apart = small_index.vectors - small_index.asking
    centred = apart @ (vector - small_index.asking)
    expected = centred / (np.linalg.norm(apart, axis=1) * np.linalg.norm(vector - small_index.asking))
    best = [expected[small_index.owner == owner].max() for owner in range(8)]
    assert measures.values[:, FEATURES.index("nearest")] == pytest.approx(best, abs=1e-4)
    assert measures.likeness == pytest.approx((small_index.vectors @ vector)[measures.nearest_phrase], abs=1e-5)


def test_a_left_out_phrase_teaches_the_probe_nothing(small_index: SearchIndex) -> None:
    place = next(at for at, phrase in enumerate(small_index.phrases) if phrase.kind is PhraseKind.QUESTION)
    vector = small_index.vectors[place]
    left_out = small_index.measure(small_index.phrases[place].text, vector, leave_out=place).values[:, PROBE]

    rows = np.delete(small_index._probe_rows(small_index.vectors), place, axis=0).astype(np.float64)
    targets = np.eye(8)[np.delete(small_index.owner, place)]
    weights = np.linalg.solve(rows.T @ rows + RIDGE * np.eye(rows.shape[1]), rows.T @ targets)
    assert left_out == pytest.approx(small_index._probe_rows(vector) @ weights, abs=2e-3)


def test_a_name_counts_more_the_more_of_the_message_it_is(small_index: SearchIndex, embedder: Embedder) -> None:
    vector = embedder.embed(["居住证办理"])[0]
    short = small_index.measure("居住证办理", vector).values[:, NAMED]
    long = small_index.measure("我想问一下居住证办理是在什么地方", vector).values[:, NAMED]
    assert short[3] == pytest.approx(1.0)
    assert 0 < long[3] < short[3]
    assert short[5] == 0.0


def test_an_index_without_entries_is_refused(embedder: Embedder) -> None:
    with pytest.raises(ValueError, match="no published entry"):
        build_index([], embedder.embed)


def test_an_index_of_one_entry_works(embedder: Embedder) -> None:
    index = build_index([make_small_base()[0]], embedder.embed)
    assert index.measure("身份证", embedder.embed(["身份证"])[0]).values.shape == (1, len(FEATURES))


def test_phrases_are_distinct_and_the_name_comes_first() -> None:
    entry = make_guide(name="身份证換領", aliases=("身份证换领", "换证"), similar_questions=("换证", "点换身份证"))
    phrases = [each for each in phrases_of(entry, 7) if each.kind is not PhraseKind.SPOKEN]
    assert [(each.text, each.kind) for each in phrases] == [
        ("身份证换领", PhraseKind.NAME),
        ("换证", PhraseKind.ALIAS),
        ("怎么换身份证", PhraseKind.QUESTION),
    ]
    assert {each.owner for each in phrases} == {7}


def test_the_document_of_an_entry_holds_what_it_says_and_not_its_similar_questions() -> None:
    entry = make_guide(
        conditions=(make_statement("年满八十周岁。"),), similar_questions=("奶奶有没有钱领",), owner_unit="区民政局"
    )
    document = document_of(entry)
    assert "年满八十周岁" in document
    assert "区民政局" in document
    assert "奶奶" not in document
