"""What a function asks of the database: every statement it sends, the plan of each, and how many rows come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine


@dataclass(frozen=True)
class Sent:
    """One SELECT as the driver got it."""

    statement: str
    parameters: Any


@contextmanager
def watched(engine: Engine) -> Iterator[list[Sent]]:
    """The SELECTs that are sent meanwhile, in order."""
    sent: list[Sent] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            sent.append(Sent(statement, parameters))

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def rows_of(engine: Engine, sent: Sent) -> int:
    """How many rows the statement gives."""
    with engine.connect() as connection:
        return len(connection.exec_driver_sql(sent.statement, sent.parameters).all())


def plan_of(engine: Engine, sent: Sent) -> list[str]:
    """The steps of the plan. PostgreSQL is told not to scan: it still does where no index helps, and small tables are
    always scanned otherwise."""
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sent.statement}", sent.parameters).all()
            return [str(row[3]) for row in rows]
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {sent.statement}", sent.parameters).all()
        return [str(row[0]).strip() for row in rows]


def full_scans(engine: Engine, sent: Sent) -> list[str]:
    """Steps of the plan that read a whole table of orders or of their histories."""
    return [step for step in plan_of(engine, sent) if _is_full_scan(step)]


def _is_full_scan(step: str) -> bool:
    if "work_order" not in step:
        return False
    return "Seq Scan" in step or (step.startswith("SCAN") and "INDEX" not in step)
