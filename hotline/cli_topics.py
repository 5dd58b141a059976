"""`python -m bot orders duplicates | topics | brief`: what repeats, what is hot, and the brief on it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from hotline.brief import LONGEST, Brief, gather, growth_text, names, span, units_text
from hotline.brief_excel import write_workbook
from hotline.brief_html import page
from hotline.brief_markdown import markdown
from hotline.deadlines import SHANGHAI
from hotline.duplicates import DAYS, find_duplicates
from hotline.errors import OrderNotFound
from hotline.exchange_errors import BadTable
from hotline.kpi_period import Period
from hotline.surge import RULE
from hotline.topic_sources import MOST_MESSAGES, Material, read_file, read_orders, without_names
from hotline.topics import LEAST_CITIZENS, Topic, find_topics

USUAL_DAYS = 30  # period that is looked at when none is given


def add_commands(subparsers: Any) -> None:
    """Add the three commands; each sets `run`, a function of the parsed arguments and a migrated engine."""
    repeats = subparsers.add_parser("duplicates", help="可能与这件工单重复的工单，并说明理由")
    repeats.add_argument("number", help="工单编号")
    repeats.add_argument("--days", type=_positive, default=DAYS, help=f"前后多少天（缺省 {DAYS}，系统默认值）")
    repeats.add_argument("--limit", type=_positive, default=10, help="最多列出几件（缺省 10）")
    repeats.set_defaults(run=run_duplicates)
    hot = subparsers.add_parser("topics", help="一段时间内的热点诉求")
    _add_period(hot)
    hot.add_argument("--file", type=Path, help="改为分析这个表格（.tsv、.csv 或 .xlsx；需有标题、时间、内容列）")
    hot.add_argument("--limit", type=_positive, default=20, help="最多列出几项（缺省 20）")
    hot.add_argument("--least", type=_positive, default=LEAST_CITIZENS, help="至少几位诉求人")
    hot.set_defaults(run=run_topics)
    brief = subparsers.add_parser("brief", help="研判简报")
    _add_period(brief)
    brief.add_argument("--format", choices=("md", "xlsx", "html"), default="md", help="缺省 md")
    brief.add_argument("--out", type=Path, help="写入这个文件；md 和 html 缺省输出到屏幕")
    brief.set_defaults(run=run_brief)


def run_duplicates(args: argparse.Namespace, engine: Engine) -> int:
    """Print the candidates; exit status 1 when there is no such order."""
    try:
        found = find_duplicates(engine, args.number, within=timedelta(days=args.days), limit=args.limit)
    except OrderNotFound:
        print(f"没有工单 {args.number}。", file=sys.stderr)
        return 1
    for each in found:
        print(f"{each.number}  {each.score:.0%}  {each.state.label}  {without_names(each.title)}")
        print(f"    {each.kind.label}：{each.reason}")
    if not found:
        print(f"前后 {args.days} 天内没有疑似重复的工单。")
    return 0


def run_topics(args: argparse.Namespace, engine: Engine) -> int:
    """Print the topics; exit status 2 when the file or the period cannot be used."""
    try:
        period = _period(args)
        material = _material(args, engine, period)
    except (BadTable, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    topics = find_topics(material.messages, period, has_before=material.has_before, most=args.limit, least=args.least)
    for line in _topic_lines(topics, period, material):
        print(line)
    return 0


def run_brief(args: argparse.Namespace, engine: Engine) -> int:
    """Write the brief; exit status 2 when the period or the file cannot be used."""
    try:
        period = _period(args)
        if args.format == "xlsx" and args.out is None:
            raise ValueError("Excel 简报需要用 --out 指定文件")
        brief = gather(engine, period, now=datetime.now(UTC))
        _write(brief, args.format, args.out)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"写不了文件 {args.out}：{error.strerror}", file=sys.stderr)
        return 2
    return 0


def _write(brief: Brief, form: str, out: Path | None) -> None:
    if form == "xlsx" and out is not None:
        write_workbook(out, brief)
    else:
        text = page(brief) if form == "html" else markdown(brief)
        if out is None:
            print(text, end="")
            return
        out.write_text(text, encoding="utf-8")
    print(f"已写入 {out}")


def _material(args: argparse.Namespace, engine: Engine, period: Period) -> Material:
    if args.file is not None:
        return read_file(args.file, period)
    with engine.connect() as connection:
        return read_orders(connection, period)


def _topic_lines(topics: tuple[Topic, ...], period: Period, material: Material) -> Iterator[str]:
    yield f"{span(period)}，{len(topics)} 项热点"
    for place, topic in enumerate(topics, start=1):
        marks = "".join(f"【{mark}】" for mark in topic.marks)
        yield f"{place}. {marks}{topic.title}"
        yield f"   {topic.messages}件，{topic.citizens}人，{growth_text(topic)}，热度 {topic.heat:g}"
        yield f"   {topic.first_on} 至 {topic.last_on}，{topic.active_days}天有诉求"
        yield f"   地点：{topic.place or '—'}；镇街：{names(topic.towns)}；单位：{units_text(topic)}"
        yield f"   关键词：{'、'.join(topic.keywords) or '—'}"
    if material.refused:
        yield f"有 {material.refused} 行没有可读的时间或文字，已跳过。"
    if material.is_cut:
        yield f"记录较多，只依据最近的 {MOST_MESSAGES} 条。"
    yield RULE if material.has_before else "上期数据不完整，未计算增长和预警。"


def _add_period(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from", type=_day, dest="first", help=f"第一天，如 2025-03-01（缺省：止日之前共 {USUAL_DAYS} 天）"
    )
    parser.add_argument("--to", type=_day, dest="last", help="最后一天，如 2025-03-31，计算在内（缺省：昨天）")


def _period(args: argparse.Namespace) -> Period:
    last: date = args.last or datetime.now(SHANGHAI).date() - timedelta(days=1)
    first: date = args.first or last - timedelta(days=USUAL_DAYS - 1)
    if last < first:
        raise ValueError("结束日期早于开始日期")
    if (last - first).days + 1 > LONGEST:
        raise ValueError(f"一次最多 {LONGEST} 天")
    return Period(first, last)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("请写成 2025-03-01") from error


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("请写 1 或更大的整数")
    return int(text)
