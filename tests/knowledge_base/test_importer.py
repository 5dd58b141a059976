"""A knowledge file of either format is brought in; a second run changes nothing; refusals are told row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from knowledge_base.errors import BadFile
from knowledge_base.importer import ImportReport, import_file, import_shipped, read_knowledge
from knowledge_base.store import Change, load, load_entries

NOW = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)
ENTRIES = [{"kind": "guide", "code": "T01", "name": "示例事项"}, {"kind": "guide", "code": "T02"}]
PORTAL = {"TASK_CODE": "AB12", "TASK_NAME": "门户事项", "DEPT_NAME": "示例委员会"}


def bring_in(engine: Engine, path: Path) -> ImportReport:
    return import_file(engine, path, author="李", now=NOW)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("own.yml", f"entries: {json.dumps(ENTRIES)}", "T01"),
        ("own.json", json.dumps({"entries": ENTRIES}), "T01"),
        ("portal.jsonl", json.dumps(PORTAL), "AB12"),
        ("portal.txt", "\ufeff" + json.dumps(PORTAL), "AB12"),
    ],
)
def test_every_known_format_is_read(tmp_path: Path, name: str, text: str, code: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert [record.code for record in read_knowledge(path).records] == [code]  # type: ignore[attr-defined]


def test_a_second_run_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"entries": ENTRIES}), encoding="utf-8")
    assert bring_in(engine, path).counts == {Change.ADDED: 1}
    assert bring_in(engine, path).counts == {Change.UNCHANGED: 1}


def test_the_report_tells_counts_and_each_refused_row(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"entries": ENTRIES}), encoding="utf-8")
    assert bring_in(engine, path).lines() == [
        "新增 1，更新 0，未变 0，拒收 1",
        "  第 2 行 （无名称）：guide.name：缺少此项",
    ]


@pytest.mark.parametrize("name", ["none.yml", "none.jsonl", "none.txt"])
def test_a_file_that_is_not_there_is_a_bad_file_and_leaves_the_base_alone(
    engine: Engine, tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadFile):
        bring_in(engine, tmp_path / name)
    assert load(engine) == []


def test_what_ships_is_brought_in_once_and_read_back(engine: Engine) -> None:
    first = import_shipped(engine, now=NOW)
    second = import_shipped(engine, now=NOW)
    assert first.counts.keys() == {Change.ADDED}
    assert second.counts == {Change.UNCHANGED: first.counts[Change.ADDED]}
    assert {f"M{number:02}" for number in range(1, 43)} <= {entry.code for entry in load_entries(engine)}


def test_what_staff_changed_stays_when_the_shipped_knowledge_is_brought_in_again(
    engine: Engine, tmp_path: Path
) -> None:
    import_shipped(engine, now=NOW)
    shipped = {"kind": "guide", "code": "M03", "name": "居民身份证丢失补领（窗口核实后的名称）"}
    path = tmp_path / "changed.json"
    path.write_text(json.dumps({"entries": [shipped]}), encoding="utf-8")
    bring_in(engine, path)
    report = import_shipped(engine, now=NOW)
    assert report.counts[Change.UPDATED] == 0
    assert {entry.code: entry.name for entry in load_entries(engine)}["M03"] == shipped["name"]
