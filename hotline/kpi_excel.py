"""The figures as an Excel workbook (考核表): one row per group, and a second sheet that says how each is computed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from hotline.exchange_files import excel_text
from hotline.kpi import Line, ranking, total
from hotline.kpi_measures import MEASURES, RANKED_BY
from hotline.kpi_period import By, Period

BY_LABELS = {By.ALL: "全区", By.UNIT: "承办单位", By.TOWN: "镇街", By.TYPE: "诉求类型", By.MONTH: "月份"}
COUNT_COLUMNS = (
    ("registered", "登记数"),
    ("accepted", "受理数"),
    ("dispatched", "派单数"),
    ("closed", "办结数"),
    ("closed_on_time", "按时办结数"),
    ("overdue", "超时数"),
    ("returns", "退单次数"),
    ("rated", "有效评价数"),
    ("default_rated", "默认评价数"),
    ("left_out", "执法、调解类评价数（不计满意率）"),
)
FORMATS = {"%": "0.0%", "小时": "0.0"}
NOTES = (
    "统计范围：登记时间在本期之内的工单（北京时间），不含草稿和已撤回的。",
    "同比：与上一年同期登记数相比。",
    f"名次：按{next(each.label for each in MEASURES if each.code == RANKED_BY)}，行政执法、行政调解类不计入。",
    "以上算式为本系统缺省口径，不是上级考核办法的原文；口径调整见 docs/kpi.md。",
)
HEADER_ROW = 3


def write_workbook(path: Path, period: Period, by: By, lines: Sequence[Line]) -> None:
    """Write the workbook; raises OSError when the file cannot be written."""
    book = openpyxl.Workbook()
    _fill_figures(book.active, period, by, tuple(lines))
    _fill_notes(book.create_sheet("指标说明"))
    book.save(path)


def headers(by: By) -> tuple[str, ...]:
    """The header row of the figures."""
    counts = tuple(label for _, label in COUNT_COLUMNS)
    rates = tuple(each.label if each.unit == "%" else f"{each.label}（{each.unit}）" for each in MEASURES)
    return (BY_LABELS[by], *counts, "登记数同比", *rates, *(("名次",) if by is By.UNIT else ()))


def _fill_figures(sheet: Any, period: Period, by: By, lines: tuple[Line, ...]) -> None:
    sheet.title = "考核表"
    sheet.append([f"武江区 12345 工单办理考核表（{period.first:%Y-%m-%d} 至 {period.last:%Y-%m-%d}）"])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append([])
    sheet.append(headers(by))
    places = ranking(lines) if by is By.UNIT else {}
    for line in (*lines, total(lines)):
        sheet.append(_cells(line, by, places.get(line.key)))
    for cell in sheet[HEADER_ROW]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(cell.column)].width = 18 if cell.column == 1 else 11
    _format_numbers(sheet, by)
    sheet.freeze_panes = f"B{HEADER_ROW + 1}"


def _cells(line: Line, by: By, place: int | None) -> list[Any]:
    counts = [getattr(line.counts, name) for name, _ in COUNT_COLUMNS]
    rates = [line.values[each.code] for each in MEASURES]
    return [excel_text(line.label), *counts, line.growth, *rates, *([place] if by is By.UNIT else [])]


def _format_numbers(sheet: Any, by: By) -> None:
    growth = 1 + len(COUNT_COLUMNS) + 1
    formats = {growth: "+0.0%;-0.0%;0.0%"} | {
        growth + 1 + place: FORMATS[each.unit] for place, each in enumerate(MEASURES)
    }
    for row in sheet.iter_rows(min_row=HEADER_ROW + 1):
        for cell in row:
            cell.number_format = formats.get(cell.column, "General")


def _fill_notes(sheet: Any) -> None:
    sheet.append(["指标", "算式"])
    for each in MEASURES:
        sheet.append([each.label, each.formula])
    sheet.append([])
    for note in NOTES:
        sheet.append(["说明", note])
    sheet.column_dimensions["A"].width = 20
    sheet.column_dimensions["B"].width = 80
    for cell in sheet[1]:
        cell.font = Font(bold=True)
