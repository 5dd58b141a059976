"""The command line: what each command prints and returns. Nothing of Rasa is loaded here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main
from bot.settings import OPTIONS, ROOT
from knowledge_base import store
from knowledge_base.content import shipped
from storage.engine import create_engine


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for option in OPTIONS:
        monkeypatch.delenv(option.name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def test_settings_lists_every_option_with_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    shown = capsys.readouterr().out
    assert [option.name for option in OPTIONS if f"{option.name}=" not in shown or option.help not in shown] == []


def test_prepare_loads_the_shipped_knowledge_and_a_second_time_changes_nothing(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prepare"]) == 0
    assert f"新增 {len(shipped())}，" in capsys.readouterr().out
    assert main(["prepare"]) == 0
    assert f"新增 0，更新 0，未变 {len(shipped())}，拒收 0" in capsys.readouterr().out
    engine = create_engine(f"sqlite:///{data_dir / 'wujiang.db'}")
    assert len(store.load(engine)) == len(shipped())
    engine.dispose()


def test_a_bad_setting_stops_with_its_name(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "eighty")
    assert main(["orders", "list"]) == 2
    complaint = capsys.readouterr().err
    assert complaint.startswith("bad_setting: ")
    assert "PORT" in complaint


def test_a_bad_database_address_stops_with_its_code(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://example/db")
    assert main(["kb", "list"]) == 2
    assert "bad_database_url" in capsys.readouterr().err


def test_orders_of_a_new_installation_are_none(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["orders", "list"]) == 0
    assert "没有符合条件的工单" in capsys.readouterr().out


def test_a_missing_knowledge_file_is_named(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "import", str(data_dir / "missing.yml")]) == 2
    assert "missing.yml" in capsys.readouterr().err


def test_searching_an_empty_base_says_what_to_do(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kb", "search", "身份证"]) == 2
    assert "prepare" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["fly"], ["kb"], ["orders", "show"], ["serve", "--port", "x"]])
def test_a_wrong_command_is_refused_with_its_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert stopped.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_the_module_runs_as_a_program_and_names_its_commands() -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--help"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    for command in ("serve", "prepare", "settings", "kb", "orders", "evaluate", "benchmark"):
        assert command in done.stdout
