"""Images of an order in progress: fetched once, kept as files, tied to the order when it is filed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.wechat.api_client import Api
from bot.channels.wechat.attachments import FOLDER, MOST, Attachments
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.wording import words
from hotline import store
from storage.engine import transaction
from storage.tables import order_attachment
from tests.bot.channels.fake_dialogue import NUMBER
from tests.bot.channels.wechat.account_double import Faults, WeChatDouble
from tests.bot.channels.wechat.conftest import Start
from tests.hotline.factories import make_draft

LI = "openid-of-li-0001"
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 100


def image(media_id: str) -> dict[str, str]:
    return {"MsgType": "image", "PicUrl": "http://192.0.2.1/x.jpg", "MediaId": media_id}


def stored(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(order_attachment).order_by(order_attachment.c.id)))


async def test_an_image_of_an_order_in_progress_is_kept_and_the_form_goes_on(
    start: Start, wechat: WeChatDouble, engine: Engine, tmp_path: Path
) -> None:
    worker = await start()
    wechat.media |= {"m1": JPEG, "m2": JPEG}
    await wechat.say(worker.url, LI, "我要投诉")
    await wechat.send(worker.url, LI, image("m1"), faults=Faults(twice=frozenset({0}), lost_responses=frozenset({0})))
    await wechat.send(worker.url, LI, image("m2"))
    assert wechat.texts(LI)[1].startswith(words("image_kept", count=1))
    assert "请说说要投诉的事情" in wechat.texts(LI)[1]
    assert wechat.texts(LI)[2].startswith(words("image_kept", count=2))
    assert wechat.media_fetches == ["m1", "m2"]
    files = sorted((tmp_path / "data" / FOLDER).iterdir())
    assert [file.read_bytes() for file in files] == [JPEG, JPEG]
    assert sorted(row.file for row in stored(engine)) == [file.name for file in files]


async def test_filing_the_order_ties_its_images_to_it(start: Start, wechat: WeChatDouble, engine: Engine) -> None:
    worker = await start()
    wechat.media["m1"] = JPEG
    await wechat.say(worker.url, LI, "我要投诉")
    await wechat.send(worker.url, LI, image("m1"))
    for text in ("示例路口占道经营", "惠民街道", "示例路1号", "昨晚", "13900000000", "保密"):
        await wechat.say(worker.url, LI, text)
    assert NUMBER in wechat.texts(LI)[-1]
    assert [row.number for row in stored(engine)] == [NUMBER]


async def test_an_image_that_cannot_be_fetched_can_be_sent_again(
    start: Start, wechat: WeChatDouble, engine: Engine
) -> None:
    worker = await start()
    await wechat.say(worker.url, LI, "我要投诉")
    await wechat.send(worker.url, LI, image("m1"))
    assert wechat.texts(LI)[1].startswith(words("image_failed"))
    wechat.media["m1"] = JPEG
    await wechat.send(worker.url, LI, image("m1"))
    assert wechat.texts(LI)[2].startswith(words("image_kept", count=1))


async def test_what_is_no_image_and_more_than_nine_are_refused(start: Start, wechat: WeChatDouble) -> None:
    worker = await start()
    wechat.media |= {f"m{number}": JPEG for number in range(MOST + 1)} | {"html": b"<html><script>"}
    await wechat.say(worker.url, LI, "我要投诉")
    await wechat.send(worker.url, LI, image("html"))
    assert wechat.texts(LI)[1].startswith(words("image_failed"))
    for number in range(MOST + 1):
        await wechat.send(worker.url, LI, image(f"m{number}"))
    assert wechat.texts(LI)[-2].startswith(words("image_kept", count=MOST))
    assert wechat.texts(LI)[-1].startswith(words("image_too_many", most=MOST))


async def test_the_history_says_how_many_and_orphans_are_deleted(
    engine: Engine, settings: Any, sealer: Sealer, wechat: WeChatDouble, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    api = Api(settings(), engine, sealer, lambda: now)
    kept = Attachments(api, engine, tmp_path, 1000, lambda: now)
    wechat.media |= {"m1": JPEG, "m2": JPEG}
    order = store.submit(engine, make_draft(), now=now)
    await kept.fetch(order.conversation_id, "m1")
    assert kept.assign(order.conversation_id, order.number) == 1
    assert store.history(engine, order.number)[-1].reason == words("note_attached", count=1)
    await kept.fetch(order.conversation_id, "m2")
    with transaction(engine) as connection:
        connection.execute(order_attachment.update().values(at=now - timedelta(days=2)))
    kept.tidy()
    assert [row.number for row in stored(engine)] == [order.number]
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
    await api.close()


async def test_a_media_id_is_only_a_name(engine: Engine, settings: Any, sealer: Sealer, tmp_path: Path) -> None:
    api = Api(settings(), engine, sealer, lambda: datetime.now(UTC))
    kept = Attachments(api, engine, tmp_path, 1000, lambda: datetime.now(UTC))
    assert await kept.fetch("c", "a b\n") is None
    await api.close()
