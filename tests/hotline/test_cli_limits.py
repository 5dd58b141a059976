from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from hotline import cli_limits
from hotline.limits import due_in, load_calendar
from hotline.model import OrderType
from tests.hotline.factories import TUESDAY_MORNING

GOOD = "日期,是否上班,名称,依据\n2099-01-01,否,元旦,示例通知\n2099-10-01,否,国庆节,示例通知\n"


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_limits.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(words)
    status: int = args.run(args, engine)
    return status


def set_complaints(engine: Engine, days: str) -> int:
    return run(engine, "limits", "set", "complaint", days, "--from", "2025-01-01", "--basis", "示例承诺", "--by", "李")


def test_show_says_since_when_on_what_basis_and_whether_official(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(engine, "limits", "show") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "咨询  2个工作日  一直  非官方  本系统默认时限，非官方规定"
    assert lines[1].startswith("咨询  2个工作日  2022-09-01起  官方  《广东省12345")


def test_set_and_remove_change_what_counts(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert set_complaints(engine, "5") == 0
    with engine.connect() as connection:
        assert due_in(connection, OrderType.COMPLAINT, TUESDAY_MORNING).days == 5
    run(engine, "limits", "show")
    assert "投诉  5个工作日  2025-01-01起  非官方  示例承诺" in capsys.readouterr().out
    assert run(engine, "limits", "remove", "complaint", "--from", "2025-01-01") == 0
    with engine.connect() as connection:
        assert due_in(connection, OrderType.COMPLAINT, TUESDAY_MORNING).days == 15
    assert run(engine, "limits", "remove", "complaint", "--from", "2025-01-01") == 1


def test_a_limit_that_cannot_be_stood_by_is_refused_with_the_reason(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_complaints(engine, "0") == 1
    assert "工作日数不符合要求" in capsys.readouterr().err


def test_a_day_that_is_none_is_refused(engine: Engine) -> None:
    with pytest.raises(SystemExit):
        run(engine, "limits", "remove", "complaint", "--from", "明天")


def test_holidays_are_imported_shown_and_removed(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "2099.csv"
    file.write_text(GOOD, encoding="utf-8")
    assert run(engine, "holidays", "import", str(file)) == 0
    with engine.connect() as connection:
        assert load_calendar(connection).is_known(date(2099, 7, 15))
    capsys.readouterr()
    assert run(engine, "holidays", "show", "2099") == 0
    assert capsys.readouterr().out.splitlines()[0] == "2099-01-01  放假  元旦  示例通知"
    assert run(engine, "holidays", "remove", "2099-01-01") == 0
    assert run(engine, "holidays", "remove", "2099-01-01") == 1
    capsys.readouterr()
    run(engine, "holidays", "show", "2099")
    assert "还不完整" in capsys.readouterr().out


def test_a_file_with_one_bad_line_is_not_imported_at_all(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "2099.csv"
    file.write_text(f"{GOOD}2099-13-01,否,示例,示例\n", encoding="utf-8")
    assert run(engine, "holidays", "import", str(file)) == 1
    assert capsys.readouterr().err.startswith("第4行：日期应为")
    run(engine, "holidays", "show")
    assert capsys.readouterr().out == "没有录入。已公布的年份由程序自带。\n"


def test_a_file_that_is_not_there_fails(engine: Engine, tmp_path: Path) -> None:
    assert run(engine, "holidays", "import", str(tmp_path / "none.csv")) == 2
