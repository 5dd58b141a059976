from __future__ import annotations

import argparse
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from hotline import cli, store
from hotline.states import State
from tests.hotline.factories import make_draft

NOW = datetime(2025, 3, 4, 2, 0, tzinfo=UTC)


def run(engine: Engine, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers())
    args = parser.parse_args(["orders", *arguments])
    return int(args.run(args, engine))


@pytest.fixture
def number(engine: Engine) -> str:
    return store.submit(engine, make_draft(), now=NOW).number


def test_an_order_goes_to_its_unit(engine: Engine, number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "move", number, "accept", "--staff", "甲", "--role", "acceptance") == 0
    plan = ("--unit", "区城管执法局", "--opinion", "属市容管理", "--co-unit", "市公安局武江分局")
    assert run(engine, "move", number, "propose", "--staff", "乙", "--role", "dispatcher", *plan) == 0
    assert run(engine, "move", number, "approve", "--staff", "丙", "--role", "auditor") == 0
    order = store.get(engine, number)
    assert (order.state, order.lead_unit) == (State.DISPATCHED, "区城管执法局")
    assert "待签收" in capsys.readouterr().out


def test_what_is_refused_is_explained(engine: Engine, number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "move", number, "approve", "--staff", "丙", "--role", "auditor") == 1
    assert "待受理" in capsys.readouterr().err
    assert store.get(engine, number).state is State.SUBMITTED


def test_an_order_changed_meanwhile_is_left_alone(engine: Engine, number: str) -> None:
    stale = ("--version", "7")
    assert run(engine, "move", number, "accept", "--staff", "甲", "--role", "acceptance", *stale) == 1
    assert store.get(engine, number).state is State.SUBMITTED


def test_the_open_moves_are_listed(engine: Engine, number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "moves", number, "--staff", "甲", "--role", "acceptance") == 0
    out = capsys.readouterr().out
    assert "accept" in out and "不予受理" in out and "approve" not in out


@pytest.mark.parametrize("command", [("move", "WJ2025010199999", "accept"), ("moves", "WJ2025010199999")])
def test_an_unknown_number_is_said(
    engine: Engine, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(engine, *command, "--staff", "甲", "--role", "acceptance") == 1
    assert "没有工单" in capsys.readouterr().err
