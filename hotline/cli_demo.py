"""`python -m bot orders seed-demo`: a year of made-up orders, to try the desk, the lists and the figures on."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy.engine import Engine

from hotline.deadlines import SHANGHAI
from hotline.demo import MOST_ORDERS, NotForDemo, seed_demo
from hotline.numbers import day_of

A_YEAR = timedelta(days=365)


def add_commands(subparsers: Any) -> None:
    """Add `seed-demo`; it sets `run`, a function of the parsed arguments and a migrated engine."""
    seeding = subparsers.add_parser("seed-demo", help="写入一年的示例工单（全部虚构，不能删除，勿用于正式数据库）")
    seeding.add_argument("--orders", type=_count, default=9_000, help="件数（缺省 9000）")
    seeding.add_argument("--year", type=_year, help="这一年的工单，如 2025；缺省为到现在为止的一年")
    seeding.add_argument("--seed", type=int, default=1, help="同一个数写出同样的工单（缺省 1）")
    seeding.add_argument("--anyway", action="store_true", help="数据库里有真实工单也写入")
    seeding.set_defaults(run=run_seed)


def run_seed(args: argparse.Namespace, engine: Engine) -> int:
    """Write them; exit status 2 when the base is not for that."""
    now = datetime.now(UTC)
    first, until = day_of(now - A_YEAR) + timedelta(days=1), now
    if args.year:
        first = date(args.year, 1, 1)
        until = min(now, datetime.combine(date(args.year, 12, 31), time(23, 59, 59), SHANGHAI))
    if day_of(until) < first:
        print(f"{args.year} 年还没有到。", file=sys.stderr)
        return 2
    try:
        seeded = seed_demo(
            engine,
            orders=args.orders,
            first=first,
            until=until,
            seed=args.seed,
            progress=True,
            beside_real_orders=args.anyway,
        )
    except NotForDemo as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 2
    print(f"已写入 {seeded.orders} 件示例工单，{seeded.events} 条办理记录，其中 {seeded.is_open} 件在办。")
    return 0


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= MOST_ORDERS:
        raise argparse.ArgumentTypeError(f"1 到 {MOST_ORDERS}")
    return number


def _year(text: str) -> int:
    year = int(text)
    if not 2004 <= year <= 2100:
        raise argparse.ArgumentTypeError("请写成 2025")
    return year
