"""Images sent while an order is being filled in: fetched once, kept below DATA_DIR, tied to the order."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.wechat.api_client import Api
from bot.channels.wechat.errors import WeChatError
from bot.channels.wechat.wording import words
from hotline.errors import HotlineError
from hotline.people import SYSTEM
from hotline.remarks import note
from storage.engine import insert, transaction
from storage.tables import order_attachment

LOG = logging.getLogger(__name__)
FOLDER = "attachments"
MOST = 9  # images of one order
ORPHANED = timedelta(days=1)  # after which an image of an order that was never filed is deleted
MEDIA_TYPES = (
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"GIF8", "image/gif", "gif"),
)
_MEDIA_ID = re.compile(r"[\x21-\x7e]{1,256}", re.ASCII)
_attachment = order_attachment.c


class TooMany(Exception):
    """The order has as many images as it may have."""


class Attachments:
    """`fetch` and `assign` are all that the channel needs."""

    def __init__(self, api: Api, engine: Engine, data_dir: Path, largest: int, clock: Callable[[], datetime]) -> None:
        self._api = api
        self._engine = engine
        self._folder = data_dir / FOLDER
        self._largest = largest
        self._clock = clock

    async def fetch(self, conversation_id: str, media_id: str) -> int | None:
        """How many images the order in progress has with this one; None when it could not be got. Raises TooMany."""
        if not _MEDIA_ID.fullmatch(media_id):
            return None
        key = hashlib.sha256(f"{conversation_id}:{media_id}".encode()).hexdigest()
        if await asyncio.to_thread(self._begin, key, conversation_id):
            try:
                content = await self._api.media(media_id, self._largest)
                await asyncio.to_thread(self._keep, key, content)
            except (WeChatError, OSError) as error:
                LOG.warning("an image of %s… could not be fetched: %s", conversation_id[:8], error)
                await asyncio.to_thread(self._change, key, {"state": "failed"})
        return await asyncio.to_thread(self._count, key, conversation_id)

    def assign(self, conversation_id: str, number: str) -> int:
        """Tie the images of the order in progress to the order that was filed; noted in its history."""
        mine = (_attachment.conversation_id == conversation_id, _attachment.number == "", _attachment.state == "stored")
        with transaction(self._engine) as connection:
            count = int(connection.execute(order_attachment.update().where(*mine).values(number=number)).rowcount)
            if count:
                try:
                    note(connection, number, SYSTEM, words("note_attached", count=count), self._clock())
                except HotlineError:
                    LOG.warning("images of %s belong to no order", number)
        return count

    def tidy(self) -> None:
        """Delete the images of orders that were never filed, and what could not be fetched."""
        old = (_attachment.number == "", _attachment.at < self._clock() - ORPHANED)
        with transaction(self._engine) as connection:
            files = connection.execute(sa.select(_attachment.file).where(*old)).scalars().all()
            connection.execute(order_attachment.delete().where(*old))
        for file in filter(None, files):
            (self._folder / file).unlink(missing_ok=True)

    def _begin(self, key: str, conversation_id: str) -> bool:
        """Claim the download; an earlier one that failed may be tried again."""
        with transaction(self._engine) as connection:
            open_ones = (_attachment.conversation_id == conversation_id, _attachment.number == "")
            others = (*open_ones, _attachment.media_key != key, _attachment.state != "failed")
            if (connection.execute(sa.select(sa.func.count()).where(*others)).scalar() or 0) >= MOST:
                raise TooMany
            row = {"media_key": key, "conversation_id": conversation_id, "state": "fetching", "at": self._clock()}
            if connection.execute(
                insert(connection, order_attachment).values(row).on_conflict_do_nothing(index_elements=["media_key"])
            ).rowcount:
                return True
            again = order_attachment.update().where(_attachment.media_key == key, _attachment.state == "failed")
            return bool(connection.execute(again.values(state="fetching")).rowcount)

    def _keep(self, key: str, content: bytes) -> None:
        """Written under another name first: a file that stands there is whole. Raises WeChatError for no image."""
        found = next(((kind, ending) for head, kind, ending in MEDIA_TYPES if content.startswith(head)), None)
        if found is None:
            raise WeChatError("not an image")
        media_type, ending = found
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._folder / f"{key}.{ending}"
        partial = target.with_suffix(".part")
        partial.touch(mode=0o600)
        partial.write_bytes(content)
        partial.replace(target)
        values = {"state": "stored", "file": target.name, "media_type": media_type, "size": len(content)}
        self._change(key, values | {"sha256": hashlib.sha256(content).hexdigest()})

    def _change(self, key: str, values: dict[str, object]) -> None:
        with transaction(self._engine) as connection:
            connection.execute(order_attachment.update().where(_attachment.media_key == key).values(values))

    def _count(self, key: str, conversation_id: str) -> int | None:
        mine = (_attachment.conversation_id == conversation_id, _attachment.number == "", _attachment.state == "stored")
        with self._engine.connect() as connection:
            state = connection.execute(sa.select(_attachment.state).where(_attachment.media_key == key)).scalar()
            count = connection.execute(sa.select(sa.func.count()).where(*mine)).scalar() or 0
        return int(count) if state == "stored" else None
