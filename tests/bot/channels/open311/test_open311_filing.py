"""POST: what becomes of a form, what is refused, and that nothing is filed twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from hotline import store
from hotline.model import OrderType, Privacy, Urgency, WorkOrder
from hotline.open311_services import Catalogue, load_catalogue
from tests.bot.channels.open311.conftest import KEY, OTHER_KEY
from tests.bot.channels.open311.description import check, check_json

FORM = {
    "api_key": KEY,
    "service_code": "complaint-street-order",
    "description": "示例路口的夜宵摊每晚占道经营到两点。",
    "address_string": "示例路1号",
    "attribute[town]": "440203002000",
    "attribute[incident_time]": "昨晚九点",
    "attribute[idempotency_key]": "filing-1",
    "last_name": "李",
    "first_name": "小明",
    "phone": "07510000001",
}


def form(**changes: Any) -> dict[str, Any]:
    """The form with changes; None takes a field out."""
    return {name: value for name, value in (FORM | changes).items() if value is not None}


async def post(client: Any, data: dict[str, Any], **options: Any) -> WorkOrder:
    (receipt,) = await check(client, "receipt", "/v2/requests", data=data, **options)
    return store.get(client.app["engine"], receipt["service_request_id"])


@pytest.fixture
def client(client: Any, engine: Engine) -> Any:
    client.app._state["engine"] = engine
    return client


async def test_a_form_becomes_an_order(client: Any) -> None:
    order = await post(client, form(lat="24.81", long="113.59", media_url="https://example.org/1.jpg"))
    assert (order.type, order.category, order.source, order.source_sub) == (
        OrderType.COMPLAINT,
        "市容环卫",
        "Open311",
        "city",
    )
    assert (order.content, order.location, order.incident_time) == (FORM["description"], "示例路1号", "昨晚九点")
    assert (order.town, order.town_code) == ("惠民街道", "440203002000")
    assert (order.lat, order.lng) == (24.81, 113.59)
    assert (order.appellant_name, order.appellant_phone) == ("李小明", "07510000001")
    assert (order.privacy, order.public_reply) == (Privacy.PUBLIC, False)
    assert order.proposed_unit == "区城管执法局"
    assert order.nlu["open311"] == {"media_url": "https://example.org/1.jpg"}
    (event,) = store.history(client.app["engine"], order.number)
    assert event.actor == "open311:city"


async def test_the_receipt_tells_how_to_ask_for_the_state(client: Any) -> None:
    (receipt,) = await check(client, "receipt", "/v2/requests", data=form())
    order = store.get(client.app["engine"], receipt["service_request_id"])
    assert order.query_code in receipt["service_notice"] and order.number in receipt["service_notice"]


@pytest.mark.parametrize("header", [True, False])
async def test_the_same_key_gives_the_same_order_however_often(client: Any, engine: Engine, header: bool) -> None:
    data = form(**{"attribute[idempotency_key]": None}) if header else form()
    headers = {"Idempotency-Key": "filing-1"} if header else {}
    answers = await asyncio.gather(
        *(client.post("/open311/v2/requests.json", data=data, headers=headers) for _ in range(5))
    )
    found = {check_json("receipt", await answer.read())[0]["service_request_id"] for answer in answers}
    assert len(found) == 1 and len(store.list_orders(engine)) == 1


async def test_the_same_key_of_another_client_is_another_order(client: Any, engine: Engine) -> None:
    await post(client, form())
    await post(client, form(api_key=OTHER_KEY))
    assert {order.source_sub for order in store.list_orders(engine)} == {"city", "app"}


async def test_without_a_key_every_post_is_an_order(client: Any, engine: Engine) -> None:
    for _ in range(2):
        await client.post("/open311/v2/requests.json", data=form(**{"attribute[idempotency_key]": None}))
    assert len(store.list_orders(engine)) == 2


@pytest.mark.parametrize("key", [None, "", "wrong", "City-Key-0123456789-Abcdef"])
async def test_without_the_right_api_key_nothing_is_filed(client: Any, engine: Engine, key: str | None) -> None:
    (error,) = await check(client, "errors", "/v2/requests", status=403, data=form(api_key=key))
    assert error["code"] == 403 and store.list_orders(engine) == ()


async def test_without_configured_keys_nobody_files(start: Any) -> None:
    client = await start(api_keys={})
    await check(client, "errors", "/v2/requests", status=403, data=form(api_key=None))


async def test_the_key_may_stand_in_query_or_header(client: Any) -> None:
    await check(client, "receipt", f"/v2/requests?api_key={KEY}", data=form(api_key=None))
    headers = {"Authorization": f"Bearer {KEY}"}
    await check(client, "receipt", "/v2/requests", data=form(api_key=None), headers=headers)


@pytest.mark.parametrize(
    ("place", "location", "town"),
    [
        ({"address_string": "惠民街道示例路2号"}, "惠民街道示例路2号", "惠民街道"),
        ({"address_id": "440203102007"}, "", "龙归镇"),
        ({"lat": "24.8", "long": "113.6"}, "", ""),
        ({"address_string": "未提供"}, "", ""),
    ],
)
async def test_each_kind_of_place_is_taken(client: Any, place: dict[str, str], location: str, town: str) -> None:
    order = await post(client, form(**{"address_string": None, "attribute[town]": None, **place}))
    assert (order.location, order.town) == (location, town)


async def test_an_order_without_place_is_taken_where_the_service_needs_none(client: Any) -> None:
    order = await post(client, form(service_code="consult-other", address_string=None))
    assert (order.type, order.location) == (OrderType.CONSULT, "")


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"address_string": None}, "地点"),
        ({"lat": "24.8"}, "lat"),
        ({"lat": "nan", "long": "113"}, "lat"),
        ({"lat": "91", "long": "113"}, "-90"),
        ({"address_id": "999999999999"}, "address_id"),
        ({"service_code": None}, "service_code"),
        ({"description": "长" * 4_001}, "description"),
        ({"address_string": "长" * 501}, "address_string"),
        ({"media_url": "javascript:alert(1)"}, "media_url"),
        ({"attribute[privacy]": "secret"}, "privacy"),
        ({"attribute[public_reply]": "maybe"}, "public_reply"),
        ({"attribute[town]": "440204001000"}, "town"),
        ({"attribute[idempotency_key]": "k" * 129}, "idempotency_key"),
    ],
)
async def test_what_is_wrong_is_named(client: Any, engine: Engine, changes: dict[str, Any], word: str) -> None:
    (error,) = await check(client, "errors", "/v2/requests", status=400, data=form(**changes))
    assert word in error["description"] and store.list_orders(engine) == ()


async def test_an_unknown_service_or_jurisdiction_is_a_404(client: Any, start: Any) -> None:
    await check(client, "errors", "/v2/requests", status=404, data=form(service_code="999"))
    other = await start(jurisdiction="example.gov.cn")
    await check(other, "errors", "/v2/requests", status=404, data=form(jurisdiction_id="sfgov.org"))


async def test_a_field_sent_twice_is_refused(client: Any) -> None:
    data = [*FORM.items(), ("service_code", "praise")]
    await check(client, "errors", "/v2/requests", status=400, data=data)


async def test_only_a_form_is_taken(client: Any) -> None:
    xml = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    for content_type, data in (("application/json", b'{"api_key": 1}'), ("text/xml", xml)):
        headers = {"Content-Type": content_type}
        await check(client, "errors", "/v2/requests", status=400, data=data, headers=headers)


async def test_a_body_over_its_size_is_refused(client: Any) -> None:
    await check(client, "errors", "/v2/requests", status=413, data=form(description="a" * 100_000))


async def test_the_longest_description_fits(client: Any) -> None:
    order = await post(client, form(description="长" * 4_000))
    assert len(order.content) == 4_000


async def test_an_order_without_description_is_taken(client: Any) -> None:
    order = await post(client, form(description=None))
    assert order.content == "市容环卫投诉（未填写说明）"


async def test_an_anonymous_order_keeps_nobody(client: Any) -> None:
    order = await post(client, form(**{"attribute[privacy]": "anonymous", "email": "li@example.org"}))
    assert (order.privacy, order.appellant_name, order.appellant_phone) == (Privacy.ANONYMOUS, "", "")
    assert "li@example.org" not in str(order)


async def test_a_latin_name_keeps_its_order(client: Any) -> None:
    order = await post(client, form(first_name="John", last_name="Smith"))
    assert order.appellant_name == "John Smith"


async def test_danger_and_threats_are_marked_and_told_whom_to_call(client: Any) -> None:
    fire = form(description="楼下着火了，快来救人！", **{"attribute[idempotency_key]": "fire"})
    (receipt,) = await check(client, "receipt", "/v2/requests", data=fire)
    order = store.get(client.app["engine"], receipt["service_request_id"])
    assert order.urgency is Urgency.URGENT and "119" in receipt["service_notice"]
    threat = form(description="不解决我就从楼上跳下去，不想活了", **{"attribute[idempotency_key]": "threat"})
    assert (await post(client, threat)).is_threat


async def test_a_batch_service_gives_a_token_that_gives_the_number(start: Any, engine: Engine) -> None:
    services = load_catalogue().services
    batch = tuple(replace(row, answer="batch") if row.code == "praise" else row for row in services)
    client = await start(catalogue=Catalogue(load_catalogue().changeset, batch))
    response = await client.post("/open311/v2/requests.json", data=form(service_code="praise"))
    (receipt,) = check_json("receipt", await response.read())
    (order,) = store.list_orders(engine)
    found = await check(client, "token", f"/v2/tokens/{receipt['token']}")
    assert found[0]["service_request_id"] == order.number


async def test_a_client_that_files_too_fast_is_slowed_down_alone(start: Any) -> None:
    client = await start(client_burst=1)
    statuses = [
        (await client.post("/open311/v2/requests.json", data=form(api_key=key))).status for key in (KEY, KEY, OTHER_KEY)
    ]
    assert statuses == [200, 429, 200]


async def test_an_update_becomes_one_line_of_the_history(client: Any, engine: Engine) -> None:
    order = await post(client, form())
    update = {
        "api_key": KEY,
        "service_request_id": order.number,
        "update_id": "u-1",
        "description": "市民再次来电催办。",
    }
    for _ in range(2):
        assert await check(client, "updates", "/v2/servicerequestupdates", data=update) == [{"update_id": "u-1"}]
    events = store.history(engine, order.number)
    assert [event.reason for event in events[1:]] == ["对方补充：市民再次来电催办。（更新编号 u-1）"]


async def test_only_who_filed_an_order_may_add_to_it(client: Any, engine: Engine) -> None:
    order = await post(client, form())
    update = {"service_request_id": order.number, "update_id": "u-1", "description": "插嘴"}
    path = "/v2/servicerequestupdates"
    await check(client, "errors", path, status=404, data={**update, "api_key": OTHER_KEY})
    await check(client, "errors", path, status=403, data=update)
    await check(client, "errors", path, status=400, data={"api_key": KEY, "update_id": "u-1"})
    assert len(store.history(engine, order.number)) == 1
