from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from hotline import cli_learn
from hotline.learned import Target
from hotline.learned_file import load, path_of
from hotline.rows import insert_order
from hotline.states import State
from storage.engine import transaction
from tests.hotline.demands import CATEGORIES, categorised, demands
from tests.hotline.factories import TUESDAY_MORNING, make_order


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_learn.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(["learn", *words])
    status: int = args.run(args, engine)
    return status


def table(path: Path, rows: list[tuple[str, str]]) -> str:
    path.write_text("".join(f"{text}\t{label}\n" for text, label in [("title", "class"), *rows]), encoding="utf-8")
    return str(path)


def test_a_file_teaches_the_category(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, table(tmp_path / "a.tsv", [*categorised()])) == 0
    assert set(load(path_of(Target.CATEGORY)).labels) == set(CATEGORIES.values())
    assert not path_of(Target.UNIT).exists()
    said = capsys.readouterr().out
    assert "事项分类模型" in said
    assert "108 条" in said


def test_the_history_teaches_both(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with transaction(engine) as connection:
        for place, (text, unit) in enumerate(demands()):
            order = make_order(number=f"WJ20250304{place:05d}", draft_id=f"draft-{place}", title="", content=text)
            filed = {"lead_unit": unit, "category": CATEGORIES[unit], "state": State.CLOSED}
            insert_order(connection, make_order(**vars(order) | filed | {"closed_at": TUESDAY_MORNING}))
    assert run(engine, "history") == 0
    assert load(path_of(Target.UNIT)).card.examples == len(demands())
    assert set(load(path_of(Target.CATEGORY)).labels) == set(CATEGORIES.values())
    assert "交叉验证准确率" in capsys.readouterr().out


def test_an_empty_history_teaches_nothing_and_says_so(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "history") == 1
    assert capsys.readouterr().err.count("样本不足") == 2
    assert not path_of(Target.UNIT).exists()


def test_an_unusable_file_ends_with_2(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, str(tmp_path / "none.tsv")) == 2
    assert "bad_examples" in capsys.readouterr().err
