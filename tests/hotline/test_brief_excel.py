from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from sqlalchemy.engine import Engine

from hotline.brief_excel import write_workbook
from tests.hotline.briefs import make_brief


@pytest.fixture
def book(engine: Engine, tmp_path: Path) -> Any:
    path = tmp_path / "brief.xlsx"
    write_workbook(path, make_brief(engine))
    return openpyxl.load_workbook(path)


def test_there_is_a_sheet_for_each_part_with_a_frozen_header(book: Any) -> None:
    assert book.sheetnames == ["总体情况", "热点诉求", "逐日", "镇街与类型", "承办单位", "说明"]
    assert all(sheet.freeze_panes in ("A2", "B2") for sheet in book)
    assert book["热点诉求"].column_dimensions["B"].width > 40


def test_numbers_and_dates_are_real_ones(book: Any) -> None:
    header, row = ([cell.value for cell in cells] for cells in book["热点诉求"].iter_rows(max_row=2))
    topic = dict(zip(header, row, strict=True))
    assert (topic["件数"], topic["上期人数"], topic["增长倍数"]) == (6, 0, None)
    assert isinstance(topic["增长下限"], float)
    assert topic["首次"] == datetime(2025, 3, 20)
    assert topic["镇街"] == "西联镇 6"
    days = [cell.value for cell in book["逐日"][1]][1:]
    assert (days[0], days[-1], len(days)) == (datetime(2025, 3, 1), datetime(2025, 3, 31), 31)
    assert [cell.value for cell in book["镇街与类型"][2]] == ["西联镇", 6, 0, 6]
    assert sum(cell.value for cell in book["逐日"][2][1:]) == 10


def test_no_cell_is_a_formula(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "brief.xlsx"
    write_workbook(path, make_brief(engine))
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row]
    assert any("HYPERLINK" in str(cell.value) for cell in cells)
    assert all(cell.data_type != "f" for cell in cells)
    assert not any(str(cell.value).startswith(("=", "+", "-", "@")) for cell in cells if cell.data_type == "s")
