"""The client against our own server: two districts, A forwards to B, and B's closing comes back to A."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy.engine import Engine

from bot.channels.open311 import channel
from bot.channels.open311.settings import Open311Settings
from hotline import store
from hotline.gateway import GatewayError, GatewayRefused, GatewayUnavailable, Receipt
from hotline.gateway_delivery import TARGET, GatewayDeliverer, post_push
from hotline.gateway_links import read_link
from hotline.gateway_poll import poll
from hotline.model import EventKind, Privacy
from hotline.open311_client import Open311Gateway, Open311Remote, open_gateway, parse_service_codes
from hotline.open311_reading import Format
from hotline.open311_services import Catalogue, load_catalogue
from hotline.states import State
from storage.engine import create_engine, migrate, transaction
from storage.outbox import deliver
from tests.hotline.cast import Office
from tests.hotline.factories import make_draft

KEY = "district-a-key-0123456789"
FORMATS: tuple[Format, ...] = ("json", "xml")


@pytest.fixture
def engine_b(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'b.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def serve_b(aiohttp_server: Any, engine_b: Engine) -> Callable[..., Any]:
    """District B's server; `remote` tells A where it is."""

    async def serve(catalogue: Catalogue | None = None, **changes: Any) -> Open311Remote:
        app = web.Application()
        settings = Open311Settings(api_keys={"district-a": KEY}, jurisdiction="b.example.gov.cn")
        channel.setup(app, engine=engine_b, settings=settings, catalogue=catalogue)
        server = await aiohttp_server(app)
        endpoint = str(server.make_url("/open311/v2"))
        return replace(Open311Remote(endpoint, KEY, "b.example.gov.cn", name="b"), **changes)

    return serve


@pytest.fixture(params=FORMATS)
async def gateway(request: Any, serve_b: Any) -> AsyncIterator[Open311Gateway]:
    async with open_gateway(await serve_b(format=request.param)) as gateway:
        yield gateway


async def run_outbox(office: Office, gateway: Open311Gateway) -> None:
    deliverers = {TARGET: GatewayDeliverer(office.engine, [gateway])}
    while (await deliver(office.engine, deliverers, now=office.tick())).delivered:
        pass


def forward(office: Office, number: str) -> None:
    with transaction(office.engine) as connection:
        post_push(connection, number, "b", now=office.now)


async def test_an_order_goes_from_a_to_b_and_its_closing_comes_back(
    engine: Engine, engine_b: Engine, gateway: Open311Gateway
) -> None:
    a, b = Office(engine), Office(engine_b)
    order = a.file(make_draft(category="市容环卫", public_reply=True))
    forward(a, order.number)
    await run_outbox(a, gateway)
    (there,) = store.list_orders(engine_b)
    assert (there.content, there.category, there.location) == (order.content, "市容环卫", order.location)
    assert (there.town, there.appellant_name, there.source_sub) == ("惠民街道", "李小明", "district-a")

    await poll(engine, gateway, now=a.now)
    b.bring(there, State.CLOSED)
    assert await poll(engine, gateway, now=a.now + timedelta(hours=1)) == 1
    with engine.connect() as connection:
        link = read_link(connection, order.number, "b")
    assert link and link.remote_number == there.number
    assert link.remote_state == "closed：已办结。答复：已清理占道摊位。"
    notes = [event.reason for event in store.history(engine, order.number) if event.kind is EventKind.NOTE]
    assert notes[-1] == f"对方系统（{there.number}）已办结：已办结。答复：已清理占道摊位。"


async def test_a_confidential_order_is_followed_too_and_keeps_its_identity_at_home(
    engine: Engine, engine_b: Engine, gateway: Open311Gateway
) -> None:
    a, b = Office(engine), Office(engine_b)
    order = a.file(make_draft(privacy=Privacy.CONFIDENTIAL))
    forward(a, order.number)
    await run_outbox(a, gateway)
    (there,) = store.list_orders(engine_b)
    assert (there.privacy, there.appellant_name, there.appellant_phone) == (Privacy.CONFIDENTIAL, "", "")
    b.bring(there, State.CLOSED)
    assert await poll(engine, gateway, now=a.now) == 1


async def test_an_order_without_place_arrives(engine: Engine, engine_b: Engine, gateway: Open311Gateway) -> None:
    a = Office(engine)
    forward(a, a.file(make_draft(location="", town="", town_code="")).number)
    await run_outbox(a, gateway)
    (there,) = store.list_orders(engine_b)
    assert (there.location, there.town) == ("", "")


async def test_pushing_again_with_the_same_key_files_nothing_new(
    engine: Engine, engine_b: Engine, gateway: Open311Gateway
) -> None:
    order = Office(engine).file()
    receipts = {await gateway.push(order, "push:1") for _ in range(3)}
    assert len(receipts) == 1 and len(store.list_orders(engine_b)) == 1


async def test_steps_at_a_are_notes_at_b_once_each(engine: Engine, engine_b: Engine, gateway: Open311Gateway) -> None:
    a = Office(engine)
    order = a.file()
    forward(a, order.number)
    await run_outbox(a, gateway)
    a.bring(order, State.ACCEPTED)
    await run_outbox(a, gateway)
    (there,) = store.list_orders(engine_b)
    for _ in range(2):
        await gateway.update(there.number, "市民再次来电。", "urge:1")
    notes = [event.reason for event in store.history(engine_b, there.number) if event.kind is EventKind.NOTE]
    assert len(notes) == 2 and "已受理" in notes[0] and "市民再次来电。" in notes[1]


