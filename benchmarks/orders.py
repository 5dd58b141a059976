"""`python -m benchmarks.orders`: how fast lists, filters, reports and dashboard figures are with a year of orders.

Each time also as a multiple of one trivial lookup by key in the same run, which tells more when the machine is busy.
Runs on a temporary SQLite file, and on PostgreSQL in a schema of its own when --postgres gives an address.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from tqdm import tqdm

from benchmarks.plans import full_scans, rows_of, watched
from hotline import store
from hotline.deadlines import SHANGHAI
from hotline.demo import seed_demo
from hotline.exchange import export_file
from hotline.kpi import measure
from hotline.kpi_period import By, Period
from hotline.listing import OrderFilter, count_orders, list_orders
from hotline.model import OrderType
from hotline.rows import read_order
from hotline.states import OPEN_STATES, State
from storage.engine import create_engine, migrate
from storage.tables import work_order

YEAR = 2025
FIRST, PRESENT = date(YEAR, 1, 1), datetime(YEAR, 12, 31, 20, 0, tzinfo=SHANGHAI)
MONTH, WHOLE_YEAR = Period.of_month(YEAR, 10), Period.of_year(YEAR)
UNIT, TOWN = "区城管执法局", "440203002000"
LIMIT_MS = 100.0
ROUNDS = 40
WARM_UP = 2

Query = Callable[[Engine], Any]


@dataclass(frozen=True)
class Timed:
    """Milliseconds of one query; `rows` is the most that one of its statements gives, `scans` whole tables read.

    `cpu_ms` is the processor time of this process, which for SQLite is all of it, however busy the machine is.
    """

    name: str
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    lookups: float  # p50 as a multiple of the lookup by key
    statements: int
    rows: int
    scans: int


def queries(middle: str) -> dict[str, Query]:
    """What is measured; `middle` is the number of an order in the middle of the year."""
    since = datetime(YEAR, 10, 1, tzinfo=SHANGHAI)
    lists = {
        "列表：最近 50 件": OrderFilter(),
        "列表：待受理": OrderFilter(states=(State.SUBMITTED,)),
        "列表：在办": OrderFilter(states=OPEN_STATES),
        "列表：主办单位": OrderFilter(lead_unit=UNIT),
        "列表：主办或协办单位": OrderFilter(unit=UNIT),
        "列表：镇街和类型": OrderFilter(town_code=TOWN, types=(OrderType.CONSULT,)),
        "列表：拟办单位，十月起": OrderFilter(proposed_unit=UNIT, received_from=since),
        "列表：超期": OrderFilter(overdue_on=PRESENT.date()),
        "列表：电话": OrderFilter(appellant_phone="0751-0001234"),
        "查找：文字": OrderFilter(text="夜宵 示例路"),
        "查找：没有的文字": OrderFilter(text="没有这几个字"),
    }
    found: dict[str, Query] = {name: _listing(filters) for name, filters in lists.items()}
    found["翻页：年中起 50 件"] = lambda engine: list_orders(engine, after=middle)
    found["计数：全部"] = count_orders
    found["计数：在办"] = lambda engine: count_orders(engine, OrderFilter(states=OPEN_STATES))
    found["详情：工单"] = lambda engine: store.get(engine, middle)
    found["详情：办理记录"] = lambda engine: store.history(engine, middle)
    for period, label in ((MONTH, "当月"), (WHOLE_YEAR, "全年")):
        for by in By:
            found[f"指标：{label}，{by.value}，含同比"] = _figures(period, by)
    return found


def run(engine: Engine, orders: int, rounds: int, *, progress: bool = True) -> list[Timed]:
    """Seed an empty, migrated base and time every query on it."""
    seed_demo(engine, orders=orders, first=FIRST, until=PRESENT, progress=progress)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
        numbers = connection.execute(sa.select(work_order.c.number).order_by(work_order.c.received_at)).scalars().all()
    middle = numbers[len(numbers) // 2]
    every = queries(middle)
    looked_up = _timed("参照：按编号取一件", engine, _lookup(middle), rounds * 5)
    lookup = looked_up.p50_ms
    timed = [
        _timed(name, engine, query, rounds)
        for name, query in tqdm(every.items(), desc=engine.dialect.name, unit="项", disable=not progress)
    ]
    return [replace(each, lookups=each.p50_ms / lookup) for each in (looked_up, *timed, _export(engine))]


def table(title: str, timed: Sequence[Timed]) -> str:
    """The times as a Markdown table."""
    lines = [
        f"### {title}",
        "",
        "| 查询 | p50 毫秒 | p95 毫秒 | CPU 毫秒 | 对参照 | 语句 | 最多行 | 整表读 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in timed:
        times = (f"{each.p50_ms:.2f}", f"{each.p95_ms:.2f}", f"{each.cpu_ms:.2f}", f"×{each.lookups:.0f}")
        cells = (*times, each.statements, each.rows, each.scans)
        lines.append("| " + " | ".join(map(str, (each.name, *cells))) + " |")
    return "\n".join(lines)


def too_slow(timed: Sequence[Timed]) -> list[str]:
    """Queries whose p95 is above the limit; the export reads everything by its nature and has none."""
    return [
        f"超出限值：{each.name} p95 {each.p95_ms:.0f} > {LIMIT_MS:.0f} 毫秒"
        for each in timed
        if each.p95_ms > LIMIT_MS and not each.name.startswith("导出")
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; with --check the status is 1 when a query passes the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.orders", description=__doc__)
    parser.add_argument("--orders", type=int, default=9_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--postgres", default="", help="address of a PostgreSQL database to measure as well")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true", help=f"status 1 when a p95 is above {LIMIT_MS:.0f} ms")
    args = parser.parse_args(arguments)
    results: dict[str, list[Timed]] = {}
    with tempfile.TemporaryDirectory() as folder, _opened(f"sqlite:///{folder}/orders.db") as engine:
        results["SQLite"] = run(engine, args.orders, args.rounds)
    if args.postgres:
        with _schema(args.postgres) as url, _opened(url) as engine:
            results["PostgreSQL"] = run(engine, args.orders, args.rounds)
    for title, timed in results.items():
        print(table(f"{title}，{args.orders} 件工单", timed))
        print()
    if args.json:
        content = {title: [asdict(each) for each in timed] for title, timed in results.items()}
        args.json.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    slow = [line for timed in results.values() for line in too_slow(timed)]
    print("\n".join(slow), file=sys.stderr)
    return 1 if args.check and slow else 0


def _listing(filters: OrderFilter) -> Query:
    return lambda engine: list_orders(engine, filters)


def _figures(period: Period, by: By) -> Query:
    return lambda engine: measure(engine, period, by, now=PRESENT)


def _lookup(number: str) -> Query:
    def look(engine: Engine) -> Any:
        with engine.connect() as connection:
            return read_order(connection, number)

    return look


def _timed(name: str, engine: Engine, query: Query, rounds: int) -> Timed:
    """Time a query so many times, after a few that do not count, and look at what it asks of the database."""
    times, cpu = [], []
    for round_number in range(WARM_UP + rounds):
        started, cpu_started = time.perf_counter(), time.process_time()
        query(engine)
        if round_number >= WARM_UP:
            times.append((time.perf_counter() - started) * 1000)
            cpu.append((time.process_time() - cpu_started) * 1000)
    with watched(engine) as sent:
        query(engine)
    rows = max((rows_of(engine, each) for each in sent), default=0)
    scans = sum(bool(full_scans(engine, each)) for each in sent)
    return Timed(name, _quantile(times, 0.5), _quantile(times, 0.95), _quantile(cpu, 0.5), 1.0, len(sent), rows, scans)


def _export(engine: Engine) -> Timed:
    """The export once: it reads everything, in portions."""
    with tempfile.TemporaryDirectory() as folder, watched(engine) as sent:
        started, cpu_started = time.perf_counter(), time.process_time()
        export_file(engine, Path(folder) / "orders.csv")
        spent, cpu = (time.perf_counter() - started) * 1000, (time.process_time() - cpu_started) * 1000
    rows = max(rows_of(engine, each) for each in sent[:4])
    return Timed("导出：全部为 CSV（一次）", spent, spent, cpu, 1.0, len(sent), rows, 0)


def _quantile(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        migrate(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _schema(url: str) -> Iterator[str]:
    """The address of a schema that is dropped afterwards."""
    engine, name = create_engine(url), f"bench_{uuid.uuid4().hex}"
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {name}"))
    try:
        options = engine.url.update_query_dict({"options": f"-csearch_path={name}"})
        yield options.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA {name} CASCADE"))
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
