from __future__ import annotations

from knowledge_base.phrases import (
    SPOKEN_CHARACTERS,
    SUMMARY_CHARACTERS,
    PhraseKind,
    document_of,
    phrases_of,
    summary_of,
)
from tests.knowledge_base.factories import make_guide, make_statement

FORMAL = make_guide("T01", "机动车驾驶证换证", similar_questions=("驾照快到期了",))


def test_a_formal_name_gets_a_phrase_in_everyday_words() -> None:
    spoken = [phrase.text for phrase in phrases_of(FORMAL, 0) if phrase.kind is PhraseKind.SPOKEN]
    assert len(spoken) == 1
    assert spoken[0].startswith("机动车驾驶证换证。")
    assert len(spoken[0]) <= SPOKEN_CHARACTERS


def test_a_name_without_official_terms_gets_none() -> None:
    kinds = [phrase.kind for phrase in phrases_of(make_guide("T02", "闲聊"), 0)]
    assert PhraseKind.SPOKEN not in kinds


def test_no_wording_stands_twice_among_the_phrases_of_an_entry() -> None:
    guide = make_guide("T03", "取水许可", aliases=("取水许可", "打井取水"), similar_questions=("打井取水",))
    texts = [phrase.text for phrase in phrases_of(guide, 0)]
    assert len(texts) == len(set(texts))


def test_the_document_holds_everyday_words_but_no_similar_question() -> None:
    document = document_of(FORMAL)
    assert "换新" in document or "到期" in document
    assert "驾照快到期了" not in document


def test_the_summary_is_short_and_begins_with_the_name() -> None:
    long = make_guide("T04", "取水许可", conditions=(make_statement("条件" * 200),))
    summary = summary_of(long)
    assert summary.startswith("取水许可")
    assert len(summary) <= SUMMARY_CHARACTERS
