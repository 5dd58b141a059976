from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hotline.learned import ALIKE, LEAST_OF_LABEL, Example, Target, TooFewExamples, embedded_text, predict, train
from hotline.learned_calibration import PRECISION
from knowledge_base.embedding import load_embedder
from knowledge_base.text import normalise
from tests.hotline.demands import NOW, demands, learnt


def guess_of(text: str):  # type: ignore[no-untyped-def]
    return predict(learnt(), text, load_embedder().embed([embedded_text(text)])[0])


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("工厂半年没有发工资给我们", "区人社局"),
        ("孩子上小学的学位怎么申请", "区教育局"),
        ("河边的堤坝裂开了，担心涨水", "区水务局"),
    ],
)
def test_demands_in_other_words_get_the_unit_of_their_kind(text: str, unit: str) -> None:
    assert guess_of(text).label == unit


def test_a_clear_demand_is_sure_and_says_why() -> None:
    guess = guess_of("示例大道公司拖欠三个月工资")
    assert guess.is_sure
    assert guess.confidence >= learnt().card.threshold
    assert any("工资" in word for word in guess.words)
    assert 0 < guess.alike <= ALIKE
    assert guess.runner_up != guess.label


@pytest.mark.parametrize("text", ["", "😀", "谢谢", "x" * 10_000])
def test_a_text_without_a_demand_is_not_sure(text: str) -> None:
    guess = guess_of(text)
    assert not guess.is_sure
    assert 0 <= guess.confidence <= 1


def test_the_card_says_where_the_model_comes_from() -> None:
    card = learnt().card
    assert (card.target, card.trained_at, card.examples) == (Target.UNIT, NOW, len(demands()))
    assert card.accuracy > 0.9
    assert card.precision >= PRECISION
    assert card.embedder == load_embedder().name


def test_the_same_examples_give_the_same_model_and_others_another_fingerprint() -> None:
    again = train(demands(), load_embedder(), Target.UNIT, now=NOW)
    assert again.card == learnt().card
    assert np.array_equal(again.alphas, learnt().alphas)
    changed = [Example("完全不同的一件事", "区水务局"), *demands()[1:]]
    assert train(changed, load_embedder(), Target.UNIT, now=NOW).card.fingerprint != again.card.fingerprint


def test_a_text_that_stands_twice_counts_once_with_its_commonest_label() -> None:
    twice = [Example(demands()[0].text, "区教育局"), *demands(), *demands()]
    assert train(twice, load_embedder(), Target.UNIT, now=NOW).card == learnt().card


def test_a_label_with_few_texts_is_left_out_and_named() -> None:
    rare = [Example(f"示例{word}", "区档案馆") for word in "甲乙丙丁"]
    assert len(rare) < LEAST_OF_LABEL
    model = train([*rare, *demands()], load_embedder(), Target.UNIT, now=NOW)
    assert model.card.left_out == {"区档案馆": 4}
    assert "区档案馆" not in model.labels


@pytest.mark.parametrize("examples", [[], demands()[:30], demands()[:36] * 3])
def test_too_little_to_learn_from_is_refused(examples: list[Example]) -> None:
    with pytest.raises(TooFewExamples):
        train(examples, load_embedder(), Target.UNIT, now=NOW)


def test_two_labels_are_enough() -> None:
    two = [example for example in demands() if example.label != "区水务局"]
    assert train(two, load_embedder(), Target.UNIT, now=NOW).labels == ("区人社局", "区教育局")


def test_a_model_that_is_never_sure_enough_proposes_nothing() -> None:
    shy = replace(learnt(), card=replace(learnt().card, threshold=2.0))
    text = demands()[0].text
    assert not predict(shy, text, load_embedder().embed([text])[0]).is_sure


@pytest.mark.parametrize("text", ["公司唔俾人工！", "ＡＢＣ公司１２月拖欠工資", "公司  拖欠\n工资"])
def test_a_message_and_its_normal_form_share_one_vector(text: str) -> None:
    assert embedded_text(normalise(text)) == embedded_text(text)
