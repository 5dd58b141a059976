"""The real channels over the small assistant, as a program of its own: prints its address and serves until it is ended.

Usage: python -m tests.browser.serve_fake DATABASE_URL [PORT] [EMBED_ORIGIN …]
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from aiohttp import web

from bot.channels.api import channel as api
from bot.channels.web import channel as chat
from bot.channels.web.notices import CitizenNotices
from bot.channels.web.settings import WebSettings
from storage.delivery import OutboxMessage
from storage.engine import create_engine, migrate
from tests.bot.channels.fake_dialogue import NUMBER, FakeDialogue, find_order


async def serve(database_url: str, embed_origins: tuple[str, ...], port: int) -> None:
    engine = create_engine(database_url)
    migrate(engine)
    app = web.Application()
    settings = WebSettings(
        secret_keys=("k" * 40,), embed_origins=embed_origins, conversation_burst=200, address_burst=5000, poll_seconds=1
    )
    conversations = chat.setup(app, dialogue=FakeDialogue(), engine=engine, settings=settings)
    api.setup(app, conversations=conversations, find_order=find_order, settings=settings)
    notices = CitizenNotices(conversations)

    async def tell(request: web.Request) -> web.Response:
        """POST /test/notices {key, payload}: what the outbox does when an order changes."""
        body = await request.json()
        moment = datetime.now(UTC)
        payload = {"at": moment.isoformat(), **body["payload"]}
        message = OutboxMessage(1, body["key"], "citizen", NUMBER, payload, moment, moment, 0, "waiting", None, "")
        await notices.deliver(message)
        return web.json_response({})

    app.router.add_post("/test/notices", tell)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, bound_port = runner.addresses[0][:2]
    print(f"http://{host}:{bound_port}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    database, *origins = sys.argv[1:]
    wanted_port = int(origins.pop(0)) if origins and origins[0].isdigit() else 0
    asyncio.run(serve(database, tuple(origins), wanted_port))
