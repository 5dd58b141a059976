"""The callback as WeChat uses it: address check, message modes, every kind of message, and whoever is not WeChat."""

from __future__ import annotations

import time
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.wechat.messages import MAX_BODY
from bot.channels.wechat.settings import Mode
from bot.channels.wechat.wording import words
from storage.tables import wechat_message, wechat_person
from tests.bot.channels.wechat.account_double import ACCOUNT, TOKEN, WeChatDouble, content_of, message_xml, sha1
from tests.bot.channels.wechat.conftest import EchoDialogue, Start, Worker
from tests.bot.channels.wechat.test_wechat_signature import (
    KEY,
    OTHER_KEY,
    decrypt_as_documented,
    encrypt_as_documented,
)

LI = "openid-of-li-0001"
ZHAO = "openid-of-zhao-003"


def signed(**changes: str) -> dict[str, str]:
    query = {"timestamp": str(int(time.time())), "nonce": "n1", **changes}
    return {"signature": sha1(TOKEN, query["timestamp"], query["nonce"]), **query}


def text_of(content: str, number: int = 7, openid: str = LI) -> bytes:
    return message_xml(openid, int(time.time()), {"MsgType": "text", "Content": content}, number)


def envelope(body: bytes, key: str = KEY, **changes: str) -> tuple[dict[str, str], bytes]:
    encrypted = encrypt_as_documented(body, key)
    query = signed()
    query |= {"encrypt_type": "aes", "msg_signature": sha1(TOKEN, query["timestamp"], query["nonce"], encrypted)}
    root = ET.Element("xml")
    ET.SubElement(root, "ToUserName").text = ACCOUNT
    ET.SubElement(root, "Encrypt").text = encrypted
    return query | changes, bytes(ET.tostring(root))


async def post(worker: Worker, query: dict[str, str], body: bytes) -> Any:
    return await worker.client.post("/wechat", params=query, data=body)


async def test_the_address_check_gets_its_echo(start: Start) -> None:
    worker = await start()
    response = await worker.client.get("/wechat", params=signed(echostr="5938472"))
    assert (response.status, await response.text()) == (200, "5938472")


@pytest.mark.parametrize("change", [{"signature": "0" * 40}, {"timestamp": "1700000000"}, {"echostr": "<script>"}])
async def test_a_wrong_address_check_is_refused(start: Start, change: dict[str, str]) -> None:
    worker = await start()
    query = signed(echostr="5938472") | change
    assert (await worker.client.get("/wechat", params=query)).status == 403


async def test_plain_mode_is_answered_in_plain(start: Start) -> None:
    response = await post(await start(), signed(), text_of("问一"))
    assert content_of(await response.text()) == "答：问一"


@pytest.mark.parametrize(("key", "keys"), [(KEY, (KEY, "")), (KEY, (OTHER_KEY, KEY))])
async def test_secure_mode_is_answered_with_the_key_it_came_with(start: Start, key: str, keys: tuple[str, str]) -> None:
    worker = await start(mode=Mode.SECURE, aes_key=keys[0], previous_aes_key=keys[1])
    response = await post(worker, *envelope(text_of("问一"), key))
    root = ET.fromstring(await response.text())
    parts = [root.findtext(name) or "" for name in ("TimeStamp", "Nonce", "Encrypt")]
    assert root.findtext("MsgSignature") == sha1(TOKEN, *parts)
    assert content_of(decrypt_as_documented(parts[2], key)[0].decode()) == "答：问一"


async def test_compatible_mode_takes_both(start: Start) -> None:
    worker = await start(mode=Mode.COMPATIBLE, aes_key=KEY)
    plain = await post(worker, signed(), text_of("问一"))
    assert content_of(await plain.text()) == "答：问一"
    encrypted = await post(worker, *envelope(text_of("问二", 8)))
    assert "<Encrypt>" in await encrypted.text()


async def test_secure_mode_refuses_plain_text_and_other_keys(start: Start) -> None:
    worker = await start(mode=Mode.SECURE, aes_key=KEY)
    assert (await post(worker, signed(), text_of("问一"))).status == 403
    assert (await post(worker, *envelope(text_of("问一"), OTHER_KEY))).status == 403
    assert (await post(worker, *envelope(text_of("问一"), msg_signature="0" * 40))).status == 403
    assert (await post(await start(), *envelope(text_of("问一")))).status == 403


async def test_a_signature_is_good_for_one_message_only(start: Start, dialogue: EchoDialogue) -> None:
    """In plain mode the signature says nothing of the body: whoever saw one must not send another text with it."""
    worker, query = await start(), signed()
    assert (await post(worker, query, text_of("问一"))).status == 200
    assert (await post(worker, query, text_of("问二", 8))).status == 403
    again = await post(worker, query, text_of("问一"))
    assert content_of(await again.text()) == "答：问一"
    assert [text for _, text, _ in dialogue.turns] == ["问一"]


async def test_another_worker_knows_the_used_signature(start: Start) -> None:
    here, there, query = await start(), await start(), signed()
    await post(here, query, text_of("问一"))
    assert (await post(there, query, text_of("问二", 8))).status == 403


