"""The menu file keeps WeChat's rules; it is sent and shown; `check` says in Chinese what is wrong."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from bot.channels.wechat import cli, menu
from bot.channels.wechat.api_client import Api
from bot.channels.wechat.check import check
from bot.channels.wechat.errors import BadMenu
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.settings import Mode, WeChatSettings, parse_fields
from tests.bot.channels.wechat.account_double import APPID, SECRET, TOKEN, WeChatDouble
from tests.bot.channels.wechat.conftest import KEYS, Start
from tests.bot.channels.wechat.test_wechat_signature import KEY


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def api(settings: Any, engine: Engine, sealer: Sealer) -> Api:
    return Api(settings(), engine, sealer, now)


def menu_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "menu.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_menu_keeps_the_rules_and_needs_the_address_for_the_page() -> None:
    with_page = menu.load_menu("https://bot.example.gov.cn")["button"]
    assert {"type": "view", "name": "网页版", "url": "https://bot.example.gov.cn/"} in with_page[0]["sub_button"]
    assert "网页版" not in str(menu.load_menu(""))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("button: []", "1 至 3 个"),
        ("button: [{name: 一, say: a}, {name: 二, say: a}, {name: 三, say: a}, {name: 四, say: a}]", "1 至 3 个"),
        ("button: [{name: 名字太长了, say: a}]", "1 至 4 个汉字"),
        ("button: [{name: 一, sub_button: [{name: 这个名字也太长了, say: a}]}]", "1 至 7 个汉字"),
        (f"button: [{{name: 一, say: {'办' * 43}}}]", "超过 128 字节"),
        ("button: [{name: 一, url: 'javascript:alert(1)'}]", "应为 http"),
        (f"button: [{{name: 一, sub_button: [{', '.join(['{name: 二, say: a}'] * 6)}]}}]", "最多 5 个"),
        ("button: [{say: a}]", "格式不对"),
        ("nothing", "格式不对"),
    ],
)
def test_a_menu_that_wechat_would_refuse_is_refused_before(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(BadMenu, match=fault):
        menu.load_menu("", menu_file(tmp_path, text))


async def test_the_menu_is_sent_and_shown(api: Api, wechat: WeChatDouble) -> None:
    assert await menu.fetch(api) == []
    wanted = menu.load_menu("")
    await menu.push(api, wanted)
    assert await menu.fetch(api) == wanted["button"]
    assert "  查工单　查工单" in list(menu.lines(wanted["button"]))
    await api.close()


async def test_check_finds_nothing_wrong_with_a_running_service(
    start: Start, settings: Any, wechat: WeChatDouble, engine: Engine, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await start()
    wechat.templates = [{"priTmplId": "template-0123456789", "content": "编号:{{character_string1.DATA}}\n"}]
    template = {"order_template": "template-0123456789", "order_fields": {"character_string1": "number"}}
    own = settings(public_url=worker.url.removesuffix("/wechat"), mode=Mode.SECURE, aes_key=KEY, **template)
    api = Api(own, engine, sealer, now)
    await menu.push(api, menu.load_menu(own.public_url))
    findings = await check(own, api, now)
    await api.close()
    assert [finding.text for finding in findings if finding.level == "错误"] == []
    assert [finding.text[:4] for finding in findings if finding.level == "注意"] == ["没有设置"]  # no https here


@pytest.mark.parametrize(
    ("path", "errcode", "said"),
    [
        ("/cgi-bin/stable_token", 40013, "AppID 不对"),
        ("/cgi-bin/stable_token", 40125, "AppSecret 不对"),
        ("/cgi-bin/stable_token", 40164, "IP 白名单"),
        ("/cgi-bin/customservice/getkflist", 48001, "没有这个接口的权限"),
    ],
)
async def test_check_says_what_wechat_refuses(
    settings: Any, api: Api, wechat: WeChatDouble, path: str, errcode: int, said: str
) -> None:
    wechat.errors[path] = [errcode]
    findings = await check(settings(), api, now)
    await api.close()
    assert any(finding.level == "错误" and said in finding.text for finding in findings)


async def test_check_says_when_the_callback_uses_another_token(start: Start, settings: Any, api: Api) -> None:
    worker = await start(token="anothertoken1")
    findings = await check(settings(public_url=worker.url.removesuffix("/wechat")), api, now)
    await api.close()
    assert any("同样的 WECHAT_TOKEN" in finding.text for finding in findings if finding.level == "错误")


async def test_check_says_when_nobody_answers_and_the_menu_and_template_differ(
    settings: Any, engine: Engine, sealer: Sealer, wechat: WeChatDouble
) -> None:
    wechat.templates = [{"priTmplId": "template-0123456789", "content": "{{thing1.DATA}}"}]
    template = {"order_template": "template-0123456789", "order_fields": {"thing2": "number"}}
    own = settings(public_url="http://127.0.0.1:9", **template)
    api = Api(own, engine, sealer, now)
    said = "\n".join(map(str, await check(own, api, now)))
    await api.close()
    assert "访问不了 http://127.0.0.1:9/wechat" in said
    assert "menu push" in said
    assert "模板的字段是 thing1" in said
    assert SECRET not in said
    assert TOKEN not in said


def test_the_commands_say_when_wechat_is_not_set(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers(dest="command"), lambda: None)
    args = parser.parse_args(["wechat", "check"])
    assert args.run(args, engine) == 2
    assert "WECHAT_APPID" in capsys.readouterr().err


def test_the_commands_run(engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = WeChatSettings(
        appid=APPID, token=TOKEN, secret_keys=KEYS, data_dir=tmp_path, app_secret=SECRET, api_url="http://127.0.0.1:9"
    )
    parser = argparse.ArgumentParser()
    cli.add_commands(parser.add_subparsers(dest="command"), lambda: own)
    for line in (["wechat", "menu", "show"], ["wechat", "menu", "push"]):
        args = parser.parse_args(line)
        assert args.run(args, engine) == 2
    args = parser.parse_args(["wechat", "check"])
    assert args.run(args, engine) == 1
    assert "连不上 http://127.0.0.1:9" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"appid": "wx1"}, "WECHAT_APPID"),
        ({"token": "no spaces please"}, "WECHAT_TOKEN"),
        ({"aes_key": "short"}, "WECHAT_AES_KEY"),
        ({"mode": Mode.SECURE}, "WECHAT_MODE"),
        ({"previous_aes_key": KEY}, "WECHAT_PREVIOUS_AES_KEY"),
        ({"may_send": True}, "WECHAT_MAY_SEND"),
        ({"order_template": "template-0123456789"}, "WECHAT_ORDER_FIELDS"),
        ({"api_url": "https://api.weixin.qq.com/x"}, "WECHAT_API_URL"),
        ({"secret_keys": ("short",)}, "secret_keys"),
    ],
)
def test_a_bad_setting_is_named_and_a_secret_not_repeated(tmp_path: Path, change: dict[str, Any], name: str) -> None:
    values: dict[str, Any] = {"appid": APPID, "token": TOKEN, "secret_keys": KEYS, "data_dir": tmp_path}
    with pytest.raises(ValueError, match=name) as refused:
        WeChatSettings(**values | change)
    assert "no spaces please" not in str(refused.value)
    assert "short" not in str(refused.value).replace("at least", "")


def test_secrets_are_not_shown(settings: Any) -> None:
    shown = repr(settings(aes_key=KEY))
    assert not [secret for secret in (SECRET, TOKEN, KEY, KEYS[0]) if secret in shown]


def test_the_fields_of_the_template_are_read() -> None:
    assert parse_fields("thing1=sentence, time2 = at") == {"thing1": "sentence", "time2": "at"}


@pytest.mark.parametrize("text", ["thing1", "thing=number", "thing1=secret", "thing1=number,thing1=at"])
def test_bad_fields_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="WECHAT_ORDER_FIELDS"):
        parse_fields(text)
