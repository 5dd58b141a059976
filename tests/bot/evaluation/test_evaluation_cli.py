from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from bot.evaluation.cli import add_commands
from tests.bot.evaluation.scripted import tsv


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers(required=True))
    return parser.parse_args(["evaluate", *words])


def test_options_are_read() -> None:
    arguments = parse("questions", "q.tsv", "--json", "out.json", "--knowledge", "k.yml", "--limit", "3")
    assert (arguments.kind, arguments.file, arguments.limit) == ("questions", Path("q.tsv"), 3)
    assert (arguments.json, arguments.knowledge) == (Path("out.json"), Path("k.yml"))


def test_limit_must_be_a_positive_number(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("questions", "q.tsv", "--limit", "0")
    assert "大于 0" in capsys.readouterr().err


def test_faulty_file_ends_with_2_before_anything_is_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = parse("escalation", str(tsv(tmp_path / "e.tsv", "id / message")))
    assert arguments.run(arguments) == 2
    assert "bad_question_file" in capsys.readouterr().err
