"""The temporary base, with a knowledge file of one entry."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.evaluation.base import TemporaryBase, prepare, take_embeddings, temporary_base
from bot.evaluation.errors import EvaluationError, WrongKnowledge
from bot.settings import Settings
from hotline.store import get
from knowledge_base.store import load, save
from storage.engine import create_engine, migrate
from tests.knowledge_base.factories import CountingEmbedder

EMBEDDER = CountingEmbedder()
ENTRY = {
    "kind": "faq",
    "code": "F01",
    "name": "测试用的一般条目",
    "summary": {"text": "说明。", "confidence": "general"},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(Settings.from_env({}), data_dir=tmp_path / "var", database_url=f"sqlite:///{tmp_path / 'work.db'}")


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    path = tmp_path / "knowledge.json"
    path.write_text(json.dumps({"entries": [ENTRY]}, ensure_ascii=False), encoding="utf-8")
    return path


def codes_of(base: TemporaryBase) -> list[str]:
    engine = create_engine(base.settings.database_url)
    return [str(getattr(record, "code", "")) for record in load(engine)]


def test_base_holds_only_the_file_and_the_known_orders(settings: Settings, knowledge: Path) -> None:
    with temporary_base(settings, knowledge, EMBEDDER) as base:
        assert codes_of(base) == ["F01"]
        assert get(create_engine(base.settings.database_url), "WJ2025031200018").query_code == "483920"
        base.check_untouched()
        database = Path(base.settings.database_url.removeprefix("sqlite:///"))
        assert database.is_file()
    assert not database.exists()


def test_second_preparation_uses_the_first(settings: Settings, knowledge: Path) -> None:
    first = prepare(settings, knowledge, EMBEDDER)
    written = first.stat().st_mtime_ns
    assert prepare(settings, knowledge, EMBEDDER) == first
    assert first.stat().st_mtime_ns == written


def test_other_content_is_another_base(settings: Settings, knowledge: Path) -> None:
    first = prepare(settings, knowledge, EMBEDDER)
    knowledge.write_text(json.dumps({"entries": [ENTRY | {"name": "另一条目"}]}), encoding="utf-8")
    asked = len(EMBEDDER.asked)
    assert prepare(settings, knowledge, EMBEDDER) != first
    assert len(EMBEDDER.asked) - asked < 10  # all other sentences came from the base prepared before


def test_knowledge_published_meanwhile_is_an_error(settings: Settings, knowledge: Path) -> None:
    with temporary_base(settings, knowledge, EMBEDDER) as base:
        engine = create_engine(base.settings.database_url)
        record = load(engine)[0].model_copy(update={"code": "F02"})
        save(engine, [record], author="王", reason="测试", now=datetime(2026, 3, 5, tzinfo=UTC))
        with pytest.raises(WrongKnowledge):
            base.check_untouched()


def test_missing_knowledge_file_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"absent\.yml"):
        prepare(settings, tmp_path / "absent.yml", EMBEDDER)


def test_database_without_vectors_gives_none(settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "target.db"
    engine = create_engine(f"sqlite:///{target}")
    migrate(engine)
    engine.dispose()
    (tmp_path / "empty.db").touch()
    take_embeddings(tmp_path / "empty.db", target)
