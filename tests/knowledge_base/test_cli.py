"""`python -m bot kb …` on a small base: what goes in comes out again, and what is stored can be listed and searched."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from knowledge_base import cli, store
from knowledge_base.model import Level
from storage.engine import create_engine, migrate
from tests.knowledge_base.factories import make_channel, make_guide, make_small_base, make_statement

NOW = datetime(2025, 3, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def engine(sqlite_url: str) -> Engine:
    """SQLite only: the store's own tests run on both."""
    engine = create_engine(sqlite_url)
    migrate(engine)
    records = [
        *make_small_base(),
        make_channel(),
        make_guide(conditions=(make_statement("本区户籍。"),), delegated_to=(Level.TOWN,)),
    ]
    store.save(engine, records, author="李", reason="", now=NOW)
    return engine


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(["kb", *words])
    status: int = args.run(args, engine)
    return status


@pytest.mark.parametrize("suffix", ["yml", "json"])
def test_importing_an_export_changes_nothing(
    engine: Engine, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before, version = store.load(engine), store.fingerprint(engine)
    path = tmp_path / f"all.{suffix}"
    assert run(engine, "export", str(path)) == 0
    assert run(engine, "import", str(path)) == 0
    assert f"新增 0，更新 0，未变 {len(before)}，拒收 0" in capsys.readouterr().out
    assert store.load(engine) == before
    assert store.fingerprint(engine) == version


def test_an_export_fills_an_empty_base_with_the_same_records(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "all.yml"
    run(engine, "export", str(path))
    other = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(other)
    assert run(other, "import", str(path)) == 0
    assert store.load(other) == store.load(engine)


def test_an_import_reports_refused_rows_and_keeps_the_sound_ones(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.json"
    rows = [{"kind": "guide", "code": "T02", "name": "新事项"}, {"kind": "guide", "code": "T03", "nmae": "写错了"}]
    path.write_text(json.dumps({"entries": rows}, ensure_ascii=False), encoding="utf-8")
    assert run(engine, "import", str(path)) == 1
    shown = capsys.readouterr().out
    assert "新增 1" in shown
    assert "拒收 1" in shown
    assert "第 2 行" in shown
    assert {"T02", "T03"} & {getattr(record, "code", "") for record in store.load(engine)} == {"T02"}


def test_list_shows_every_record_with_its_kind(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(store.load(engine))
    assert any("S03" in line and "居民身份证丢失补领" in line and line.startswith("guide") for line in lines)


def test_list_can_show_one_kind_only(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "list", "--kind", "channel") == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "粤省事" in line


def test_search_shows_the_best_entry_first(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "search", "身份证丢了怎么补") == 0
    shown = capsys.readouterr().out
    places = {code: shown.index(code) for code in ("S03", "S02") if code in shown}
    assert min(places, key=lambda code: places[code]) == "S03"


def test_search_reads_traditional_characters(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "search", "身份證唔見咗點補") == 0
    assert "S03" in capsys.readouterr().out
