from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy.engine import Engine

from hotline import cli_outbox
from storage import outbox
from storage.engine import transaction
from storage.outbox import DeliveryFailed, OutboxMessage

NOW = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)


class Refusing:
    async def deliver(self, message: OutboxMessage) -> None:
        raise DeliveryFailed("the receiver answered 404", retry=False)


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_outbox.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(["outbox", *words])
    status: int = args.run(args, engine)
    return status


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Two dead messages to staff and a waiting one to the gateway."""
    with transaction(engine) as connection:
        for key, target in (("k1", "staff"), ("k2", "staff"), ("k3", "gateway")):
            payload = {"text": "13900000000"}
            outbox.post(connection, key=key, target=target, subject=f"WJ-{key}", payload=payload, now=NOW)
    asyncio.run(outbox.deliver(engine, {"staff": Refusing()}, now=NOW))
    return engine


def test_list_shows_what_did_not_arrive_without_its_contents(
    filled: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(filled, "list") == 0
    shown = capsys.readouterr().out
    assert shown.splitlines() == [
        "已放弃  2025-03-04 09:30  staff  WJ-k1  已试1次  k1  the receiver answered 404",
        "已放弃  2025-03-04 09:30  staff  WJ-k2  已试1次  k2  the receiver answered 404",
        "待发送  2025-03-04 09:30  gateway  WJ-k3  已试0次  k3",
        "合计：待发送 1，已送达 0，已放弃 2",
    ]


def test_list_can_be_narrowed(filled: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    run(filled, "list", "--state", "dead", "--limit", "1")
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["已放弃", "合计：待发送"]
    run(filled, "list", "--target", "gateway")
    assert "WJ-k1" not in capsys.readouterr().out


def test_resend_puts_back_what_is_named(filled: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(filled, "resend", "k1") == 0
    assert capsys.readouterr().out == "重新排队 1 条。\n"
    assert outbox.count_messages(filled) == {"waiting": 2, "delivered": 0, "dead": 1}


def test_resend_of_what_is_not_dead_fails(filled: Engine) -> None:
    assert run(filled, "resend", "k1", "k3") == 1


def test_resend_all(filled: Engine) -> None:
    assert run(filled, "resend", "--all") == 0
    assert outbox.count_messages(filled)["dead"] == 0


def test_resend_without_saying_which_is_refused(filled: Engine) -> None:
    with pytest.raises(SystemExit):
        run(filled, "resend")