async def test_a_token_becomes_a_number(engine: Engine, engine_b: Engine, serve_b: Any) -> None:
    services = tuple(replace(service, answer="batch") for service in load_catalogue().services)
    remote = await serve_b(catalogue=Catalogue(load_catalogue().changeset, services))
    async with open_gateway(remote) as gateway:
        receipt = await gateway.push(Office(engine).file(), "push:1")
        assert receipt.token and not receipt.number
        (there,) = store.list_orders(engine_b)
        assert await gateway.exchange(receipt.token) == there.number


async def test_service_codes_are_translated(engine: Engine, engine_b: Engine, serve_b: Any) -> None:
    remote = await serve_b(service_codes=parse_service_codes("complaint-noise=praise, *=suggestion"))
    async with open_gateway(remote) as gateway:
        office = Office(engine)
        await gateway.push(office.file(make_draft(category="噪音扰民")), "push:1")
        await gateway.push(office.file(make_draft(draft_id="d-2")), "push:2")
    assert [order.type.value for order in store.list_orders(engine_b)] == ["suggestion", "praise"]


@pytest.mark.parametrize(
    "changes", [{"api_key": "wrong"}, {"jurisdiction": "other"}, {"service_codes": {"*": "nothing"}}]
)
async def test_a_refusal_is_told_and_not_tried_again(engine: Engine, serve_b: Any, changes: dict[str, Any]) -> None:
    async with open_gateway(await serve_b(**changes)) as gateway:
        with pytest.raises(GatewayRefused, match=r"b answered 40[34]") as error:
            await gateway.push(Office(engine).file(), "push:1")
    assert "wrong" not in str(error.value)


async def test_what_is_not_there_is_refused(gateway: Open311Gateway) -> None:
    assert await gateway.poll(["WJ2099010100001"]) == ()
    with pytest.raises(GatewayRefused):
        await gateway.update("WJ2099010100001", "在吗", "u-1")
    with pytest.raises(GatewayRefused):
        await gateway.exchange("../requests")


TELLS_TOO_MUCH = '[{"description": "key k-0123456789 of 13900000000"}]'
Answer = Callable[[web.Request], web.StreamResponse]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda _: web.Response(status=503), GatewayUnavailable),
        (lambda _: web.Response(status=429), GatewayUnavailable),
        (lambda _: web.Response(text="<html>", content_type="text/html"), GatewayRefused),
        (lambda _: web.Response(body=b" " * 5_000_000), GatewayRefused),
        (lambda _: web.Response(status=302, headers={"Location": "https://elsewhere.example/"}), GatewayRefused),
        (lambda _: web.Response(status=400, text=TELLS_TOO_MUCH), GatewayRefused),
    ],
)
async def test_a_strange_server_costs_an_error(
    engine: Engine, aiohttp_server: Any, answer: Answer, error: type[GatewayError]
) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        return answer(request)

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handle)
    server = await aiohttp_server(app)
    async with open_gateway(Open311Remote(str(server.make_url("/v2")), "k-0123456789", format="json")) as gateway:
        with pytest.raises(error) as raised:
            await gateway.push(Office(engine).file(), "push:1")
    assert raised.value.retry == (error is GatewayUnavailable)
    assert "13900000000" not in str(raised.value) and "k-0123456789" not in str(raised.value)


async def test_a_server_that_is_down_or_silent_is_unavailable(
    engine: Engine, aiohttp_server: Any, unused_tcp_port: int
) -> None:
    order = Office(engine).file()
    async with open_gateway(Open311Remote(f"http://127.0.0.1:{unused_tcp_port}", "k")) as gateway:
        with pytest.raises(GatewayUnavailable):
            await gateway.push(order, "push:1")

    gate = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await gate.wait()
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", silent)
    server = await aiohttp_server(app)
    remote = Open311Remote(str(server.make_url("/v2")), "k", timeout_seconds=0.2)
    async with open_gateway(remote) as gateway:
        with pytest.raises(GatewayUnavailable):
            await gateway.push(order, "push:1")
    gate.set()


async def test_a_server_of_another_make_is_understood(engine: Engine, aiohttp_server: Any) -> None:
    """As the standard's own example answers: numbers without quotes, codes of its own."""
    seen: dict[str, Any] = {}

    async def handle(request: web.Request) -> web.Response:
        seen.update(await request.post())
        seen["type"] = request.headers["Content-Type"]
        return web.Response(text='[{"service_request_id":293944,"account_id":null}]', status=201)

    app = web.Application()
    app.router.add_post("/dev/v2/requests.json", handle)
    server = await aiohttp_server(app)
    endpoint = str(server.make_url("/dev/v2/"))
    remote = Open311Remote(endpoint, "k", "city.gov", "json", service_codes={"*": "001"})
    async with open_gateway(remote) as gateway:
        receipt = await gateway.push(Office(engine).file(), "push:1")
    assert receipt == Receipt(number="293944")
    assert (seen["api_key"], seen["jurisdiction_id"], seen["service_code"]) == ("k", "city.gov", "001")
    assert seen["type"].startswith("application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    "changes",
    [
        {"endpoint": "ftp://example.org"},
        {"endpoint": "https://example.org/v2?x=1"},
        {"endpoint": ""},
        {"api_key": ""},
        {"format": "yaml"},
        {"timeout_seconds": 0},
    ],
)
def test_a_bad_remote_stops_the_start(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|empty"):
        Open311Remote(**{"endpoint": "https://example.org/v2", "api_key": "k", **changes})


@pytest.mark.parametrize("text", ["nothing=1", "praise", "praise="])
def test_bad_service_codes_stop_the_start(text: str) -> None:
    with pytest.raises(ValueError, match=text.partition("=")[0]):
        parse_service_codes(text)


def test_the_key_is_not_printed() -> None:
    assert "secret" not in repr(Open311Remote("https://example.org/v2", "secret-key"))
