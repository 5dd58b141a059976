"""`orders forward` and `orders links`."""

from __future__ import annotations

import argparse

import pytest
from sqlalchemy.engine import Engine

from hotline import cli_gateway
from hotline.gateway import Receipt
from hotline.gateway_links import save_receipt
from storage.outbox import list_messages
from tests.hotline.cast import Office


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_gateway.add_commands(parser.add_subparsers())
    args = parser.parse_args(words)
    status: int = args.run(args, engine)
    return status


def test_orders_are_queued_and_unknown_ones_named(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    order = Office(engine).file()
    assert run(engine, "forward", order.number.lower(), "WJ2099010100001") == 1
    assert run(engine, "forward", order.number) == 0
    (message,) = list_messages(engine)
    assert (message.subject, message.payload["gateway"]) == (order.number, "open311")
    assert "WJ2099010100001" in capsys.readouterr().err


def test_links_are_listed(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "links") == 0
    assert "没有" in capsys.readouterr().out
    order = Office(engine).file()
    save_receipt(engine, order.number, "open311", Receipt(number="C-1"))
    assert run(engine, "links", "--gateway", "other") == 0
    assert "没有" in capsys.readouterr().out
    assert run(engine, "links") == 0
    assert f"{order.number}  open311  C-1  尚未查询  已送达" in capsys.readouterr().out
