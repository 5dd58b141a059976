"""The queries of the 9,000-order benchmark on a smaller base: each reads along an index and gives few rows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from benchmarks.orders import FIRST, PRESENT, Timed, queries, run, table, too_slow
from benchmarks.plans import Sent, full_scans, plan_of, rows_of, watched
from hotline.demo import seed_demo
from hotline.listing import list_orders
from hotline.rows import ORDERS

MOST_ROWS = 60  # a page of 50, or the groups of a report


@pytest.fixture
def seeded(engine: Engine) -> Engine:
    seed_demo(engine, orders=400, first=FIRST, until=PRESENT)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    return engine


def test_no_query_reads_a_whole_table_or_gives_many_rows(seeded: Engine) -> None:
    middle = list_orders(seeded)[25].number
    scans: dict[str, list[str]] = {}
    rows: dict[str, int] = {}
    for name, query in queries(middle).items():
        with watched(seeded) as sent:
            query(seeded)
        assert sent, name
        scans[name] = [step for each in sent for step in full_scans(seeded, each)]
        rows[name] = max(rows_of(seeded, each) for each in sent)
    assert {name: found for name, found in scans.items() if found} == {}
    assert {name: count for name, count in rows.items() if count > MOST_ROWS} == {}


def test_a_full_scan_is_seen(seeded: Engine) -> None:
    with watched(seeded) as sent, seeded.connect() as connection:
        connection.execute(ORDERS.where(sa.column("content") == "没有")).all()
        connection.execute(ORDERS.where(sa.column("number") == "没有")).all()
    assert [bool(full_scans(seeded, each)) for each in sent] == [True, False]


def test_rows_are_counted_as_the_statement_gives_them(seeded: Engine) -> None:
    with watched(seeded) as sent:
        list_orders(seeded, limit=7)
    assert rows_of(seeded, sent[0]) == 7
    assert plan_of(seeded, sent[0])


def test_only_reads_are_watched(engine: Engine) -> None:
    with watched(engine) as sent, engine.begin() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE example (id INTEGER)")
        connection.exec_driver_sql("SELECT 1")
    assert sent == [Sent("SELECT 1", sent[0].parameters)]


def test_the_benchmark_times_every_query(engine: Engine) -> None:
    timed = run(engine, 60, 2, progress=False)
    assert [each.name for each in timed[1:-1]] == list(queries("WJ"))
    assert all(each.p50_ms <= each.p95_ms for each in timed)
    assert "| 列表：最近 50 件 |" in table("示例", timed)


def test_a_query_is_too_slow_above_the_limit_only() -> None:
    fast, slow, export = (
        Timed(name, 1, ms, 1, 1, 1, 1, 0) for name, ms in (("甲", 100), ("乙", 101), ("导出：全部", 900))
    )
    assert too_slow([fast, slow, export]) == ["超出限值：乙 p95 101 > 100 毫秒"]
