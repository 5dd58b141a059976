"""Put the whole system together: `create_app(settings)` is the one place where every part meets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from aiohttp import web

from actions.cards import status_card
from bot import background, outward
from bot.channel_settings import open311_settings_of, web_settings_of, wechat_settings_of
from bot.channels.api import channel as api
from bot.channels.errors import RateLimited
from bot.channels.open311 import channel as open311
from bot.channels.web import channel as citizen_web
from bot.channels.web.notices import CitizenNotices
from bot.channels.wechat import channel as wechat
from bot.dialogue import Dialogue, open_dialogue
from bot.settings import Settings
from hotline import store
from hotline.errors import OrderNotFound, TooManyAttempts
from hotline.public import main_of
from hotline.watch import run_due_jobs
from knowledge_base.from_reply import ReplyDrafts
from storage.delivery import Deliverer
from storage.engine import create_engine

LOG = logging.getLogger(__name__)
WATCH_SECONDS = 2.0

DIALOGUE: web.AppKey[Dialogue] = web.AppKey("dialogue", Dialogue)


async def create_app(settings: Settings) -> web.Application:
    """Build the application, ready to serve: database migrated, knowledge and model loaded and warm.

    Raises BadSetting before anything is loaded.
    """
    outward.check(settings)
    web_settings, open311_settings = web_settings_of(settings), open311_settings_of(settings)
    wechat_settings = wechat_settings_of(settings)
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
    citizen: Deliverer = CitizenNotices(conversations)
    if wechat_settings is not None:
        citizen = wechat.setup(
            app,
            engine=engine,
            conversations=conversations,
            settings=wechat_settings,
            halls=lambda: dialogue.services.knowledge.picture.halls,
            others=citizen,
            now=now,
        )
    deliverers = await stack.enter_async_context(outward.open_outward(settings, engine, now))
    background.setup(
        app,
        engine=engine,
        deliverers={**deliverers, "citizen": citizen, "knowledge": ReplyDrafts(engine)},
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
