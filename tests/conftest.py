"""Fixtures for all tests. `engine` gives a migrated, empty database; a test that asks for it runs on both engines."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from storage.engine import create_engine, migrate

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    """A PostgreSQL server to make schemas on; without one the test is skipped, or fails when CI=true."""
    engine = create_engine(POSTGRES_URL)
    try:
        engine.connect().close()
    except OperationalError as error:
        complaint = f"PostgreSQL is not reachable (set TEST_POSTGRES_URL): {str(error.orig).strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(complaint)
        pytest.skip(complaint)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgres_url(postgres: Engine) -> Iterator[str]:
    """The address of a schema of its own, dropped after the test."""
    schema = f"test_{uuid.uuid4().hex}"
    with postgres.begin() as connection:
        connection.execute(sa.text(f"CREATE SCHEMA {schema}"))
    url = postgres.url.update_query_dict({"options": f"-csearch_path={schema}"})
    yield url.render_as_string(hide_password=False)
    with postgres.begin() as connection:
        connection.execute(sa.text(f"DROP SCHEMA {schema} CASCADE"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, not migrated yet."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy: migrating takes most of the time of a small test."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    engine = create_engine(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:  # nothing may stay in the log that is not copied
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Engine) -> Iterator[str]:
    """The name of a migrated PostgreSQL database to make others from."""
    name = f"migrated_{uuid.uuid4().hex}"
    _run_alone(postgres, f"CREATE DATABASE {name}")
    engine = create_engine(_at(postgres, name))
    migrate(engine)
    engine.dispose()
    yield name
    _run_alone(postgres, f"DROP DATABASE {name}")


@pytest.fixture
def sqlite_migrated_url(tmp_path: Path, migrated_file: Path) -> str:
    shutil.copy(migrated_file, tmp_path / "test.db")
    return f"sqlite:///{tmp_path / 'test.db'}"


@pytest.fixture
def postgres_migrated_url(postgres: Engine, migrated_postgres: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    _run_alone(postgres, f"CREATE DATABASE {name} TEMPLATE {migrated_postgres}")
    yield _at(postgres, name)
    _run_alone(postgres, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    engine = create_engine(request.getfixturevalue(f"{request.param}_migrated_url"))
    yield engine
    engine.dispose()


def _at(postgres: Engine, name: str) -> str:
    return str(postgres.url.set(database=name).render_as_string(hide_password=False))


def _run_alone(postgres: Engine, statement: str) -> None:
    """Run what PostgreSQL takes outside of a transaction only."""
    with postgres.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(sa.text(statement))
