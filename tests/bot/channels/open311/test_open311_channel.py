"""Reading: discovery, services, requests with every filter, tokens; who sees what; errors in both formats."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy.engine import Engine

from bot.channels.open311 import channel
from hotline import open311_tokens, store
from hotline.model import OrderType, Privacy, WorkOrder
from hotline.open311_services import load_catalogue
from hotline.states import State
from storage.engine import transaction
from storage.tables import work_order
from tests.bot.channels.open311.conftest import KEY, OTHER_KEY
from tests.bot.channels.open311.description import KINDS, SCHEMAS, check, check_json, check_xml
from tests.hotline.factories import make_draft

NOW = datetime.now(UTC)


def file(engine: Engine, name: str, days_ago: float = 1, columns: dict[str, Any] | None = None, **draft: Any) -> str:
    """File an order; `columns` change its row afterwards, as the desk would."""
    received = NOW - timedelta(days=days_ago)
    order: WorkOrder = store.submit(engine, make_draft(draft_id=name, **draft), now=received)
    if columns:
        with transaction(engine) as connection:
            connection.execute(work_order.update().where(work_order.c.number == order.number).values(**columns))
    return order.number


def numbers(found: list[dict[str, Any]]) -> set[str]:
    return {request["service_request_id"] for request in found}


def test_every_kind_of_answer_is_described_in_both_formats() -> None:
    assert set(KINDS) <= SCHEMAS["$defs"].keys()


@pytest.mark.parametrize("path", ["/discovery", "/v2/discovery"])
async def test_discovery_names_this_endpoint_and_both_formats(client: Any, path: str) -> None:
    found = await check(client, "discovery", path)
    (endpoint,) = found["endpoints"]
    assert endpoint["url"] == f"http://{client.host}:{client.port}/open311/v2"
    assert endpoint["formats"] == ["text/xml", "application/json"]


async def test_the_public_address_wins_over_the_host_header(start: Any) -> None:
    client = await start(public_url="https://bot.example.gov.cn")
    found = await check(client, "discovery", "/discovery", headers={"Host": "evil.example"})
    assert found["endpoints"][0]["url"] == "https://bot.example.gov.cn/open311/v2"


async def test_the_service_list_is_the_file(client: Any) -> None:
    found = await check(client, "services", "/v2/services")
    assert [row["service_code"] for row in found] == [service.code for service in load_catalogue().services]


async def test_every_service_has_a_definition(client: Any) -> None:
    for service in load_catalogue().services:
        found = await check(client, "service_definition", f"/v2/services/{service.code}")
        assert [attribute["code"] for attribute in found["attributes"]] == [
            "town",
            "incident_time",
            "privacy",
            "public_reply",
        ]
    towns = found["attributes"][0]["values"]
    assert {"key": "440203002000", "name": "惠民街道"} in towns and len(towns) == 7


async def test_a_public_order_shows_its_words_and_place(client: Any, engine: Engine) -> None:
    number = file(
        engine, "a", public_reply=True, lat=24.8, lng=113.59, content="路口有占道摊，电话13912345678联系李小明。"
    )
    (found,) = await check(client, "requests", f"/v2/requests/{number}")
    assert found["description"] == "路口有占道摊，电话***联系***。"
    assert (found["address"], found["lat"], found["long"]) == ("示例路1号, 惠民街道", 24.8, 113.59)
    assert (found["status"], found["status_notes"]) == ("open", "已提交，待受理")
    assert found["requested_datetime"].endswith("+08:00")


async def test_an_order_without_public_reply_shows_neither_words_nor_place(client: Any, engine: Engine) -> None:
    number = file(engine, "a", lat=24.8, lng=113.59)
    (found,) = await check(client, "requests", f"/v2/requests/{number}")
    assert (found["description"], found["address"]) == ("（诉求内容不公开）", "惠民街道")
    assert (found["lat"], found["long"]) == (None, None)


@pytest.mark.parametrize(
    "draft", [{"privacy": Privacy.CONFIDENTIAL}, {"privacy": Privacy.ANONYMOUS}, {"is_threat": True}]
)
async def test_a_confidential_order_does_not_exist_for_others(
    client: Any, engine: Engine, draft: dict[str, Any]
) -> None:
    secret = file(engine, "a", public_reply=True, source="Open311", source_sub="city", **draft)
    await check(client, "errors", f"/v2/requests/{secret}", status=404)
    assert await check(client, "requests", f"/v2/requests?service_request_id={secret}") == []
    assert await check(client, "requests", "/v2/requests") == []
    other = {"Authorization": f"Bearer {OTHER_KEY}"}
    await check(client, "errors", f"/v2/requests/{secret}", status=404, headers=other)
    own = {"Authorization": f"Bearer {KEY}"}
    (found,) = await check(client, "requests", f"/v2/requests/{secret}", headers=own)
    assert found["description"].startswith("示例路口")
    assert numbers(await check(client, "requests", f"/v2/requests?api_key={KEY}")) == {secret}


async def test_no_answer_ever_holds_name_phone_or_query_code(client: Any, engine: Engine) -> None:
    number = file(engine, "a", public_reply=True, source="Open311", source_sub="city", content="李小明说13900000000")
    code = store.get(engine, number).query_code
    for headers in ({}, {"Authorization": f"Bearer {KEY}"}):
        body = await (await client.get("/open311/v2/requests.json", headers=headers)).text()
        assert number in body and code not in body.replace(number, "")
        assert ("13900000000" in body) == bool(headers)  # what the sender itself wrote into the text


async def test_a_reply_is_shown_once_the_order_is_finished(client: Any, engine: Engine) -> None:
    reply, at = {"reply_text": "已清理（示例）。"}, NOW - timedelta(hours=2)
    shown = file(engine, "a", public_reply=True, columns={**reply, "state": State.CLOSED, "closed_at": at})
    redone = file(engine, "b", public_reply=True, columns={**reply, "state": State.REDO})
    private = file(engine, "c", columns={**reply, "state": State.CLOSED, "closed_at": at})
    found = {row["service_request_id"]: row for row in await check(client, "requests", "/v2/requests")}
    assert (found[shown]["status"], found[shown]["status_notes"]) == ("closed", "已办结。答复：已清理（示例）。")
    assert datetime.fromisoformat(found[shown]["updated_datetime"]) == at.replace(microsecond=0)
    assert (found[redone]["status"], found[redone]["status_notes"]) == ("open", "重新办理中")
    assert (found[private]["status"], found[private]["status_notes"]) == ("closed", "已办结")


async def test_only_an_official_limit_is_promised(client: Any, engine: Engine) -> None:
    firm = file(engine, "a", columns={"is_official_limit": True, "is_due_provisional": False})
    default = file(engine, "b", columns={"is_official_limit": False})
    provisional = file(engine, "c", columns={"is_official_limit": True, "is_due_provisional": True})
    found = {row["service_request_id"]: row for row in await check(client, "requests", "/v2/requests")}
    assert found[firm]["expected_datetime"].endswith("T23:59:59+08:00")
    assert found[default]["expected_datetime"] is found[provisional]["expected_datetime"] is None


async def test_requests_are_filtered_by_service(client: Any, engine: Engine) -> None:
    noise = file(engine, "a", category="噪音扰民")
    rest = file(engine, "b", category="没有列出的分类")
    question = file(engine, "c", type=OrderType.CONSULT)
    everything = await check(client, "requests", "/v2/requests")
    assert {row["service_request_id"]: row["service_code"] for row in everything} == {
        noise: "complaint-noise",
        rest: "complaint-other",
        question: "consult-other",
    }
    for query, wanted in (
        ("complaint-noise", {noise}),
        ("complaint-other", {rest}),
        ("complaint-noise,%20consult-other", {noise, question}),
    ):
        assert numbers(await check(client, "requests", f"/v2/requests?service_code={query}")) == wanted
    await check(client, "errors", "/v2/requests?service_code=complaint-noise,nothing", status=404)


async def test_requests_are_filtered_by_status(client: Any, engine: Engine) -> None:
    opened = file(engine, "a")
    closed = file(engine, "b", columns={"state": State.ARCHIVED})
    for query, wanted in (("open", {opened}), ("closed", {closed}), ("open,closed", {opened, closed})):
        assert numbers(await check(client, "requests", f"/v2/requests?status={query}")) == wanted
    await check(client, "errors", "/v2/requests?status=pending", status=400)


async def test_requests_are_filtered_by_date_within_ninety_days(client: Any, engine: Engine) -> None:
    new, old, oldest = file(engine, "a", 1), file(engine, "b", 89), file(engine, "c", 100)
    assert numbers(await check(client, "requests", "/v2/requests")) == {new, old}

    def query(**dates: float) -> str:
        moments = {name: quote((NOW - timedelta(days=ago)).isoformat()) for name, ago in dates.items()}
        return "/v2/requests?" + "&".join(f"{name}={text}" for name, text in moments.items())

    assert numbers(await check(client, "requests", query(start_date=101, end_date=88))) == {old, oldest}
    assert numbers(await check(client, "requests", query(start_date=99))) == {old}
    assert numbers(await check(client, "requests", query(end_date=88))) == {old, oldest}
    await check(client, "errors", query(start_date=91, end_date=0.5), status=400)
    await check(client, "errors", query(start_date=1, end_date=2), status=400)


async def test_numbers_override_every_other_filter(client: Any, engine: Engine) -> None:
    old, new = file(engine, "a", 400), file(engine, "b")
    path = f"/v2/requests?service_request_id={old},%20{new},WJ2099010100001&status=closed&start_date=rubbish"
    assert numbers(await check(client, "requests", path)) == {old, new}


async def test_a_plus_that_arrives_as_a_space_is_understood(client: Any, engine: Engine) -> None:
    number = file(engine, "a", 1)
    start = (NOW - timedelta(days=2)).isoformat(timespec="seconds").replace("+00:00", "+08:00")
    assert numbers(await check(client, "requests", f"/v2/requests?start_date={start}")) == {number}


async def test_at_most_a_thousand_requests_come_back_the_newest_first(client: Any, engine: Engine) -> None:
    number = file(engine, "a")
    with transaction(engine) as connection:
        row = dict(connection.execute(work_order.select()).one()._mapping)
        rows = [
            row | {"number": f"WJ20250101{count:05d}", "draft_id": f"n{count}", "received_at": NOW - timedelta(days=2)}
            for count in range(1_001)
        ]
        connection.execute(work_order.insert(), rows)
    found = await check(client, "requests", "/v2/requests")
    assert len(found) == 1_000 and found[0]["service_request_id"] == number


async def test_a_fictional_order_says_so(client: Any, engine: Engine) -> None:
    number = file(engine, "a", is_fictional=True)
    (found,) = await check(client, "requests", f"/v2/requests/{number}")
    assert found["service_notice"] == "演示数据，不是真实诉求。"


async def test_a_token_gives_the_number_once_there_is_one(client: Any, engine: Engine) -> None:
    with transaction(engine) as connection:
        token = open311_tokens.give(connection, now=NOW)
    assert await check(client, "token", f"/v2/tokens/{token}") == [{"token": token}]
    with transaction(engine) as connection:
        open311_tokens.settle(connection, token, "WJ2025030400001")
    numbered = [{"service_request_id": "WJ2025030400001", "token": token}]
    assert await check(client, "token", f"/v2/tokens/{token}") == numbered
    await check(client, "errors", "/v2/tokens/unknown", status=404)


@pytest.mark.parametrize(
    "path", ["/v2/services", "/v2/services/praise", "/v2/requests", "/v2/tokens/x", "/v2/requests/1"]
)
async def test_a_wrong_jurisdiction_is_a_404(start: Any, path: str) -> None:
    client = await start(jurisdiction="example.gov.cn")
    (error,) = await check(client, "errors", f"{path}?jurisdiction_id=other.gov", status=404)
    assert "jurisdiction_id" in error["description"]


async def test_the_jurisdiction_may_be_left_out_or_empty(start: Any) -> None:
    client = await start(jurisdiction="example.gov.cn")
    for query in ("", "?jurisdiction_id=", "?jurisdiction_id=Example.gov.cn"):
        await check(client, "services", f"/v2/services{query}")


@pytest.mark.parametrize(
    "path",
    ["/v2/services/nothing", "/v2/requests/WJ2025030499999", "/v2/requests/nonsense", "/v2/nothing", "/v3/services"],
)
async def test_what_does_not_exist_is_a_404(client: Any, path: str) -> None:
    (error,) = await check(client, "errors", path, status=404)
    assert error["code"] == 404


async def test_an_unknown_format_is_a_404_in_xml(client: Any) -> None:
    response = await client.get("/open311/v2/services.html")
    assert response.status == 404
    check_xml("errors", await response.read())


async def test_a_wrong_key_is_refused_even_for_reading(client: Any) -> None:
    await check(client, "errors", "/v2/requests?api_key=wrong", status=403)


async def test_too_many_requests_are_told_when_to_come_back(start: Any) -> None:
    client = await start(address_burst=1)
    await client.get("/open311/v2/services.json")
    response = await client.get("/open311/v2/services.json")
    assert response.status == 429 and int(response.headers["Retry-After"]) >= 1
    check_json("errors", await response.read())


async def test_a_failure_of_ours_is_a_calm_500(client: Any, engine: Engine) -> None:
    with transaction(engine) as connection:
        connection.execute(work_order.update().values(number=work_order.c.number))
        connection.exec_driver_sql("ALTER TABLE work_order RENAME TO gone")
    (error,) = await check(client, "errors", "/v2/requests", status=500)
    assert "work_order" not in error["description"]


def test_each_route_stands_in_the_document(client: Any) -> None:
    document = (Path(__file__).parents[4] / "docs" / "open311.md").read_text(encoding="utf-8")
    for route in client.app.router.routes():
        path = route.resource.canonical.removesuffix(".{format}").removeprefix(channel.ROOT)
        assert route.method in ("HEAD", "*") or f"`{route.method} {path}`" in document


async def test_every_answer_forbids_caching_and_sniffing(client: Any) -> None:
    response = await client.get("/open311/v2/services.xml")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
