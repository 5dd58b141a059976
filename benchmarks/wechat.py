"""Measure the passive reply of the WeChat channel: messages offered at a fixed rate, by a process of its own.

`python -m benchmarks.wechat` asks the real assistant on a temporary database; `--channel-only` answers at once instead,
which shows what the channel costs by itself. No text comes twice, so each is embedded. Prints one JSON object; times
in milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from bot.channels.web import channel as citizen_web
from bot.channels.web.notices import CitizenNotices
from bot.channels.web.settings import WebSettings
from bot.channels.web.turns import Dialogue
from bot.channels.wechat import channel
from bot.channels.wechat.settings import WeChatSettings
from bot.replies import Outcome, Reply, TurnResult
from storage.engine import create_engine, migrate

TOKEN = "benchmark"  # noqa: S105 - of an account that does not exist
KEYS = ("benchmark-key-" + "k" * 32,)
QUESTIONS = ("身份证丢了怎么补办", "医保怎么交", "居住证要什么材料", "生孩子怎么报销", "老人优待证在哪办")
HANG_UP_SECONDS = 5.0


@dataclass(frozen=True)
class Load:
    """So many messages a second, for so many seconds, from so many citizens."""

    per_second: float
    seconds: float
    citizens: int


class Instant:
    """An assistant that needs no time."""

    async def turn(self, conversation_id: str, text: str, channel: str = "web") -> TurnResult:
        return TurnResult(Outcome.ANSWER, (Reply("answer", f"答：{text}"),), message_id="m")

    async def rate(self, conversation_id: str, message_id: str, score: int) -> None:
        """Taken and forgotten."""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--citizens", type=int, default=200)
    parser.add_argument("--channel-only", action="store_true")
    parser.add_argument("--database", default="", help="an empty database instead of a temporary SQLite file")
    args = parser.parse_args(arguments)
    load = Load(args.rate, args.seconds, args.citizens)
    print(json.dumps(asyncio.run(measure(load, is_channel_only=args.channel_only, database=args.database))))


async def measure(load: Load, *, is_channel_only: bool, database: str = "") -> dict[str, Any]:
    """Serve here, offer the load from another process."""
    with tempfile.TemporaryDirectory() as folder:
        url = database or f"sqlite:///{folder}/wechat.db"
        async with _dialogue(url, is_channel_only=is_channel_only) as dialogue:
            runner = web.AppRunner(_app(dialogue, url, Path(folder)), access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            context = multiprocessing.get_context("spawn")
            with context.Pool(1) as pool:
                answer = await asyncio.to_thread(pool.apply, offer, (f"http://127.0.0.1:{port}/wechat", load))
            await runner.cleanup()
            return dict(answer)


def offer(url: str, load: Load) -> dict[str, Any]:
    return asyncio.run(_offer(url, load))


async def _offer(url: str, load: Load) -> dict[str, Any]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        tasks = []
        started = time.perf_counter()
        for number in range(int(load.per_second * load.seconds)):
            await asyncio.sleep(max(0.0, started + number / load.per_second - time.perf_counter()))
            tasks.append(asyncio.create_task(_ask(session, url, number, load.citizens)))
        results = await asyncio.gather(*tasks)
    times = sorted(ms for ms, is_passive in results if is_passive)
    late = sum(not is_passive for _, is_passive in results)
    return {
        "offered_per_second": load.per_second,
        "messages": len(results),
        "passive": len(times),
        "not_passive": late,
        **{f"p{share}_ms": round(times[min(len(times) - 1, len(times) * share // 100)], 1) for share in (50, 95, 99)},
        "max_ms": round(times[-1], 1),
    }


async def _ask(session: aiohttp.ClientSession, url: str, number: int, citizens: int) -> tuple[float, bool]:
    now, nonce = str(int(time.time())), f"n{number}"
    signature = hashlib.sha1("".join(sorted((TOKEN, now, nonce))).encode(), usedforsecurity=False).hexdigest()
    body = (
        f"<xml><ToUserName>gh_benchmark</ToUserName><FromUserName>citizen-{number % citizens:06}</FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType>text</MsgType>"
        f"<Content>{QUESTIONS[number % len(QUESTIONS)]}{number}</Content><MsgId>{number + 1}</MsgId></xml>"
    )
    query = {"timestamp": now, "nonce": nonce, "signature": signature}
    started = time.perf_counter()
    try:
        timeout = aiohttp.ClientTimeout(total=HANG_UP_SECONDS)
        async with session.post(url, params=query, data=body.encode(), timeout=timeout) as response:
            text = await response.text()
    except (aiohttp.ClientError, TimeoutError):
        text = ""
    return (time.perf_counter() - started) * 1000, "<Content>" in text


@asynccontextmanager
async def _dialogue(url: str, *, is_channel_only: bool) -> AsyncIterator[Dialogue]:
    engine = create_engine(url)
    migrate(engine)
    if is_channel_only:
        yield Instant()
        return
    from datetime import UTC, datetime

    from bot.dialogue import open_dialogue  # imports Rasa, which takes seconds
    from bot.settings import Settings
    from knowledge_base.importer import import_shipped

    import_shipped(engine, now=datetime.now(UTC))
    folder = Path(tempfile.mkdtemp())
    async with open_dialogue(replace(Settings.from_env(os.environ), database_url=url, data_dir=folder)) as dialogue:
        yield dialogue


def _app(dialogue: Dialogue, url: str, data_dir: Path) -> web.Application:
    app, engine = web.Application(), create_engine(url)
    conversations = citizen_web.setup(app, dialogue=dialogue, engine=engine, settings=WebSettings(secret_keys=KEYS))
    settings = WeChatSettings(
        appid="wx0123456789abcdef",
        token=TOKEN,
        secret_keys=KEYS,
        data_dir=data_dir,
        message_burst=10_000,
    )
    others = CitizenNotices(conversations)
    channel.setup(app, engine=engine, conversations=conversations, settings=settings, halls=lambda: (), others=others)
    return app


if __name__ == "__main__":
    from bot.process import begin

    begin()
    main()
