from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest
from sqlalchemy.engine import Engine

from hotline import cli_kpi
from hotline.cli_kpi import table
from hotline.demo import seed_demo
from hotline.kpi import measure
from hotline.kpi_excel import COUNT_COLUMNS, HEADER_ROW, NOTES, headers, write_workbook
from hotline.kpi_measures import MEASURES, Counts
from hotline.kpi_period import By, Period

NOW = datetime(2025, 12, 31, tzinfo=UTC)


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    cli_kpi.add_commands(parser.add_subparsers(required=True))
    return parser.parse_args(["kpi", *words])


def run(engine: Engine, *words: str) -> int:
    args = parsed(*words)
    status: int = args.run(args, engine)
    return status


@pytest.mark.parametrize(
    ("words", "period"),
    [
        (("--month", "2026-10"), Period(date(2026, 10, 1), date(2026, 10, 31))),
        (("--year", "2025"), Period(date(2025, 1, 1), date(2025, 12, 31))),
        (("--days", "2025-01-30..2025-02-02"), Period(date(2025, 1, 30), date(2025, 2, 2))),
    ],
)
def test_a_period_is_a_month_a_year_or_days(words: tuple[str, str], period: Period) -> None:
    assert parsed(*words).period == period


@pytest.mark.parametrize(
    "words",
    [
        ("--month", "2026-13"),
        ("--month", "十月"),
        ("--year", "25"),
        ("--days", "2025-02-02..2025-01-30"),
        ("--days", "2025-02-02"),
        ("--by", "weather"),
        ("--month", "2026-10", "--year", "2026"),
    ],
)
def test_what_is_no_period_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        parsed(*words)


def test_without_orders_it_says_so(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "--month", "2025-03") == 0
    assert capsys.readouterr().out == "2025-03-01 至 2025-03-31 没有登记的工单。\n"


def test_kpi_prints_the_groups_with_their_sum_and_writes_the_workbook(
    engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed_demo(engine, orders=60, first=date(2025, 11, 1), until=NOW)
    path = tmp_path / "考核表.xlsx"
    assert run(engine, "--year", "2025", "--by", "town", "--xlsx", str(path), "--formulas") == 0
    said = capsys.readouterr().out
    assert "镇街" in said and "合计" in said and "新华街道" in said
    assert "办结率：办结数 ÷ 受理数" in said
    assert path.exists()
    assert run(engine, "--year", "2025", "--xlsx", str(tmp_path / "没有" / "考核表.xlsx")) == 2
    assert "写不了文件" in capsys.readouterr().err


def test_columns_of_the_table_stand_under_each_other(engine: Engine) -> None:
    seed_demo(engine, orders=30, first=date(2025, 11, 1), until=NOW)
    lines = table(By.TYPE, measure(engine, Period.of_year(2025), By.TYPE, now=NOW)).splitlines()
    at = [cli_kpi._width(line[: line.index(word)]) for line, word in ((lines[0], "登记"), (lines[1], "  "))]
    assert at[0] >= at[1] + 2


def test_the_workbook_holds_the_figures_and_how_they_are_computed(engine: Engine, tmp_path: Path) -> None:
    seed_demo(engine, orders=60, first=date(2025, 11, 1), until=NOW)
    lines = measure(engine, Period.of_year(2025), By.UNIT, now=NOW)
    path = tmp_path / "考核表.xlsx"
    write_workbook(path, Period.of_year(2025), By.UNIT, lines)
    book = openpyxl.load_workbook(path)
    figures, notes = book.worksheets
    rows = list(figures.iter_rows(min_row=HEADER_ROW, values_only=True))
    assert rows[0] == headers(By.UNIT)
    assert [row[0] for row in rows[1:]] == [line.label for line in lines] + ["合计"]
    assert rows[1][1] == lines[0].counts.registered
    closing = rows[0].index("办结率")
    assert rows[1][closing] == pytest.approx(lines[0].values["closing"])
    assert figures.cell(HEADER_ROW + 1, closing + 1).number_format == "0.0%"
    told = [tuple(row) for row in notes.iter_rows(values_only=True)]
    assert all((each.label, each.formula) in told for each in MEASURES)
    assert all(("说明", note) in told for note in NOTES)


def test_every_count_of_the_workbook_exists() -> None:
    assert {name for name, _ in COUNT_COLUMNS} <= set(vars(Counts()))


def test_the_document_explains_every_measure_in_the_words_of_the_code() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "kpi.md").read_text(encoding="utf-8")
    assert [each.label for each in MEASURES if f"| {each.label} | {each.formula} |" not in text] == []
