"""What citizens write is readable by the owner of the process only, on disk and in error messages."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from actions import services
from bot.channel_settings import stored_secret
from bot.settings import Settings
from bot.stores import tracker_store_for
from storage.engine import create_engine, migrate, transaction
from storage.private import ROOT, default_database_url, private_file, private_folder
from storage.tables import order_sequence


@pytest.fixture(params=[0o022, 0o000, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_folder_and_those_above_it_are_for_the_owner_only(tmp_path: Path, umask: int) -> None:
    private_folder(tmp_path / "a" / "b")
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o700, 0o700]


def test_a_folder_that_exists_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert private_folder(tmp_path) == tmp_path
    assert mode(tmp_path) == 0o755


def test_a_folder_where_a_file_stands_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(OSError, match="var"):
        private_folder(tmp_path / "var")


def test_an_older_file_is_closed_and_keeps_its_content(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    path.write_text("内容", encoding="utf-8")
    path.chmod(0o644)
    private_file(path)
    assert mode(path) == 0o600
    assert path.read_text(encoding="utf-8") == "内容"


def test_the_database_and_what_sqlite_puts_beside_it_are_for_the_owner_only(tmp_path: Path, umask: int) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'data' / 'wujiang.db'}")
    migrate(engine)
    with engine.connect() as connection:
        connection.execute(sa.select(order_sequence)).all()
        files = sorted((tmp_path / "data").iterdir())
        assert {path.name for path in files} >= {"wujiang.db", "wujiang.db-wal"}
        assert {mode(path) for path in files} == {0o600}
    assert mode(tmp_path / "data") == 0o700
    engine.dispose()


def test_opening_an_engine_makes_no_file_yet(tmp_path: Path) -> None:
    create_engine(f"sqlite:///{tmp_path / 'later.db'}")
    assert not (tmp_path / "later.db").exists()


def test_conversations_and_the_signing_key_are_for_the_owner_only(tmp_path: Path, umask: int) -> None:
    store = tracker_store_for(Settings.from_env({"DATA_DIR": str(tmp_path / "data")}))
    stored_secret(tmp_path / "data")
    assert {mode(path) for path in (tmp_path / "data").iterdir()} == {0o600}
    assert mode(tmp_path / "data") == 0o700
    store.engine.dispose()


def test_an_error_of_the_database_does_not_repeat_what_was_written(database_url: str) -> None:
    engine = create_engine(database_url)
    migrate(engine)
    secret = "李四 13800138000"
    with pytest.raises(sa.exc.DBAPIError) as caught, transaction(engine) as connection:
        connection.execute(sa.text("INSERT INTO no_such_table (name) VALUES (:name)"), {"name": secret})
    assert secret not in "".join(traceback.format_exception(caught.value))
    engine.dispose()


def test_an_error_of_the_conversations_does_not_repeat_what_was_written(tmp_path: Path) -> None:
    store = tracker_store_for(Settings.from_env({"DATA_DIR": str(tmp_path)}))
    secret = "李四 13800138000"
    with pytest.raises(sa.exc.DBAPIError) as caught, store.engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO no_such_table (name) VALUES (:name)"), {"name": secret})
    assert secret not in str(caught.value)
    store.engine.dispose()


@pytest.mark.parametrize(
    ("env", "url"),
    [
        ({}, f"sqlite:///{ROOT / 'var' / 'wujiang.db'}"),
        ({"DATA_DIR": " ", "DATABASE_URL": ""}, f"sqlite:///{ROOT / 'var' / 'wujiang.db'}"),
        ({"DATA_DIR": "data"}, f"sqlite:///{ROOT / 'data' / 'wujiang.db'}"),
        ({"DATA_DIR": "/srv/bot"}, "sqlite:////srv/bot/wujiang.db"),
        ({"DATA_DIR": "/srv/bot", "DATABASE_URL": "sqlite:////tmp/a.db"}, "sqlite:////tmp/a.db"),
    ],
)
def test_the_database_stands_in_the_data_folder_unless_an_address_is_given(env: dict[str, str], url: str) -> None:
    assert default_database_url(env) == url
    assert Settings.from_env(env).database_url == url


def test_actions_that_run_alone_use_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr(services, "_current", [])
    engine = services.current().engine
    assert engine.url.database == str(tmp_path / "data" / "wujiang.db")
    assert (tmp_path / "data" / "wujiang.db").is_file()
    engine.dispose()
