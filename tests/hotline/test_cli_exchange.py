from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from hotline import cli_exchange, store
from tests.hotline.exchange_tables import FINISHED, OPEN, read_csv, write_csv


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_exchange.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(list(words))
    status: int = args.run(args, engine)
    return status


def test_import_and_export_by_command(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_csv(tmp_path / "来.csv", [OPEN | {"来源": ""}, FINISHED, OPEN | {"诉求编号": ""}])
    assert run(engine, "import", str(path), "--source", "民声关注", "--dry-run") == 1
    assert "只作检查，没有写入" in capsys.readouterr().out
    assert store.list_orders(engine) == ()
    assert run(engine, "import", str(path), "--source", "民声关注") == 1
    said = capsys.readouterr().out
    assert "新增 2，已存在 0，拒收 1" in said
    assert "第 4 行：诉求编号：为空" in said
    assert f"拒收的行写在 {tmp_path / '来-拒收.csv'}" in said
    assert len(read_csv(tmp_path / "来-拒收.csv")) == 1
    assert {order.source for order in store.list_orders(engine)} == {"民声热线", "网络问政"}
    days = ["--from", "2025-03-04", "--to", "2025-03-04", "--unit", "区城管执法局"]
    assert run(engine, "export", str(tmp_path / "去.csv"), *days) == 0
    assert f"已导出 2 件到 {tmp_path / '去.csv'}" in capsys.readouterr().out
    assert run(engine, "export", str(tmp_path / "去.xlsx"), "--reveal") == 0
    assert "请妥善保管" in capsys.readouterr().out


def test_what_is_wrong_with_a_file_is_told(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "import", str(tmp_path / "没有.csv")) == 2
    assert "bad_table: 打不开文件" in capsys.readouterr().err
    assert run(engine, "export", str(tmp_path / "去.pdf")) == 2
    assert "bad_table: 不能写 .pdf" in capsys.readouterr().err
    path = write_csv(tmp_path / "来.csv", [OPEN])
    assert run(engine, "import", str(path), "--refused", str(path)) == 2
    assert read_csv(path)[0]["诉求编号"] == OPEN["诉求编号"]


def test_a_day_that_is_none_is_refused() -> None:
    parser = argparse.ArgumentParser()
    cli_exchange.add_commands(parser.add_subparsers(required=True))
    with pytest.raises(SystemExit):
        parser.parse_args(["export", "去.csv", "--from", "三月四日"])
