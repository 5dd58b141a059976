"""Citizens keep their conversation when keys change; who leaves can no longer be reached."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.wechat import people
from bot.channels.wechat.sealing import Sealer
from storage.engine import transaction
from storage.tables import wechat_person
from tests.bot.channels.wechat.account_double import WeChatDouble
from tests.bot.channels.wechat.conftest import Start

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
OLD, NEW = "old-key-" + "o" * 32, "new-key-" + "n" * 32
LI = "openid-of-li-0001"


def meet(engine: Engine, sealer: Sealer) -> str:
    with transaction(engine) as connection:
        return people.meet(connection, sealer, LI, NOW)


def test_the_same_citizen_is_found_again(engine: Engine) -> None:
    assert meet(engine, Sealer([OLD])) == meet(engine, Sealer([OLD]))


def test_a_new_key_keeps_the_conversation_at_the_next_contact(engine: Engine) -> None:
    first = meet(engine, Sealer([OLD]))
    assert meet(engine, Sealer([NEW, OLD])) == first
    assert meet(engine, Sealer([NEW])) == first


def test_a_new_key_is_brought_to_everybody_at_the_start(engine: Engine) -> None:
    first = meet(engine, Sealer([OLD]))
    assert people.rekey(engine, Sealer([NEW, OLD])) == 1
    assert people.rekey(engine, Sealer([NEW, OLD])) == 0
    person = people.find(engine, Sealer([NEW]), first)
    assert person is not None
    assert person.openid == LI
    assert meet(engine, Sealer([NEW])) == first


def test_without_its_key_a_copy_is_left_alone(engine: Engine) -> None:
    first = meet(engine, Sealer([OLD]))
    assert people.rekey(engine, Sealer([NEW])) == 0
    person = people.find(engine, Sealer([NEW]), first)
    assert person is not None
    assert person.openid == ""


@pytest.mark.parametrize("table", [wechat_person])
async def test_who_unsubscribes_leaves_no_openid_and_comes_back_to_the_same_conversation(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: Any, table: sa.Table
) -> None:
    worker = await start()
    await wechat.say(worker.url, LI, "问一")
    assert await wechat.event(worker.url, LI, "unsubscribe") == ["success"]
    with engine.connect() as connection:
        assert connection.execute(sa.select(table.c.openid_sealed, table.c.message_at)).all() == [("", None)]
    await wechat.say(worker.url, LI, "问二")
    assert len({conversation for conversation, _, _ in dialogue.turns}) == 1