async def test_stale_unsigned_large_and_broken_requests_are_refused(start: Start, dialogue: EchoDialogue) -> None:
    worker = await start()
    stale = str(int(time.time()) - 400)
    assert (await post(worker, signed(timestamp=stale), text_of("问一"))).status == 403
    assert (await post(worker, {}, text_of("问一"))).status == 403
    assert (await post(worker, signed(), b"x" * (MAX_BODY + 1))).status == 413
    assert (await post(worker, signed(), b"<xml/>")).status == 400
    assert (
        await post(worker, signed(), b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>')
    ).status == 400
    assert dialogue.turns == []


async def test_voice_is_understood_by_its_recognition(start: Start, wechat: WeChatDouble) -> None:
    worker = await start()
    await wechat.send(worker.url, LI, {"MsgType": "voice", "MediaId": "m", "Recognition": "问语音"})
    await wechat.send(worker.url, LI, {"MsgType": "voice", "MediaId": "m", "Recognition": ""})
    assert wechat.texts(LI) == ["答：问语音", words("voice_unheard")]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("video", "video"),
        ("shortvideo", "video"),
        ("link", "link"),
        ("image", "image_alone"),
        ("hologram", "unknown"),
    ],
)
async def test_every_other_kind_gets_a_polite_answer(start: Start, wechat: WeChatDouble, kind: str, said: str) -> None:
    worker = await start()
    await wechat.send(worker.url, LI, {"MsgType": kind, "MediaId": "m", "Title": "t", "Url": "https://example.org"})
    assert wechat.texts(LI) == [words(said)]


async def test_who_subscribes_is_greeted_with_what_can_be_asked(start: Start, wechat: WeChatDouble) -> None:
    worker = await start()
    await wechat.event(worker.url, LI, "subscribe")
    assert wechat.texts(LI)[0].startswith(words("greeting"))
    await wechat.say(worker.url, LI, "3")
    assert "请说说要投诉的事情" in wechat.texts(LI)[1]


@pytest.mark.parametrize("event", ["VIEW", "LOCATION", "TEMPLATESENDJOBFINISH", "something_new"])
async def test_events_that_nobody_waits_for_get_success(start: Start, wechat: WeChatDouble, event: str) -> None:
    worker = await start()
    assert await wechat.event(worker.url, LI, event) == ["success"]
    assert wechat.texts(LI) == []


async def test_a_menu_click_asks_what_the_menu_says(start: Start, wechat: WeChatDouble) -> None:
    worker = await start()
    await wechat.click(worker.url, LI, "问菜单")
    await wechat.event(worker.url, LI, "SCAN", EventKey="7")
    assert wechat.texts(LI)[0] == "答：问菜单"
    assert wechat.texts(LI)[1].startswith(words("scanned"))


async def test_a_number_picks_what_was_offered_last(start: Start, wechat: WeChatDouble, dialogue: EchoDialogue) -> None:
    worker = await start()
    await wechat.say(worker.url, LI, "办身份证")
    await wechat.say(worker.url, LI, "回复 ２")
    assert dialogue.turns[-1][1] == "身份证到期换领"
    await wechat.say(worker.url, LI, "9")
    assert dialogue.turns[-1][1] == "9"


async def test_a_long_answer_is_read_on_with_more(start: Start, wechat: WeChatDouble, dialogue: EchoDialogue) -> None:
    worker = await start()
    question = "问" + "一二三四五六七八九十。" * 80
    await wechat.say(worker.url, LI, question)
    first = wechat.texts(LI)[0]
    assert first.endswith(words("more_hint"))
    assert len(first.encode()) <= 2048
    await wechat.say(worker.url, LI, "更多")
    assert first.removesuffix(words("more_hint")) + wechat.texts(LI)[1] == f"答：{question}"
    await wechat.say(worker.url, LI, "更多")
    assert wechat.texts(LI)[2] == words("no_more")
    assert len(dialogue.turns) == 1


async def test_too_long_and_too_many_messages_are_told_so(start: Start, wechat: WeChatDouble) -> None:
    worker = await start(message_burst=2, message_per_minute=0.01)
    await wechat.say(worker.url, LI, "问" * 1001)
    await wechat.say(worker.url, LI, "问一")
    await wechat.say(worker.url, LI, "问二")
    assert "最多 1000 个字" in wechat.texts(LI)[0]
    assert wechat.texts(LI)[1:] == ["答：问一", "您操作得太快了，请稍等几秒再试。"]


async def test_a_turn_that_fails_is_answered(start: Start, wechat: WeChatDouble) -> None:
    worker = await start()
    await wechat.say(worker.url, LI, "请出错")
    assert "没有处理成功" in wechat.texts(LI)[0]


async def test_a_leading_slash_reaches_the_assistant_as_text_of_channel_wechat(
    start: Start, wechat: WeChatDouble, dialogue: EchoDialogue
) -> None:
    worker = await start()
    await wechat.say(worker.url, LI, "/restart")
    assert [(text, name) for _, text, name in dialogue.turns] == [("/restart", "wechat")]


async def test_two_citizens_have_two_conversations_without_their_openids(
    start: Start, wechat: WeChatDouble, dialogue: EchoDialogue, engine: Engine
) -> None:
    worker = await start()
    await wechat.say(worker.url, LI, "问一")
    await wechat.say(worker.url, ZHAO, "问一")
    assert len({conversation for conversation, _, _ in dialogue.turns}) == 2
    with engine.connect() as connection:
        stored = str(connection.execute(sa.select(wechat_person)).all())
        stored += str(connection.execute(sa.select(wechat_message)).all())
    assert LI not in stored
    assert ZHAO not in stored
