"""Orders go to another hotline through the outbox, once, and what it says of them comes back into their history."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from hotline import store
from hotline.gateway import BuiltInDesk, GatewayRefused, GatewayUnavailable, HotlineGateway, Receipt, RemoteOrder
from hotline.gateway_delivery import TARGET, GatewayDeliverer, post_push
from hotline.gateway_links import SENT, Link, claim_due, read_link, save_receipt
from hotline.gateway_poll import EVERY, poll, watch
from hotline.model import EventKind, WorkOrder
from hotline.states import State
from storage.engine import transaction
from storage.outbox import Delivered, deliver, list_messages, post
from storage.tables import order_link
from tests.hotline.cast import Office
from tests.hotline.gateway_double import GatewayDouble

HOUR = timedelta(hours=1)


def forward(office: Office, order: WorkOrder, gateway: HotlineGateway) -> None:
    with transaction(office.engine) as connection:
        post_push(connection, order.number, gateway.name, now=office.now)


async def run(office: Office, *gateways: HotlineGateway) -> Delivered:
    """One round of the outbox, an hour later."""
    office.now += HOUR
    return await deliver(office.engine, {TARGET: GatewayDeliverer(office.engine, gateways)}, now=office.now)


def link_of(engine: Engine, order: WorkOrder, gateway: str = "city") -> Link:
    with engine.connect() as connection:
        link = read_link(connection, order.number, gateway)
    assert link is not None
    return link


def notes(engine: Engine, order: WorkOrder) -> list[str]:
    return [event.reason for event in store.history(engine, order.number) if event.kind is EventKind.NOTE]


async def test_an_order_is_handed_over_once_and_its_number_kept(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble()
    order = office.file()
    for _ in range(2):
        forward(office, order, city)
    assert await run(office, city) == Delivered(delivered=1)
    assert city.pushed == {f"push:{order.number}": order.number}
    assert (link_of(engine, order).remote_number, link_of(engine, order).remote_state) == ("C-1", SENT)


async def test_nothing_about_the_citizen_stands_in_the_outbox(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble()
    order = office.file()
    forward(office, order, city)
    (message,) = list_messages(engine)
    assert message.payload == {"gateway": "city", "action": "push"}


async def test_a_push_that_was_not_noted_is_sent_again_with_the_same_key(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble()
    order = office.file()
    forward(office, order, city)
    await run(office, city)
    with transaction(engine) as connection:  # as if the worker had died before it could note the answer
        connection.execute(order_link.delete())
        post(
            connection,
            key="again",
            target=TARGET,
            subject=order.number,
            payload={"gateway": "city", "action": "push"},
            now=office.now,
        )
    assert await run(office, city) == Delivered(delivered=1)
    assert len(city.pushed) == 1 and link_of(engine, order).remote_number == "C-1"


async def test_an_unreachable_hotline_is_tried_again_and_a_refusal_is_not(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble(error=GatewayUnavailable("city answered 503"))
    order = office.file()
    forward(office, order, city)
    assert await run(office, city) == Delivered(failed=1)
    assert list_messages(engine)[0].last_error == "city answered 503"
    city.error = GatewayRefused("city answered 400")
    assert await run(office, city) == Delivered(dead=1)
    with engine.connect() as connection:
        assert read_link(connection, order.number, "city") is None


async def test_a_gateway_that_is_not_set_up_leaves_a_dead_letter(engine: Engine) -> None:
    office = Office(engine)
    forward(office, office.file(), GatewayDouble(name="gone"))
    assert await run(office, GatewayDouble()) == Delivered(dead=1)
    assert "gone" in list_messages(engine)[0].last_error


async def test_an_order_that_does_not_exist_leaves_a_dead_letter(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble()
    with transaction(engine) as connection:
        post_push(connection, "WJ2099010100001", "city", now=office.now)
    assert await run(office, city) == Delivered(dead=1)


async def test_public_steps_of_a_forwarded_order_are_told(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble()
    order = office.file()
    forward(office, order, city)
    await run(office, city)
    office.bring(order, State.CLOSED)
    while (await run(office, city)).total:
        pass
    texts = [text for number, text in city.said.values() if number == "C-1"]
    assert texts[0].startswith(f"您的工单 {order.number} 已受理") and "已清理占道摊位。" in texts[-1]


async def test_a_token_is_exchanged_before_anything_is_said(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble(receipt=Receipt(token="t-1"))
    order = office.file()
    forward(office, order, city)
    await run(office, city)
    assert (link_of(engine, order).remote_number, link_of(engine, order).token) == ("", "t-1")
    office.bring(order, State.ACCEPTED)
    assert await run(office, city) == Delivered(failed=1) and city.said == {}
    city.number_of_token = "C-9"
    assert (await run(office, city)).delivered == 1
    assert link_of(engine, order).remote_number == "C-9"
    assert [number for number, _ in city.said.values()] == ["C-9"]


async def test_an_order_taken_without_number_is_neither_polled_nor_told(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble(receipt=Receipt())
    order = office.file()
    forward(office, order, city)
    await run(office, city)
    office.bring(order, State.ACCEPTED)
    assert (await run(office, city)).delivered == 1 and city.said == {}
    assert await poll(engine, city, now=office.now) == 0 and city.asked == []


async def test_news_become_one_line_of_the_history_and_closing_ends_the_questions(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble()
    order = office.file()
    save_receipt(engine, order.number, "city", Receipt(number="C-1"))
    city.answers = (RemoteOrder("C-1", "办理中", False), RemoteOrder("C-2", "别人的", True))
    assert await poll(engine, city, now=office.now) == 1
    assert await poll(engine, city, now=office.now + EVERY) == 0
    city.answers = (RemoteOrder("C-1", "已办结。答复：已清理。", True),)
    assert await poll(engine, city, now=office.now + 2 * EVERY) == 1
    assert await poll(engine, city, now=office.now + 9 * EVERY) == 0
    assert len(city.asked) == 3
    assert notes(engine, order) == ["对方系统（C-1）办理中：办理中", "对方系统（C-1）已办结：已办结。答复：已清理。"]
    assert link_of(engine, order).remote_state == "closed：已办结。答复：已清理。"
    assert store.get(engine, order.number).state is State.SUBMITTED


async def test_an_order_is_not_asked_about_more_often_than_agreed(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble()
    for count in range(3):
        save_receipt(engine, office.file().number, "city", Receipt(number=f"C-{count}"))
    await poll(engine, city, now=office.now, limit=2)
    await poll(engine, city, now=office.now, limit=2)
    await poll(engine, city, now=office.now, limit=2)
    assert city.asked == [("C-0", "C-1"), ("C-2",)]


async def test_workers_share_the_questions(engine: Engine) -> None:
    office = Office(engine)
    for count in range(20):
        save_receipt(engine, office.file().number, "city", Receipt(number=f"C-{count}"))
    claims = await asyncio.gather(
        *(asyncio.to_thread(claim_due, engine, "city", now=office.now, every=EVERY, limit=5) for _ in range(6))
    )
    asked = [link.remote_number for claim in claims for link in claim]
    assert len(asked) == len(set(asked))


async def test_the_same_news_heard_by_two_workers_are_one_line(engine: Engine) -> None:
    office = Office(engine)
    order = office.file()
    save_receipt(engine, order.number, "city", Receipt(number="C-1"))
    cities = [GatewayDouble(answers=(RemoteOrder("C-1", "办理中", False),)) for _ in range(4)]
    changed = await asyncio.gather(*(poll(engine, city, now=office.now, every=timedelta(0)) for city in cities))
    assert sum(changed) == 1 and len(notes(engine, order)) == 1


async def test_a_hotline_that_fails_is_asked_again_later(engine: Engine) -> None:
    office, city = Office(engine), GatewayDouble(error=GatewayUnavailable("city did not answer"))
    save_receipt(engine, office.file().number, "city", Receipt(number="C-1"))
    save_receipt(engine, office.file().number, "city", Receipt(token="t-1"))
    with pytest.raises(GatewayUnavailable):
        await poll(engine, city, now=office.now)
    city.error, city.number_of_token = None, "C-2"
    assert await poll(engine, city, now=office.now) == 0
    await poll(engine, city, now=office.now + EVERY)
    with engine.connect() as connection:
        numbers = set(connection.execute(sa.select(order_link.c.remote_number)).scalars())
    assert numbers == {"C-1", "C-2"} and len(city.asked) == 2


async def test_the_built_in_desk_takes_everything_and_sends_nothing(engine: Engine) -> None:
    office, desk = Office(engine), BuiltInDesk()
    order = office.file()
    forward(office, order, desk)
    assert await run(office, desk) == Delivered(delivered=1)
    assert link_of(engine, order, desk.name).remote_number == order.number
    office.bring(order, State.ACCEPTED)
    assert (await run(office, desk)).delivered == 1
    assert await poll(engine, desk, now=office.now) == 0


def test_a_known_number_is_never_replaced(engine: Engine) -> None:
    order = Office(engine).file()
    for receipt in (Receipt(token="t-1"), Receipt(number="C-1"), Receipt(number="C-2"), Receipt(token="t-2")):
        save_receipt(engine, order.number, "city", receipt)
    assert (link_of(engine, order).remote_number, link_of(engine, order).token) == ("C-1", "")


async def test_the_watch_goes_on_after_a_failure(engine: Engine) -> None:
    office = Office(engine)
    order = office.file()
    save_receipt(engine, order.number, "city", Receipt(number="C-1"))
    city = GatewayDouble(error=GatewayUnavailable("city did not answer"))
    city.answers = (RemoteOrder("C-1", "办理中", False),)
    fourth_round = asyncio.Event()

    def clock() -> datetime:
        """An hour on with each round; after the first the hotline answers again."""
        city.error = None if city.asked else city.error
        if len(city.asked) == 3:
            fourth_round.set()
        office.now += HOUR
        return office.now

    watching = asyncio.create_task(watch(engine, city, clock, every_seconds=0))
    await asyncio.wait_for(fourth_round.wait(), 30)
    watching.cancel()
    assert notes(engine, order) == ["对方系统（C-1）办理中：办理中"]
