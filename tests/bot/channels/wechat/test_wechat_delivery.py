"""News of an order reach its citizen: sent, as a subscription, or kept; each noted on the order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.channels.wechat import api_client
from bot.channels.wechat.subscription import data_of
from bot.channels.wechat.wording import words
from hotline import store
from hotline.model import WorkOrder
from storage.delivery import DeliveryFailed, OutboxMessage, deliver
from storage.engine import transaction
from storage.outbox import list_messages, post
from storage.tables import wechat_message, wechat_person
from tests.bot.channels.wechat.account_double import WeChatDouble
from tests.bot.channels.wechat.conftest import EchoDialogue, Start, Worker
from tests.hotline.factories import make_draft

NOW = datetime.now(UTC)
LI = "openid-of-li-0001"
SEND, SUBSCRIBE = "/cgi-bin/message/custom/send", "/cgi-bin/message/subscribe/bizsend"
TEMPLATE = {"order_template": "template-0123456789", "order_fields": {"character_string1": "number", "thing2": "hint"}}


async def filed(worker: Worker, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue) -> WorkOrder:
    """An order that this citizen filed through WeChat."""
    await wechat.say(worker.url, LI, "问一")
    return store.submit(engine, make_draft(conversation_id=dialogue.turns[-1][0]), now=NOW)


def notice(order: WorkOrder, **changes: Any) -> OutboxMessage:
    payload = {
        "conversation_id": order.conversation_id,
        "number": order.number,
        "state": "closed",
        "state_label": "已办结",
        "at": NOW.isoformat(),
        "sentence": f"工单 {order.number} 已办结。",
        "text": f"工单 {order.number} 已办结。\n示例单位的答复：已清理。",
        "unit": "示例单位",
        "reply": "已清理。",
        "question": "",
        "due_on": "",
        "asks_rating": True,
    }
    key = f"{order.number}:7:citizen"
    return OutboxMessage(1, key, "citizen", order.number, payload | changes, NOW, NOW, 0, "waiting", None, "")


def remarks(engine: Engine, order: WorkOrder) -> list[str]:
    return [event.reason for event in store.history(engine, order.number) if event.reason.startswith("微信：")]


def outside_the_window(engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(wechat_person.update().values(message_at=NOW - timedelta(hours=49)))


async def test_inside_the_window_it_is_sent_and_can_be_rated_by_a_number(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue
) -> None:
    worker = await start()
    order = await filed(worker, wechat, engine, dialogue)
    await worker.notices.deliver(notice(order))
    assert wechat.chats[LI][1].way == "service"
    assert wechat.texts(LI)[1].startswith(f"工单 {order.number} 已办结。\n示例单位的答复：已清理。")
    assert remarks(engine, order) == [words("note_sent")]
    await wechat.say(worker.url, LI, "2")
    assert dialogue.turns[-1][1] == "满意"


async def test_delivered_twice_it_is_told_once(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue
) -> None:
    here, there = await start(), await start()
    order = await filed(here, wechat, engine, dialogue)
    for worker in (here, there, here):
        await worker.notices.deliver(notice(order))
    assert len(wechat.texts(LI)) == 2
    assert remarks(engine, order) == [words("note_sent")]


async def test_outside_the_window_a_subscription_tells_it(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue
) -> None:
    worker = await start(**TEMPLATE)
    order = await filed(worker, wechat, engine, dialogue)
    outside_the_window(engine)
    await worker.notices.deliver(notice(order))
    ((path, body),) = wechat.calls
    assert (path, body["touser"], body["template_id"]) == (SUBSCRIBE, LI, "template-0123456789")
    assert body["data"]["character_string1"] == {"value": order.number}
    assert remarks(engine, order) == [words("note_subscribed")]


@pytest.mark.parametrize("refusal", [None, 43101, 47003])
async def test_otherwise_it_is_kept_and_shown_at_the_next_contact(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue, refusal: int | None
) -> None:
    worker = await start(**(TEMPLATE if refusal else {}))
    order = await filed(worker, wechat, engine, dialogue)
    outside_the_window(engine)
    wechat.errors[SUBSCRIBE] = [refusal] if refusal else []
    await worker.notices.deliver(notice(order))
    assert remarks(engine, order) == [words("note_kept", reason=words("reason_quota"))]
    await wechat.say(worker.url, LI, "问二")
    assert words("kept_notice", text=f"工单 {order.number} 已办结。") in wechat.texts(LI)[1]
    assert wechat.texts(LI)[1].endswith("答：问二")
    assert remarks(engine, order)[1:] == [words("note_shown")]


async def test_without_wechat_it_is_tried_again_unless_shown_meanwhile(
    start: Start,
    wechat: WeChatDouble,
    engine: Engine,
    dialogue: EchoDialogue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api_client, "PAUSE_SECONDS", 0.01)
    worker = await start()
    offline = await start(api_url="http://127.0.0.1:9")
    order = await filed(worker, wechat, engine, dialogue)
    with pytest.raises(DeliveryFailed) as failed:
        await offline.notices.deliver(notice(order))
    assert failed.value.retry
    await worker.notices.deliver(notice(order))
    assert len(wechat.texts(LI)) == 2
    assert remarks(engine, order) == [words("note_kept", reason=words("reason_unreachable")), words("note_sent")]
    draft = make_draft(conversation_id=order.conversation_id, draft_id="d2")
    other = store.submit(engine, draft, now=NOW)
    for _ in range(2):
        with pytest.raises(DeliveryFailed):
            await offline.notices.deliver(notice(other))
    await wechat.say(worker.url, LI, "问二")
    await worker.notices.deliver(notice(other))
    assert "\n".join(wechat.texts(LI)).count(f"工单 {other.number} 已办结。") == 1
    assert len(remarks(engine, other)) == 2


async def test_a_send_nobody_knows_the_end_of_is_shown_again_marked(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue
) -> None:
    worker = await start(**TEMPLATE)
    order = await filed(worker, wechat, engine, dialogue)
    wechat.broken[SEND] = 1
    await worker.notices.deliver(notice(order))
    await worker.notices.deliver(notice(order))
    assert [path for path, _ in wechat.calls] == [SEND]
    assert remarks(engine, order) == [words("note_kept", reason=words("reason_unknown"))]


async def test_who_left_is_told_at_the_return(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue
) -> None:
    worker = await start(**TEMPLATE)
    order = await filed(worker, wechat, engine, dialogue)
    await wechat.event(worker.url, LI, "unsubscribe")
    await worker.notices.deliver(notice(order))
    assert wechat.calls == []
    assert remarks(engine, order) == [words("note_kept", reason=words("reason_gone"))]
    await wechat.event(worker.url, LI, "subscribe")
    assert f"工单 {order.number} 已办结。" in wechat.texts(LI)[-1]


async def test_a_notice_of_the_web_goes_to_the_web(start: Start, wechat: WeChatDouble, engine: Engine) -> None:
    worker = await start()
    order = store.submit(engine, make_draft(conversation_id="gone"), now=NOW)
    with pytest.raises(DeliveryFailed, match="会话已经删除"):
        await worker.notices.deliver(notice(order))
    assert wechat.calls == []


async def test_it_comes_from_the_outbox_and_is_settled(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue
) -> None:
    worker = await start()
    order = await filed(worker, wechat, engine, dialogue)
    told = notice(order)
    with transaction(engine) as connection:
        post(connection, key=told.key, target="citizen", subject=order.number, payload=told.payload, now=NOW)
    assert (await deliver(engine, {"citizen": worker.notices}, now=datetime.now(UTC))).delivered == 1
    assert [message.state for message in list_messages(engine, states=("delivered",))] == ["delivered"]


async def test_what_was_told_does_not_stay_in_the_table(
    start: Start, wechat: WeChatDouble, engine: Engine, dialogue: EchoDialogue
) -> None:
    worker = await start()
    order = await filed(worker, wechat, engine, dialogue)
    await worker.notices.deliver(notice(order))
    with engine.connect() as connection:
        rows = connection.execute(sa.select(wechat_message).where(wechat_message.c.number == order.number)).all()
    assert [(row.state, row.answer) for row in rows] == [("sent", {})]


def test_the_fields_of_a_subscription_keep_wechats_limits() -> None:
    told = {
        "number": "WJ2026030500001",
        "state_label": "已受理，正在派单",
        "at": "2026-03-05T02:00:00+00:00",
        "sentence": "您的工单 WJ2026030500001 已受理，正在派单。",
        "due_on": "2026-03-26",
    }
    fields = {"character_string1": "number", "phrase2": "state_label", "time3": "at", "thing4": "sentence"}
    fields |= {"date5": "due_on", "thing6": "unit", "thing7": "hint"}
    assert data_of(told, fields) == {
        "character_string1": "WJ2026030500001",
        "phrase2": "已受理，",
        "time3": "2026年3月5日 10:00",
        "thing4": "您的工单 WJ202603050000…",
        "date5": "2026年3月26日",
        "thing6": "-",
        "thing7": words("subscription_hint"),
    }
