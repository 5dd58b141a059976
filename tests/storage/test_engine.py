from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Engine

from storage.engine import create_engine, insert, migrate, newest_revision, transaction
from storage.errors import BadDatabaseUrl
from storage.tables import metadata, order_sequence

ROOT = Path(__file__).parents[2]
DAY = date(2025, 3, 4)
MIGRATE = "import sys; from storage.engine import create_engine, migrate; migrate(create_engine(sys.argv[1]))"


def test_migrated_schema_is_exactly_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(order_sequence.insert(), {"day": DAY, "last": 7})
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(sa.select(order_sequence.c.last)).scalar_one() == 7


def test_processes_that_start_at_once_all_succeed_from_any_folder(database_url: str, tmp_path: Path) -> None:
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, database_url],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    errors = [start.communicate()[1] for start in starts]
    assert [start.returncode for start in starts] == [0, 0, 0, 0], errors
    with create_engine(database_url).connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).all() == [(newest_revision(),)]


def test_threads_of_one_process_may_migrate_at_once(database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: migrate(create_engine(database_url)), range(4)))


def test_transactions_that_read_before_they_write_take_turns(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(order_sequence.insert(), {"day": DAY, "last": 0})

    def add_one(_: int) -> None:
        with transaction(engine) as connection:
            last = connection.execute(sa.select(order_sequence.c.last).with_for_update()).scalar_one()
            connection.execute(order_sequence.update().values(last=last + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add_one, range(20)))
    with engine.connect() as connection:
        assert connection.execute(sa.select(order_sequence.c.last)).scalar_one() == 20


def test_an_error_rolls_the_transaction_back(engine: Engine) -> None:
    with pytest.raises(RuntimeError), transaction(engine) as connection:
        connection.execute(order_sequence.insert(), {"day": DAY, "last": 1})
        raise RuntimeError("stop")
    with engine.connect() as connection:
        assert connection.execute(sa.select(order_sequence)).all() == []


def test_insert_can_update_on_conflict_on_either_engine(engine: Engine) -> None:
    for _ in range(2):
        with transaction(engine) as connection:
            statement = insert(connection, order_sequence).values(day=DAY, last=1)
            changes = {"last": order_sequence.c.last + 1}
            connection.execute(statement.on_conflict_do_update(index_elements=["day"], set_=changes))
    with engine.connect() as connection:
        assert connection.execute(sa.select(order_sequence.c.last)).scalar_one() == 2


@pytest.mark.parametrize("url", ["", "nonsense", "mysql://u:hunter2@host/db", "sqlite://", "sqlite:///:memory:"])
def test_unusable_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(BadDatabaseUrl) as refusal:
        create_engine(url)
    assert "hunter2" not in str(refusal.value)


def test_short_postgres_address_is_understood() -> None:
    engine = create_engine("postgres://someone@host/db")
    assert engine.dialect.name == postgresql.dialect.name


def test_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    migrate(create_engine(f"sqlite:///{tmp_path}/new folder/100%/hotline.db"))
    assert (tmp_path / "new folder" / "100%" / "hotline.db").exists()


def test_a_further_connection_leaves_the_locks_of_the_first_alone(tmp_path: Path) -> None:
    """Otherwise the next process that closes the file removes the log that this one goes on writing."""
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    first = create_engine(url)
    migrate(first)
    with first.connect() as held:
        held.execute(sa.select(order_sequence)).all()
        first.connect().close()
        visit(url, "pass")
        with transaction(first) as connection:
            connection.execute(order_sequence.insert(), {"day": DAY, "last": 7})
        seen = visit(url, "print(connection.execute(sa.select(order_sequence.c.last)).scalar())")
    assert seen == "7"


def visit(url: str, statement: str) -> str:
    """Run a statement in another process that opens the database and closes it again; what it printed."""
    script = f"""
import sqlalchemy as sa
from storage.engine import create_engine
from storage.tables import order_sequence
engine = create_engine({url!r})
with engine.connect() as connection:
    connection.execute(sa.select(order_sequence)).all()
    {statement}
engine.dispose()
"""
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()
