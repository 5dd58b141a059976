from __future__ import annotations

import json
from pathlib import Path

from bot.evaluation.metrics import Rate
from bot.evaluation.report import Report, Table, render, times, write_json

TABLE = Table("表", ("", "数量"), (("全部", "12"), ("语音 voice", "3")))


def test_plain_table_is_aligned_with_wide_characters() -> None:
    assert render(Report({}, [], [TABLE])).splitlines() == [
        "表",
        "            数量",
        "----------------",
        "全部          12",
        "语音 voice     3",
    ]


def test_markdown_table_escapes_bars() -> None:
    table = Table("表", ("", "值"), (("A|B", "1"),))
    assert render(Report({}, [], [table]), is_markdown=True).splitlines()[2:] == [
        "|  | 值 |",
        "|:--|--:|",
        "| A\\|B | 1 |",
    ]


def test_json_holds_rates_with_their_intervals(tmp_path: Path) -> None:
    path = tmp_path / "new" / "out.json"
    write_json(Report({"by": {"all": Rate(5, 10)}}, [{"id": "1", "text": "好"}], []), path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["summary"]["by"]["all"] == {"hits": 5, "total": 10, "share": 0.5, "low": 0.2366, "high": 0.7634}
    assert document["rows"] == [{"id": "1", "text": "好"}]


def test_times_of_nothing_are_unknown() -> None:
    assert times([]) == {"p50": None, "p95": None, "max": None}
