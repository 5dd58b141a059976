"""The private jieba dictionary."""

from __future__ import annotations

from pathlib import Path

import jieba
import pytest

from bot.components import segmenter
from bot.components.segmenter import domain_words, load_segmenter, read_segmenter, write_segmenter

SENTENCE = "帮我查粤居码登记"
WORDS = ("粤居码", "西联")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process: no dictionary is loaded."""
    monkeypatch.setattr(segmenter, "_shared", {})


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


@pytest.mark.usefixtures("alone")
def test_a_dictionary_read_back_is_the_one_that_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = load_segmenter(WORDS)
    write_segmenter(WORDS, tmp_path)
    monkeypatch.setattr(segmenter, "_shared", {})
    assert read_segmenter(tmp_path) == WORDS
    found = load_segmenter(WORDS)
    assert found is not made
    assert (found.FREQ, found.total) == (made.FREQ, made.total)


@pytest.mark.usefixtures("alone")
def test_a_dictionary_that_is_loaded_is_not_read_again(tmp_path: Path) -> None:
    made = load_segmenter(WORDS)
    write_segmenter(WORDS, tmp_path)
    read_segmenter(tmp_path)
    assert load_segmenter(WORDS) is made


@pytest.mark.usefixtures("alone")
def test_only_a_few_dictionaries_are_kept() -> None:
    for words in (("粤居码",), ("西联",), ("龙归",)):
        load_segmenter(words)
    assert len(segmenter._shared) == segmenter.MOST_SHARED
