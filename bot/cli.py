"""The command line: `python -m bot serve | prepare | kb … | orders … | wechat … | evaluate … | benchmark | …`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from aiohttp import web

from bot.channel_settings import wechat_settings_of
from bot.channels.wechat import cli as wechat
from bot.channels.wechat.settings import WeChatSettings
from bot.evaluation import cli as evaluation
from bot.settings import OPTIONS, BadSetting, MissingModel, Settings
from hotline import cli as orders
from knowledge_base import cli as knowledge
from knowledge_base.errors import KnowledgeError
from storage.engine import create_engine, migrate
from storage.errors import StorageError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; what is wrong with a setting or file goes to stderr."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    args = _parser().parse_args(arguments)
    try:
        if args.command not in ("orders", "kb", "wechat"):
            return int(args.run(args))
        engine = create_engine(Settings.from_env(os.environ).database_url)
        migrate(engine)
        return int(args.run(args, engine))
    except (BadSetting, KnowledgeError, StorageError, MissingModel) as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="武江区政务服务助手")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="启动服务，打印访问地址")
    serve.add_argument("--port", type=int, help="监听端口（缺省取 PORT；0 表示任选）")
    serve.set_defaults(run=run_serve)
    commands.add_parser("chat", help="在终端里对话").set_defaults(run=run_chat)
    commands.add_parser("prepare", help="迁移数据库并载入随程序发布的知识").set_defaults(run=run_prepare)
    commands.add_parser("settings", help="列出所有环境变量及其含义").set_defaults(run=run_settings)
    knowledge.add_commands(commands)
    orders.add_commands(commands)
    wechat.add_commands(commands, _wechat_settings)
    evaluation.add_commands(commands)
    _add_benchmark(commands)
    return parser


def _wechat_settings() -> WeChatSettings | None:
    return wechat_settings_of(Settings.from_env(os.environ))


def _add_benchmark(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    benchmark = commands.add_parser("benchmark", help="测量启动时间、内存和应答时间")
    benchmark.add_argument("--check", action="store_true", help="超过限值时返回 1")

    def run(args: argparse.Namespace) -> int:
        from benchmarks.turn import run_benchmark  # loads Rasa

        return run_benchmark(is_check=args.check)

    benchmark.set_defaults(run=run)


def run_prepare(_: argparse.Namespace) -> int:
    """Migrate, load the shipped knowledge, compute what is missing of its embeddings."""
    from knowledge_base.base import KnowledgeBase
    from knowledge_base.embedding import load_embedder
    from knowledge_base.importer import import_shipped

    engine = create_engine(Settings.from_env(os.environ).database_url)
    migrate(engine)
    report = import_shipped(engine, now=datetime.now(UTC), progress=True)
    print("知识库：" + report.lines()[0])
    KnowledgeBase(engine, load_embedder()).reload(progress=True)
    return 0


def run_serve(args: argparse.Namespace) -> int:
    """Serve until interrupted."""
    settings = Settings.from_env(os.environ)
    try:
        asyncio.run(_serve(settings, settings.port if args.port is None else args.port))
    except KeyboardInterrupt:
        print("已停止。")
    return 0


def run_chat(_: argparse.Namespace) -> int:
    """Talk to the assistant in the terminal; an empty line or end of input ends it."""
    asyncio.run(_chat(Settings.from_env(os.environ)))
    return 0


async def _chat(settings: Settings) -> None:
    from bot.dialogue import open_dialogue  # imports Rasa, which takes seconds

    conversation_id = f"terminal-{uuid.uuid4().hex}"
    async with open_dialogue(settings) as dialogue:
        print("请输入要问的事，空行结束。")
        while text := (await asyncio.to_thread(sys.stdin.readline)).strip():
            result = await dialogue.turn(conversation_id, text, "terminal")
            for reply in result.replies:
                print(reply.text)
                if reply.quick_replies:
                    print("  ▸ " + "  ▸ ".join(reply.quick_replies))


async def _serve(settings: Settings, port: int) -> None:
    from bot.app import create_app  # imports Rasa, which takes seconds

    runner = web.AppRunner(await create_app(settings), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, port)
    await site.start()
    server = site._server
    bound = server.sockets[0].getsockname()[1] if server is not None and hasattr(server, "sockets") else port
    print(f"已启动：http://{settings.host}:{bound}/ （按 Ctrl+C 停止）", flush=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    try:
        await stop.wait()
        print("已停止。")
    finally:
        await runner.cleanup()


def run_settings(_: argparse.Namespace) -> int:
    """Print every option with its default and meaning."""
    for option in OPTIONS:
        print(f"{option.name}={option.default or '（空）'}\n    {option.help}")
    return 0
