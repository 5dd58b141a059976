"""`python -m bot orders limits …` and `… holidays …`: how long an order may take, and which days are worked."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from hotline.deadlines import ALWAYS, Limit
from hotline.holidays import (
    BadHolidayFile,
    list_holidays,
    parse_day,
    read_holidays,
    remove_holiday,
    set_holidays,
)
from hotline.limits import InvalidLimit, load_calendar, load_limits, remove_limit, set_limit
from hotline.model import OrderType
from storage.engine import transaction

FIELD_LABELS = {"days": "工作日数", "basis": "依据", "updated_by": "修改人"}


def add_commands(orders_commands: Any) -> None:
    """Add `limits show|set|remove` and `holidays show|import|remove` to the commands of `orders`."""
    _add_limits(orders_commands.add_parser("limits", help="办理时限：查看、修改"))
    _add_holidays(orders_commands.add_parser("holidays", help="节假日和调休：查看、导入国务院办公厅的年度通知"))


def _add_limits(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="limits_command", required=True, metavar="COMMAND")
    commands.add_parser("show", help="全部时限，从何时起，依据什么").set_defaults(run=run_show_limits)
    setting = commands.add_parser("set", help="新增或修改一条时限；只影响以后登记的工单")
    removing = commands.add_parser("remove", help="删除一条自己录入的时限")
    for command in (setting, removing):
        command.add_argument("type", choices=[kind.value for kind in OrderType], help="诉求类型")
        command.add_argument(
            "--from", dest="effective_from", type=parse_day, required=True, help="从哪天起，如 2027-01-01"
        )
    setting.add_argument("days", type=int, help="工作日数，含答复")
    setting.add_argument("--basis", required=True, help="依据的文件或约定")
    setting.add_argument("--official", action="store_true", help="依据是正式文件；不加则标明为非官方规定")
    setting.add_argument("--by", dest="updated_by", required=True, help="谁决定的")
    setting.set_defaults(run=run_set_limit)
    removing.set_defaults(run=run_remove_limit)


def _add_holidays(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="holidays_command", required=True, metavar="COMMAND")
    showing = commands.add_parser("show", help="自己录入的日子")
    years = range(2000, 2101)
    showing.add_argument("year", type=int, nargs="?", choices=years, metavar="YEAR", help="年份；缺省为全部")
    showing.set_defaults(run=run_show_holidays)
    importing = commands.add_parser("import", help="导入 CSV，列：日期,是否上班,名称,依据；有一行不合格就都不导入")
    importing.add_argument("file", type=Path)
    importing.set_defaults(run=run_import)
    removing = commands.add_parser("remove", help="删除录入的日子")
    removing.add_argument("days", type=parse_day, nargs="+", metavar="DAY", help="如 2027-01-01")
    removing.set_defaults(run=run_remove_holidays)


def run_show_limits(_: argparse.Namespace, engine: Engine) -> int:
    """Print every limit: the type, its days, since when and on what basis."""
    with engine.connect() as connection:
        limits = load_limits(connection)
    for limit in sorted(limits, key=lambda limit: (list(OrderType).index(limit.order_type), limit.effective_from)):
        since = "一直" if limit.effective_from == ALWAYS else f"{limit.effective_from}起"
        official = "官方" if limit.is_official else "非官方"
        print(f"{limit.order_type.label}  {limit.days}个工作日  {since}  {official}  {limit.basis}")
    return 0


def run_set_limit(args: argparse.Namespace, engine: Engine) -> int:
    """Store one limit; exit status 1 with the reason when it is refused."""
    limit = Limit(OrderType(args.type), args.days, args.basis, args.official, args.effective_from)
    try:
        with transaction(engine) as connection:
            set_limit(connection, limit, updated_by=args.updated_by, now=datetime.now(UTC))
    except InvalidLimit as error:
        print(f"没有保存，{FIELD_LABELS[error.field]}不符合要求：{error}", file=sys.stderr)
        return 1
    print("已保存。")
    return 0


def run_remove_limit(args: argparse.Namespace, engine: Engine) -> int:
    """Remove one stored limit; exit status 1 when there is none."""
    limit = Limit(OrderType(args.type), 1, "", False, args.effective_from)
    with transaction(engine) as connection:
        was_there = remove_limit(connection, limit)
    print("已删除。" if was_there else "没有录入这条时限。", file=sys.stdout if was_there else sys.stderr)
    return 0 if was_there else 1


def run_show_holidays(args: argparse.Namespace, engine: Engine) -> int:
    """Print the stored days, and from which year on holidays are unknown."""
    with engine.connect() as connection:
        days, calendar = list_holidays(connection, args.year), load_calendar(connection)
    for day in days:
        print(f"{day.day}  {'上班' if day.is_worked else '放假'}  {day.name}  {day.basis}")
    if not days:
        print("没有录入。已公布的年份由程序自带。")
    if args.year and not calendar.is_known(date(args.year, 7, 15)):
        print(f"{args.year}年的安排还不完整：需要包含1月1日和10月1日。在此之前期限标为暂定。")
    return 0


def run_import(args: argparse.Namespace, engine: Engine) -> int:
    """Store all days of the file, or none; exit status 1 when lines are refused, 2 when it cannot be read."""
    try:
        days = read_holidays(args.file.read_bytes())
    except OSError as error:
        print(f"读不了 {args.file}：{error.strerror}", file=sys.stderr)
        return 2
    except BadHolidayFile as error:
        for refusal in error.refusals:
            print(f"第{refusal.line}行：{refusal.reason}", file=sys.stderr)
        print("没有导入。", file=sys.stderr)
        return 1
    with transaction(engine) as connection:
        count = set_holidays(connection, days)
    print(f"导入 {count} 天。暂定的答复期限由运行中的服务重新计算。")
    return 0


def run_remove_holidays(args: argparse.Namespace, engine: Engine) -> int:
    """Remove stored days; exit status 1 when one of them was not stored."""
    with transaction(engine) as connection:
        missing = [day for day in args.days if not remove_holiday(connection, day)]
    for day in missing:
        print(f"没有录入 {day}。", file=sys.stderr)
    return 1 if missing else 0
