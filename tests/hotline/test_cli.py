from __future__ import annotations

import argparse

import pytest
from sqlalchemy.engine import Engine

from hotline import cli, store
from tests.hotline.factories import TUESDAY_MORNING, make_draft


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(["orders", *words])
    status: int = args.run(args, engine)
    return status


def test_list_shows_orders_with_name_and_phone_masked(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    order = store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    assert run(engine, "list") == 0
    shown = capsys.readouterr().out
    assert order.number in shown
    assert "李** 139****0000" in shown
    assert "13900000000" not in shown


def test_list_says_so_when_nothing_fits(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    assert run(engine, "list", "--state", "closed") == 0
    assert capsys.readouterr().out == "没有符合条件的工单。\n"


def test_show_gives_the_order_and_its_history_without_secrets(
    engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    order = store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    assert run(engine, "show", order.number.lower()) == 0
    shown = capsys.readouterr().out
    assert "办理期限：2025-03-25，15个工作日" in shown
    assert "2025-03-04 09:30  bot  待提交 → 待受理" in shown
    assert "13900000000" not in shown
    assert f"查询码：{order.query_code}" not in shown


def test_reveal_shows_everything(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    order = store.submit(engine, make_draft(), now=TUESDAY_MORNING)
    run(engine, "show", "--reveal", order.number)
    shown = capsys.readouterr().out
    assert "联系电话：13900000000" in shown
    assert f"查询码：{order.query_code}" in shown


def test_show_of_an_unknown_number_fails(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "show", "WJ2025030499999") == 1
    assert "没有工单" in capsys.readouterr().err


def test_a_limit_below_one_is_refused(engine: Engine) -> None:
    with pytest.raises(SystemExit):
        run(engine, "list", "--limit", "0")
