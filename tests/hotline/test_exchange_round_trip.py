"""Export → import into an empty base: every exchanged field is the same; what is not, is said here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from hotline import store
from hotline.demo import seed_demo
from hotline.exchange import export_file, import_file
from hotline.invariants import broken_invariants
from hotline.listing import list_orders
from hotline.model import WorkOrder
from hotline.replies import read_replies
from hotline.rows import read_co_units
from hotline.states import State
from storage.engine import create_engine, migrate
from tests.hotline.exchange_tables import read_csv

PRESENT = datetime(2025, 12, 31, 15, 0, tzinfo=UTC)
SAME = (
    "source",
    "source_sub",
    "type",
    "urgency",
    "privacy",
    "public_reply",
    "title",
    "content",
    "category",
    "town",
    "town_code",
    "location",
    "incident_time",
    "appellant_name",
    "appellant_phone",
    "proposed_unit",
    "received_at",
    "due_on",
    "is_threat",
    "is_fictional",
)
SAME_WHEN_FINISHED = ("lead_unit", "reply_text", "closed_at", "resolution", "handling")
SAME_WHEN_RATED = ("satisfaction", "is_default_rating", "rating_text")
ENDED = (State.ARCHIVED, State.CLOSED, State.VISITING, State.EVALUATED, State.ANSWERED_DIRECTLY)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, WorkOrder], dict[str, tuple[str, ...]]]:
    """A seeded base as a file, its orders and their 协办单位 by number."""
    folder = tmp_path_factory.mktemp("original")
    engine = create_engine(f"sqlite:///{folder / 'original.db'}")
    migrate(engine)
    seed_demo(engine, orders=250, first=date(2025, 11, 1), until=PRESENT)
    export_file(engine, folder / "导出.csv", reveal=True)
    orders = {order.number: order for order in list_orders(engine, limit=1_000)}
    with engine.connect() as connection:
        helpers = {number: read_co_units(connection, number) for number in orders}
    engine.dispose()
    return folder / "导出.csv", orders, helpers


def test_every_exchanged_field_is_the_same(
    engine: Engine, original: tuple[Path, dict[str, WorkOrder], dict[str, tuple[str, ...]]]
) -> None:
    path, orders, helpers = original
    report = import_file(engine, path, now=PRESENT)
    assert (report.added, report.refused, report.unknown) == (250, 0, ())
    for again in list_orders(engine, limit=1_000):
        order = orders[again.draft_id]
        same = [*SAME]
        if order.closed_at is not None and order.state in ENDED:
            same += [*SAME_WHEN_FINISHED, *(SAME_WHEN_RATED if order.satisfaction else ())]
            with engine.connect() as connection:
                assert read_co_units(connection, again.number) == helpers[order.number]
        assert {name: _exchanged(again, name) for name in same} == {name: _exchanged(order, name) for name in same}
        assert again.state is _expected(order)


def test_every_imported_order_keeps_the_rules_of_the_desk(
    engine: Engine, original: tuple[Path, dict[str, WorkOrder], dict[str, tuple[str, ...]]]
) -> None:
    import_file(engine, original[0], now=PRESENT)
    for order in list_orders(engine, limit=1_000):
        with engine.connect() as connection:
            replies, helpers = read_replies(connection, order.number), read_co_units(connection, order.number)
        assert broken_invariants(order, store.history(engine, order.number), replies, helpers) == []


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_was_imported_once_goes_out_and_in_unchanged(
    engine: Engine,
    tmp_path: Path,
    suffix: str,
    original: tuple[Path, dict[str, WorkOrder], dict[str, tuple[str, ...]]],
) -> None:
    """Cell by cell; only our own number differs, because it is given anew."""
    import_file(engine, original[0], now=PRESENT)
    export_file(engine, tmp_path / f"一{suffix}", reveal=True)
    export_file(engine, tmp_path / "一.csv", reveal=True)
    base = create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    migrate(base)
    assert import_file(base, tmp_path / f"一{suffix}", now=PRESENT).examples == []
    export_file(base, tmp_path / "二.csv", reveal=True)
    base.dispose()
    first, second = (
        sorted(read_csv(tmp_path / name), key=lambda row: row["诉求编号"]) for name in ("一.csv", "二.csv")
    )
    for row in (*first, *second):
        del row["本系统编号"]
    differing = [
        (row["诉求编号"], key, row[key], other[key])
        for row, other in zip(first, second, strict=True)
        for key in row
        if row[key] != other[key]
    ]
    assert differing == []


def _exchanged(order: WorkOrder, name: str) -> object:
    """The field as a table holds it: times to the second."""
    value = getattr(order, name)
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def _expected(order: WorkOrder) -> State:
    """The documented rule: finished, rejected and merged ones are archived, the rest of the open ones wait for us."""
    if order.state in (State.CANCELLED, State.CLOSED_TIMEOUT):
        return order.state
    is_over = order.closed_at is not None or order.state in (State.REJECTED, State.MERGED, State.ARCHIVED)
    return State.ARCHIVED if is_over and order.state is not State.SUPERVISED else State.SUBMITTED
