"""Answer, ask back or admit: eight small entries, the real embedding, the shipped weights."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from knowledge_base.embedding import Embedder
from knowledge_base.index import SearchIndex
from knowledge_base.model import Confidence, Question
from knowledge_base.search import Found, SearchResult, search
from tests.knowledge_base.factories import make_small_base, make_statement

Ask = Callable[[str], SearchResult]


@pytest.fixture
def ask(small_index: SearchIndex, embedder: Embedder) -> Ask:
    return lambda message: search(small_index, embedder, message)


def offered(result: SearchResult) -> set[str]:
    """The codes that the citizen is given: the answer itself or the choices; none when the base admits."""
    answered = {result.first.code} if result.found is Found.ANSWER else set()
    return answered | {entry.code for entry in result.choices}


@pytest.mark.parametrize(
    ("name", "code"), [("居民身份证换领", "S02"), ("社会保障卡申领", "S05"), ("办件进度怎么查", "S07")]
)
def test_an_exact_name_is_answered_with_certainty(ask: Ask, name: str, code: str) -> None:
    result = ask(name)
    assert (result.found, result.first.code, result.confidence) == (Found.ANSWER, code, 1.0)


@pytest.mark.parametrize(
    ("alias", "code"),
    [("办社保卡", "S05"), ("補辦身份證", "S03"), ("高龄补贴", "S06"), ("  換身份證 ", "S02"), ("辦社保咭", "S05")],
)
def test_an_alias_is_as_good_as_the_name_in_any_script(ask: Ask, alias: str, code: str) -> None:
    result = ask(alias)
    assert (result.found, result.first.code) == (Found.ANSWER, code)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("我身份证下个月到期了去哪儿换一张新的", "S02"),
        ("身份證唔見咗點補", "S03"),
        ("我的身份证弄丢了想补一张", "S03"),
        ("儿子第一次去办身份证要带啥", "S01"),
        ("外地人居住证怎么弄", "S04"),
        ("老爸八十二岁了津贴怎么领", "S06"),
        ("三代社保卡怎么申请", "S05"),
        ("我交的申请现在办到哪一步", "S07"),
    ],
)
def test_the_matter_is_found_in_the_citizens_own_words(ask: Ask, message: str, code: str) -> None:
    result = ask(message)
    assert result.first.code == code
    assert code in offered(result)


def test_near_misses_are_asked_back_when_the_message_does_not_tell_them_apart(ask: Ask) -> None:
    result = ask("身份证")
    assert result.found is Found.ASK_BACK
    assert {"S01", "S02", "S03"} == offered(result)


@pytest.mark.parametrize("message", ["养犬登记", "办狗证", "家里的狗要去哪儿登记"])
def test_a_matter_that_the_base_lacks_is_admitted_and_named(ask: Ask, message: str) -> None:
    result = ask(message)
    assert result.found is Found.ADMIT
    assert result.gap is not None
    assert result.gap.code == "S08"
    assert offered(result) == set()


@pytest.mark.parametrize(
    "message",
    [
        "今天天气怎么样",
        "帮我写一首诗",
        "股票什么时候涨",
        "asdf qwer zxcv",
        "？？？",
        "😀😀😀",
        "",
        "\u200b\x00",
        "红烧肉怎么做",
    ],
)
def test_nonsense_is_admitted_and_no_matter_is_named(ask: Ask, message: str) -> None:
    result = ask(message)
    assert result.found is Found.ADMIT
    assert result.gap is None
    assert offered(result) == set()


def test_a_matter_outside_the_base_is_less_sure_than_its_neighbour_in_it(ask: Ask) -> None:
    assert ask("护照过期怎么换").confidence < ask("身份证过期怎么换").confidence


@pytest.mark.parametrize(
    "message", ["身份证 " * 2000, "';DROP TABLE kb_entry;--", "<script>alert(1)</script>", "/restart"]
)
def test_hostile_input_gets_a_result_like_any_other(ask: Ask, message: str) -> None:
    assert ask(message).found in set(Found)


def test_candidates_come_best_first_with_shares_and_measures(ask: Ask) -> None:
    result = ask("社保卡几天能拿到手")
    shares = [candidate.share for candidate in result.candidates]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0, abs=1e-3)
    assert result.share_of("S05") == shares[0]
    assert result.share_of("none") == 0.0
    assert 0.0 <= result.candidates[0].measures["document_words"] <= 1.0
    assert result.thresholds.keys() == {"answer_at", "ask_at"}


def test_a_frequent_question_that_is_asked_nearly_word_for_word_is_handed_over(embedder: Embedder) -> None:
    answer = make_statement("可以由子女代领。", confidence=Confidence.GENERAL)
    faq = Question(question="老人行动不便能由子女代领高龄津贴吗", answer=answer)
    entries = [each.model_copy(update={"faqs": (faq,)}) if each.code == "S06" else each for each in make_small_base()]
    result = search(SearchIndex(entries, embedder.embed), embedder, "老人行动不便，能由子女代领高龄津贴吗？")
    assert (result.found, result.first.code) == (Found.ANSWER, "S06")
    assert result.faq == faq


def test_a_name_that_two_entries_share_is_asked_back_and_not_chosen_by_chance(embedder: Embedder) -> None:
    shared = {"S02": ("身份证业务",), "S03": ("身份证业务",)}
    entries = [each.model_copy(update={"aliases": shared.get(each.code, each.aliases)}) for each in make_small_base()]
    result = search(SearchIndex(entries, embedder.embed), embedder, "身份证业务")
    assert result.found is not Found.ADMIT
    assert {"S02", "S03"} <= offered(result)


def test_a_base_of_bare_guides_is_searched_with_the_bare_weights(embedder: Embedder) -> None:
    bare = [each.model_copy(update={"similar_questions": (), "aliases": ()}) for each in make_small_base()]
    index = SearchIndex(bare, embedder.embed)
    result = search(index, embedder, "老年人高龄津贴怎么申领")
    assert not index.is_rich
    assert result.first.code == "S06"
