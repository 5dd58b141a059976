"""The spaCy pipeline, built from a few patterns."""

from __future__ import annotations

from pathlib import Path

import pytest
from spacy.language import Language

from bot.gazetteer import Pattern
from bot.spacy_pipeline import build_pipeline, load_pipeline

PATTERNS = (
    Pattern("town", "西联", "西联镇"),
    Pattern("matter", "居住证", "M07"),
    Pattern("matter", "居住证签注", "M07S"),
)


@pytest.fixture
def pipeline(tmp_path: Path) -> Language:
    build_pipeline(PATTERNS).to_disk(tmp_path / "pipeline")
    return load_pipeline(tmp_path / "pipeline")


def test_it_reads_back_what_it_wrote(pipeline: Language) -> None:
    entities = pipeline("在西联办居住证").ents
    assert [(each.text, each.label_, each.ent_id_) for each in entities] == [
        ("西联", "town", "西联镇"),
        ("居住证", "matter", "M07"),
    ]


def test_the_longer_name_wins(pipeline: Language) -> None:
    assert [each.ent_id_ for each in pipeline("居住证签注怎么办").ents] == ["M07S"]


@pytest.mark.parametrize("text", ["", " ", "😀\n在西联", "a  b\t西联", "西联" * 500])
def test_no_character_is_lost(pipeline: Language, text: str) -> None:
    assert pipeline(text).text == text
