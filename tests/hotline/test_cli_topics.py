from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from hotline import cli_topics, store
from tests.hotline.briefs import fill
from tests.hotline.factories import TUESDAY_MORNING, make_draft
from tests.hotline.letters import MIXER
from tests.hotline.test_topic_sources import write_file

MARCH = ("--from", "2025-03-01", "--to", "2025-03-31")


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_topics.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(words)
    status: int = args.run(args, engine)
    return status


def test_duplicates_are_listed_with_their_reason(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    order = store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    again = store.submit(engine, make_draft(draft_id="again"), now=TUESDAY_MORNING)
    assert run(engine, "duplicates", order.number) == 0
    shown = capsys.readouterr().out
    assert f"{again.number}  100%  待受理" in shown
    assert "同一诉求人重复反映：同一电话、同一地点" in shown
    assert "13900000000" not in shown


def test_no_duplicates_and_no_order(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    order = store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    assert run(engine, "duplicates", order.number, "--days", "7") == 0
    assert "前后 7 天内没有疑似重复的工单。" in capsys.readouterr().out
    assert run(engine, "duplicates", "WJ2025030499999") == 1
    assert "没有工单" in capsys.readouterr().err


def test_topics_of_the_orders_are_listed(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    fill(engine)
    assert run(engine, "topics", *MARCH) == 0
    shown = capsys.readouterr().out
    assert "2025-03-01 至 2025-03-31，1 项热点" in shown
    assert "1. 【预警】" in shown
    assert "6件，6人，新出现" in shown
    assert "预警规则" in shown


def test_topics_of_a_file_are_listed(engine: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = [*((title, "2025-03-20 9:00", text) for title, text in MIXER), ("坏行", "某天", "")]
    assert run(engine, "topics", *MARCH, "--file", str(write_file(tmp_path, rows))) == 0
    shown = capsys.readouterr().out
    assert "6件，6人，无可比数据" in shown
    assert "有 1 行没有可读的时间或文字，已跳过。" in shown
    assert "上期数据不完整" in shown


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("topics", "--from", "2025-03-02", "--to", "2025-03-01"), "结束日期早于开始日期"),
        (("brief", "--from", "2020-01-01", "--to", "2025-03-01"), "一次最多 366 天"),
        (("topics", *MARCH, "--file", "no-such-file.tsv"), "打不开文件"),
        (("brief", *MARCH, "--format", "xlsx"), "需要用 --out"),
        (("brief", *MARCH, "--out", "no-such-folder/brief.md"), "写不了文件"),
    ],
)
def test_what_cannot_be_done_is_said(
    engine: Engine, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], complaint: str
) -> None:
    assert run(engine, *words) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("words", [("topics", "--from", "gestern"), ("duplicates", "WJ1", "--days", "0")])
def test_bad_arguments_are_refused(engine: Engine, words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        run(engine, *words)


def test_a_brief_goes_to_the_screen_or_into_a_file(
    engine: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    fill(engine)
    assert run(engine, "brief", *MARCH) == 0
    assert capsys.readouterr().out.startswith("# 武江区12345热线研判简报")
    for form, start in (("md", b"# "), ("html", b"<!doctype html>"), ("xlsx", b"PK")):
        path = tmp_path / f"brief.{form}"
        assert run(engine, "brief", *MARCH, "--format", form, "--out", str(path)) == 0
        assert path.read_bytes().lstrip().startswith(start)


def test_without_days_the_last_thirty_are_looked_at(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "topics") == 0
    assert "0 项热点" in capsys.readouterr().out
