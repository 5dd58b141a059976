"""What a message means in the light of what was said before, on a small base with the real embedding model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from actions.resolve import Context, Meaning, resolve
from knowledge_base import store
from knowledge_base.base import KnowledgeBase
from knowledge_base.embedding import load_embedder
from knowledge_base.model import Aspect
from knowledge_base.search import Found
from storage.engine import create_engine, migrate
from tests.knowledge_base.factories import make_small_base

RENEWAL = Context(matter="S02", aspect="materials")  # spoken of last: 居民身份证换领, its materials
OFFERED = Context(choices=("S01", "S02", "S03"), aspect="fee")


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('small') / 'base.db'}")
    migrate(engine)
    store.save(engine, make_small_base(), author="李", reason="", now=datetime(2025, 3, 4, tzinfo=UTC))
    yield KnowledgeBase(engine, load_embedder())
    engine.dispose()


def code_of(meaning: Meaning) -> str:
    return meaning.result.first.code


def test_a_whole_question_needs_no_context(knowledge: KnowledgeBase) -> None:
    meaning = resolve(knowledge, "身份证丢了怎么补", Context())
    assert (code_of(meaning), meaning.from_context) == ("S03", False)


@pytest.mark.parametrize(
    ("message", "aspect"),
    [
        ("那多少钱", Aspect.FEE),
        ("要带什么材料", Aspect.MATERIALS),
        ("咁幾耐攞得", Aspect.TIME),
        ("在哪里办", Aspect.WHERE),
    ],
)
def test_a_clipped_question_keeps_the_matter(knowledge: KnowledgeBase, message: str, aspect: Aspect) -> None:
    meaning = resolve(knowledge, message, RENEWAL)
    assert (code_of(meaning), meaning.aspect) == ("S02", aspect)
    assert meaning.result.found is Found.ANSWER
    assert meaning.from_context


@pytest.mark.parametrize("message", ["那老人家呢", "小孩呢"])
def test_another_person_keeps_matter_and_question(knowledge: KnowledgeBase, message: str) -> None:
    meaning = resolve(knowledge, message, RENEWAL)
    assert (code_of(meaning), meaning.aspect) == ("S02", Aspect.MATERIALS)


@pytest.mark.parametrize(
    ("message", "code"), [("不是换，是丢了", "S03"), ("唔係換，係唔見咗", "S03"), ("不是到期，是第一次办", "S01")]
)
def test_a_correction_moves_to_the_neighbour_and_keeps_the_question(
    knowledge: KnowledgeBase, message: str, code: str
) -> None:
    meaning = resolve(knowledge, message, RENEWAL)
    assert (code_of(meaning), meaning.aspect) == (code, Aspect.MATERIALS)


def test_a_matter_that_is_named_leaves_the_one_spoken_of(knowledge: KnowledgeBase) -> None:
    assert code_of(resolve(knowledge, "社保卡怎么办理", RENEWAL)) == "S05"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("1", "S01"),
        ("第二个", "S02"),
        ("选3", "S03"),
        ("第三個吧", "S03"),
        ("丢了的那个", "S03"),
        ("居民身份证换领", "S02"),
    ],
)
def test_a_choice_is_made_by_number_or_in_words_and_keeps_the_question(
    knowledge: KnowledgeBase, message: str, code: str
) -> None:
    meaning = resolve(knowledge, message, OFFERED)
    assert (code_of(meaning), meaning.aspect) == (code, Aspect.FEE)
    assert meaning.result.found is Found.ANSWER


@pytest.mark.parametrize("message", ["都不是", "第四个", "以上都不是"])
def test_a_choice_that_was_not_offered_picks_nothing(knowledge: KnowledgeBase, message: str) -> None:
    assert not resolve(knowledge, message, OFFERED).from_context


def test_a_new_question_after_a_choice_is_a_new_question(knowledge: KnowledgeBase) -> None:
    assert code_of(resolve(knowledge, "我奶奶八十五岁了有没有高龄津贴可以领", OFFERED)) == "S06"


def test_a_single_choice_does_not_swallow_the_next_question(knowledge: KnowledgeBase) -> None:
    assert code_of(resolve(knowledge, "身份证丢了怎么补", Context(choices=("S06",)))) == "S03"


def test_a_matter_that_is_no_longer_published_is_forgotten(knowledge: KnowledgeBase) -> None:
    meaning = resolve(knowledge, "社保卡怎么办理", Context(matter="withdrawn", choices=("withdrawn",)))
    assert code_of(meaning) == "S05"
