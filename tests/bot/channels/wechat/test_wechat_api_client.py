"""Calls to WeChat: errors by table, a token renewed once, and never a second try of what may have been done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.channels.wechat import api_client
from bot.channels.wechat.api_client import Api
from bot.channels.wechat.api_errors import Act, error_table, explain
from bot.channels.wechat.errors import NotConfigured, Refused, Unknown, Unreachable
from bot.channels.wechat.sealing import Sealer
from tests.bot.channels.wechat.account_double import WeChatDouble

SEND = "/cgi-bin/message/custom/send"
LI = "openid-of-li-0001"


@pytest.fixture
async def api(settings: Any, engine: Engine, sealer: Sealer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    monkeypatch.setattr(api_client, "PAUSE_SECONDS", 0.01)
    api = Api(settings(), engine, sealer, lambda: datetime.now(UTC))
    yield api
    await api.close()


async def test_chinese_is_sent_as_it_is(api: Api, wechat: WeChatDouble) -> None:
    wechat.quota[LI] = 1
    await api.send_text(LI, "身份证")
    assert wechat.texts(LI) == ["身份证"]


async def test_a_refused_token_is_renewed_once(api: Api, wechat: WeChatDouble) -> None:
    wechat.quota[LI] = 1
    wechat.errors[SEND] = [42001]
    await api.send_text(LI, "好")
    assert (wechat.texts(LI), wechat.token_fetches) == (["好"], [False, True])


async def test_a_token_that_is_refused_again_is_an_error(api: Api, wechat: WeChatDouble) -> None:
    wechat.errors[SEND] = [40001, 40001]
    with pytest.raises(Refused, match="40001"):
        await api.send_text(LI, "好")


async def test_a_busy_server_is_asked_again(api: Api, wechat: WeChatDouble) -> None:
    wechat.quota[LI] = 1
    wechat.errors[SEND] = [-1, -1]
    await api.send_text(LI, "好")
    assert wechat.texts(LI) == ["好"]


async def test_an_answer_that_breaks_off_is_not_tried_again(api: Api, wechat: WeChatDouble) -> None:
    wechat.quota[LI] = 5
    wechat.broken[SEND] = 1
    with pytest.raises(Unknown):
        await api.send_text(LI, "好")
    assert wechat.texts(LI) == ["好"]


async def test_without_a_connection_nothing_was_sent(
    settings: Any, engine: Engine, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_client, "PAUSE_SECONDS", 0.01)
    api = Api(settings(api_url="http://127.0.0.1:9"), engine, sealer, lambda: datetime.now(UTC))
    with pytest.raises(Unreachable):
        await api.send_text(LI, "好")
    await api.close()


async def test_without_a_secret_nothing_is_asked(settings: Any, engine: Engine, sealer: Sealer) -> None:
    api = Api(settings(app_secret="", may_send=False), engine, sealer, lambda: datetime.now(UTC))
    with pytest.raises(NotConfigured):
        await api.call("/cgi-bin/menu/get")


async def test_a_file_that_is_too_large_is_not_read(api: Api, wechat: WeChatDouble) -> None:
    wechat.media["m"] = b"x" * 1001
    assert len(await api.media("m", 1001)) == 1001
    with pytest.raises(Refused):
        await api.media("m", 1000)


def test_the_codes_that_decide_are_in_the_table() -> None:
    acts = {code: explain(code).act for code in (-1, 40001, 42001, 45015, 45047, 48001, 43101, 999999)}
    assert acts == {
        -1: Act.AGAIN,
        40001: Act.RENEW,
        42001: Act.RENEW,
        45015: Act.WINDOW,
        45047: Act.WINDOW,
        48001: Act.PERMISSION,
        43101: Act.GONE,
        999999: Act.OPERATOR,
    }
    assert all(row.means for row in error_table().values())
