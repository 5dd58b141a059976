"""Put the whole system together: `create_app(settings)` is the one place where every part meets."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from actions.cards import status_card
from bot import background, outward
from bot.channels.api import channel as api
from bot.channels.errors import RateLimited
from bot.channels.open311 import channel as open311
from bot.channels.open311.settings import Open311Settings
from bot.channels.open311.signature import parse_keys
from bot.channels.web import channel as citizen_web
from bot.channels.web.notices import CitizenNotices
from bot.channels.web.settings import WebSettings
from bot.dialogue import Dialogue, open_dialogue
from bot.settings import BadSetting, Settings
from hotline import store
from hotline.errors import OrderNotFound, TooManyAttempts
from hotline.public import main_of
from hotline.watch import run_due_jobs
from knowledge_base.from_reply import ReplyDrafts
from storage.engine import create_engine
from storage.private import private_folder

LOG = logging.getLogger(__name__)
WATCH_SECONDS = 2.0

DIALOGUE: web.AppKey[Dialogue] = web.AppKey("dialogue", Dialogue)


async def create_app(settings: Settings) -> web.Application:
    """Build the application, ready to serve: database migrated, knowledge and model loaded and warm.

    Raises BadSetting before anything is loaded.
    """
    outward.check(settings)
    web_settings, open311_settings = web_settings_of(settings), open311_settings_of(settings)
    engine = create_engine(settings.database_url)
    stack = AsyncExitStack()
    dialogue = await stack.enter_async_context(open_dialogue(settings, engine))
    now = dialogue.services.now
    app = web.Application()
    app[DIALOGUE] = dialogue
    conversations = citizen_web.setup(app, dialogue=dialogue, engine=engine, settings=web_settings)

    async def find_order(number: str, query_code: str) -> dict[str, Any] | None:
        return await asyncio.to_thread(_find_order, dialogue, number, query_code)

    api.setup(app, conversations=conversations, find_order=find_order, settings=web_settings)
    open311.setup(app, engine=engine, settings=open311_settings)
    app.router.add_get("/healthz", healthz)
    deliverers = await stack.enter_async_context(outward.open_outward(settings, engine, now))
    background.setup(
        app,
        engine=engine,
        deliverers={**deliverers, "citizen": CitizenNotices(conversations), "knowledge": ReplyDrafts(engine)},
        run_jobs=lambda engine, now: run_due_jobs(engine, now=now),
        now=now,
    )

    async def watch(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(watch_knowledge(dialogue))
        yield
        task.cancel()

    app.cleanup_ctx.append(watch)

    async def close(_: web.Application) -> AsyncIterator[None]:
        yield
        await stack.aclose()
        engine.dispose()

    app.cleanup_ctx.insert(0, close)  # opened first, closed last
    return app


async def watch_knowledge(dialogue: Dialogue, every_seconds: float = WATCH_SECONDS) -> None:
    """Take up what another process publishes (`kb import`, another worker), within `every_seconds`."""
    while True:
        await asyncio.sleep(every_seconds)
        try:
            await asyncio.to_thread(dialogue.services.knowledge.reload)
        except Exception:
            LOG.exception("the knowledge could not be reloaded; the last picture stays in use")


async def healthz(request: web.Request) -> web.Response:
    """Up, with the version of the knowledge that is served."""
    version = request.app[DIALOGUE].services.knowledge.picture.version
    return web.json_response({"status": "ok", "knowledge": version})


def web_settings_of(settings: Settings) -> WebSettings:
    """The part of the settings that the citizen channels need; raises BadSetting for one they refuse."""
    keys = (settings.secret_key or stored_secret(settings.data_dir), settings.previous_secret_key)
    try:
        return WebSettings(
            secret_keys=tuple(key for key in keys if key),
            public_url=settings.public_url,
            embed_origins=settings.allowed_origins,
            trusted_proxies=settings.trusted_proxies,
            conversation_days=settings.conversation_days,
            conversation_per_minute=float(settings.messages_per_minute),
            address_per_minute=float(settings.messages_per_minute_per_address),
        )
    except ValueError as error:
        raise BadSetting(f"PUBLIC_URL 或 ALLOWED_ORIGINS 无效：{error}") from error


def open311_settings_of(settings: Settings) -> Open311Settings:
    """The part of the settings that Open311 needs; raises BadSetting for one it refuses, never naming a key."""
    try:
        given = Open311Settings(
            api_keys=parse_keys(settings.open311_api_keys),
            jurisdiction=settings.open311_jurisdiction,
            public_url=settings.public_url,
            trusted_proxies=settings.trusted_proxies,
            address_per_minute=float(settings.messages_per_minute_per_address),
        )
    except ValueError as error:
        raise BadSetting(f"PUBLIC_URL 或 OPEN311_API_KEYS 无效：{error}") from error
    return replace(given, contact=settings.open311_contact) if settings.open311_contact else given


def stored_secret(data_dir: Path) -> str:
    """The signing key of this installation: made once, readable by its owner only."""
    path = data_dir / "secret_key"
    private_folder(data_dir)
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass  # made at an earlier start
    return path.read_text(encoding="utf-8").strip()


def _find_order(dialogue: Dialogue, number: str, query_code: str) -> dict[str, Any] | None:
    services = dialogue.services
    now = services.now()
    try:
        order = store.find(services.engine, number, query_code, now=now)
    except OrderNotFound:
        return None
    except TooManyAttempts as error:
        wait = max((error.retry_at - now) / timedelta(seconds=1), 1.0)
        raise RateLimited("查询码连续输错次数过多，请稍后再试。", wait) from error
    history = store.history(services.engine, order.number)
    return status_card(order, history, main_of(services.engine, order))
