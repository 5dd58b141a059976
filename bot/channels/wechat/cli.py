"""`python -m bot wechat menu push | menu show | check`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sqlalchemy.engine import Engine

from bot.channels.wechat import menu
from bot.channels.wechat.api_client import Api
from bot.channels.wechat.api_errors import explain
from bot.channels.wechat.check import check
from bot.channels.wechat.errors import Refused, WeChatError
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.settings import WeChatSettings

GetSettings = Callable[[], WeChatSettings | None]
Run = Callable[[WeChatSettings, Api], Awaitable[int]]
NOT_SET = "没有设置 WECHAT_APPID 和 WECHAT_TOKEN，微信渠道没有打开。怎样设置见 docs/wechat.md。"


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser], get_settings: GetSettings) -> None:
    """Add `wechat` to the program's commands; each takes the arguments and the engine."""
    wechat = commands.add_parser("wechat", help="微信公众号：菜单和检查")
    parts = wechat.add_subparsers(dest="wechat_command", required=True, metavar="PART")
    checking = parts.add_parser("check", help="检查公众号的全部配置，说明哪里不对")
    checking.set_defaults(run=_command(get_settings, run_check))
    menus = parts.add_parser("menu", help="公众号的菜单").add_subparsers(required=True, metavar="ACTION")
    menus.add_parser("push", help="把 menu.yml 发布到公众号").set_defaults(run=_command(get_settings, run_push))
    menus.add_parser("show", help="显示公众号现在的菜单").set_defaults(run=_command(get_settings, run_show))


async def run_check(settings: WeChatSettings, api: Api) -> int:
    """1 when something is wrong."""
    findings = await check(settings, api, _now)
    for finding in findings:
        print(finding)
    return 1 if any(finding.level == "错误" for finding in findings) else 0


async def run_push(settings: WeChatSettings, api: Api) -> int:
    buttons = menu.load_menu(settings.public_url)
    await menu.push(api, buttons)
    print("菜单已发布，手机上几分钟内生效：")
    print("\n".join(menu.lines(buttons["button"])))
    return 0


async def run_show(settings: WeChatSettings, api: Api) -> int:
    print("\n".join(menu.lines(await menu.fetch(api))) or "公众号没有菜单。")
    return 0


def _command(get_settings: GetSettings, run: Run) -> Callable[[argparse.Namespace, Engine], int]:
    def start(_: argparse.Namespace, engine: Engine) -> int:
        settings = get_settings()
        if settings is None:
            print(NOT_SET, file=sys.stderr)
            return 2
        return asyncio.run(_with_api(run, settings, engine))

    return start


async def _with_api(run: Run, settings: WeChatSettings, engine: Engine) -> int:
    api = Api(settings, engine, Sealer(settings.secret_keys), _now)
    try:
        return await run(settings, api)
    except Refused as error:
        print(f"微信没有接受：{explain(error.errcode).means}（{error}）", file=sys.stderr)
    except WeChatError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
    finally:
        await api.close()
    return 2


def _now() -> datetime:
    return datetime.now(UTC)
