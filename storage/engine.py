"""Open the database, bring it to the current schema, and write to it safely.

Read with `engine.connect()`; write inside `transaction(engine)`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from storage.errors import BadDatabaseUrl
from storage.private import private_file, private_folder

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 15_000  # how long a SQLite writer waits for another one
MIGRATION_LOCK = 4402_03_0001  # any fixed number: PostgreSQL advisory lock of this program's migrations
_one_migration_per_process = threading.Lock()  # alembic keeps its context in module globals


def create_engine(database_url: str) -> Engine:
    """Open `sqlite:///path/to/file.db` or `postgresql://…`; no connection is made yet.

    Raises BadDatabaseUrl for anything else. The folder of a SQLite file is created; folder and file are for their
    owner only. What is written (names, phones) never stands in an error message.
    """
    url = _parse(database_url)
    if url.get_backend_name() == "postgresql":
        engine = sa.create_engine(url, future=True, pool_pre_ping=True, hide_parameters=True)
        sa.event.listen(engine, "handle_error", _without_values)
        return engine
    file = Path(url.database)
    private_folder(file.parent)
    engine = sa.create_engine(
        url, future=True, poolclass=QueuePool, connect_args={"check_same_thread": False}, hide_parameters=True
    )
    sa.event.listen(engine, "do_connect", lambda *_: _close_to_others(file))
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision.

    Does nothing when it is there already, and is safe when several processes start at once: the first one
    migrates, the others wait. Everything happens in one transaction, so a failed migration leaves no trace.
    """
    with _one_migration_per_process, transaction(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config = _alembic_config()
        if MigrationContext.configure(connection).get_current_revision() == newest_revision():
            return
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def newest_revision() -> str:
    """The revision that `migrate` brings a database to."""
    head = ScriptDirectory.from_config(_alembic_config()).get_current_head()
    assert head is not None  # there is always a first revision
    return head


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """A connection to write with: committed at the end, rolled back when an error leaves the block.

    On SQLite the write lock is taken at the start, so that a transaction which reads before it writes
    waits for its turn instead of failing half-way with "database is locked".
    """
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        yield connection


def insert(connection: Connection, table: sa.Table) -> Any:
    """An INSERT that knows `on_conflict_do_update` and `on_conflict_do_nothing` on either engine."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)


def _parse(database_url: str) -> URL:
    try:
        url = make_url(database_url.replace("postgres://", "postgresql://", 1))
        backend = url.get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise BadDatabaseUrl("the database address is not of the form sqlite:///FILE or postgresql://…") from error
    if backend not in ("sqlite", "postgresql"):
        raise BadDatabaseUrl(f"databases of the kind {backend!r} are not supported; use sqlite or postgresql")
    if backend == "sqlite" and url.database in (None, "", ":memory:"):
        raise BadDatabaseUrl("SQLite needs a file: sqlite:///path/to/file.db")
    return url


def _alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _prepare_sqlite(dbapi_connection: Any, _record: Any) -> None:
    dbapi_connection.isolation_level = None  # BEGIN is ours, see _begin_sqlite
    cursor = dbapi_connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a number given to a citizen survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _close_to_others(file: Path) -> None:
    with suppress(OSError):  # a file that cannot be opened: SQLite says so in its own words
        private_file(file)


def _without_values(context: Any) -> None:
    """Keep the first line of what PostgreSQL says: the others repeat the statement and the values (LINE 1, DETAIL)."""
    original, wrapped = context.original_exception, context.sqlalchemy_exception
    lines = str(original).splitlines() or [""]
    original.args = (lines[0],)
    if wrapped is not None:
        wrapped.args = (f"({type(original).__name__}) {lines[0]}",)


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")
