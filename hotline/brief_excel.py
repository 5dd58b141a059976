"""The brief as an Excel workbook: one sheet each for figures, topics, their days, towns, units and notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Font  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from hotline.brief import Brief, made_at_text, names, span, town_header, town_rows
from hotline.exchange_files import excel_text
from hotline.topics import Topic

TOPIC_HEADERS = (
    *("序号", "诉求", "预警", "件数", "诉求人数", "上期人数", "增长倍数", "增长下限", "热度"),
    *("首次", "最近", "活跃天数", "镇街", "地点", "人群", "承办单位", "单位为推测", "关键词", "较分散", "工单编号"),
)
WIDE = {"诉求": 44, "镇街": 22, "地点": 24, "承办单位": 28, "关键词": 36, "工单编号": 50, "说明": 100, "指标": 26}
USUAL_WIDTH = 12
MOST_NUMBERS = 50  # order numbers in one cell
DAY = "yyyy-mm-dd"


def write_workbook(path: Path, brief: Brief) -> None:
    """Write the workbook; raises OSError when the file cannot be written.

    Numbers and dates are real ones; a text that a spreadsheet would take for a formula is stored as text.
    """
    book = openpyxl.Workbook()
    book.remove(book.active)
    _sheet(book, "总体情况", ("指标", "数值"), _figures(brief))
    _sheet(book, "热点诉求", TOPIC_HEADERS, [_topic(at, topic) for at, topic in enumerate(brief.topics, start=1)])
    days = [on for on, _ in brief.figures.per_day]
    received = ("全部登记", *(orders for _, orders in brief.figures.per_day))
    trends = ((topic.title, *topic.trend) for topic in brief.topics)
    _sheet(book, "逐日", ("诉求", *days), [received, *trends])
    _sheet(book, "镇街与类型", town_header(brief), town_rows(brief))
    units = [(each.unit, each.received, each.overdue, each.due_soon) for each in brief.figures.units]
    _sheet(book, "承办单位", ("承办单位", "本期登记", "超期未办结", "即将到期"), units)
    _sheet(book, "说明", ("说明",), [(note,) for note in brief.notes])
    book.save(path)


def _figures(brief: Brief) -> Iterable[Sequence[Any]]:
    figures = brief.figures
    yield "统计期", span(brief.period)
    yield "生成时间", made_at_text(brief)
    yield "本期登记（件）", figures.received
    yield "上期登记（件）", figures.received_before
    yield "上年同期登记（件）", figures.received_year_before
    yield "本期办结（件）", figures.closed
    yield "在办（件）", figures.open_now
    yield "超期未办结（件）", figures.overdue
    yield "即将到期（件）", figures.due_soon
    yield "黄牌（件）", figures.yellow
    yield "红牌（件）", figures.red
    yield "催办（次）", figures.urges
    yield "紧急（件）", figures.urgent
    yield "扬言、自伤（件）", figures.threats
    yield "其中示例数据（件）", figures.fictional


def _topic(place: int, topic: Topic) -> Sequence[Any]:
    growth = topic.growth
    return (
        place,
        topic.title,
        _yes(topic.is_surging),
        topic.messages,
        topic.citizens,
        None if growth is None else growth.before,
        None if growth is None or growth.ratio is None else round(growth.ratio, 2),
        None if growth is None else round(growth.least_ratio, 2),
        topic.heat,
        topic.first_on,
        topic.last_on,
        topic.active_days,
        names(topic.towns),
        topic.place,
        topic.people,
        names(topic.units),
        _yes(topic.is_unit_guessed),
        "、".join(topic.keywords),
        _yes(topic.is_loose),
        "、".join(topic.numbers[:MOST_NUMBERS]),
    )


def _yes(is_so: bool) -> str:
    return "是" if is_so else ""


def _sheet(book: Any, title: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet(title)
    for row in (header, *rows):
        sheet.append([excel_text(cell) if isinstance(cell, str) else cell for cell in row])
    for cell in sheet[1]:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True, vertical="top")
        sheet.column_dimensions[get_column_letter(cell.column)].width = WIDE.get(str(cell.value), USUAL_WIDTH)
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, date):
                cell.number_format = DAY
    sheet.freeze_panes = "B2" if len(header) > 2 else "A2"
