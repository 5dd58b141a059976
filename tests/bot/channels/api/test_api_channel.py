"""JSON API: works, rejects bad input, rejects the wrong person, and keeps to its own OpenAPI document."""

from __future__ import annotations

import re
from typing import Any

import jsonschema
import pytest
import yaml
from aiohttp import web

from bot.channels.api import channel as api
from bot.channels.web.channel import CONVERSATIONS
from bot.channels.web.settings import WebSettings
from tests.bot.channels.fake_dialogue import CODE, NUMBER, FakeDialogue

DOCUMENT = yaml.safe_load(api.OPENAPI.read_text(encoding="utf-8"))


def check(schema: str, value: object) -> None:
    """Hold a real response against the document."""
    root = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(root, format_checker=jsonschema.FormatChecker()).validate(value)


async def begin(client: Any) -> tuple[str, dict[str, str]]:
    answer = await (await client.post("/api/v1/conversations")).json()
    check("NewConversation", answer)
    return f"/api/v1/conversations/{answer['id']}", {"Authorization": f"Bearer {answer['token']}"}


async def send(client: Any, path: str, headers: dict[str, str], **body: Any) -> Any:
    return await client.post(f"{path}/messages", json=body, headers=headers)


def test_the_document_is_openapi_3_1_with_sound_schemas() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_each_route_is_documented_and_each_documented_route_exists(client: Any) -> None:
    routes = {
        (route.method.lower(), route.resource.canonical)
        for route in client.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    documented = {
        (method, path)
        for path, operations in DOCUMENT["paths"].items()
        for method in operations
        if method in ("get", "post", "put", "delete")
    }
    assert routes == documented


def test_path_parameters_are_described() -> None:
    for path, operations in DOCUMENT["paths"].items():
        described = [*operations.get("parameters", []), *operations.get("get", {}).get("parameters", [])]
        resolved = [
            DOCUMENT["components"]["parameters"][parameter["$ref"].rsplit("/", 1)[1]]
            if "$ref" in parameter
            else parameter
            for parameter in described
        ]
        assert set(re.findall(r"{(\w+)}", path)) == {item["name"] for item in resolved if item["in"] == "path"}


async def test_the_document_is_served(client: Any) -> None:
    response = await client.get("/api/v1/openapi.json")
    assert await response.json() == DOCUMENT


@pytest.mark.parametrize(
    "text", ["你好", "身份证丢了带什么", "办身份证", "我要投诉", "家里着火了", "不知道的事", "请出错"]
)
async def test_every_kind_of_answer_keeps_to_the_document(client: Any, text: str) -> None:
    path, headers = await begin(client)
    response = await send(client, path, headers, text=text)
    answer = await response.json()
    assert response.status == 200
    check("Answer", answer)
    assert "meta" not in answer
    page = await (await client.get(f"{path}/messages", headers=headers)).json()
    check("MessagePage", page)
    assert page["last_seq"] == answer["answer_seq"] == 2


async def test_reading_goes_on_behind_a_number(client: Any) -> None:
    path, headers = await begin(client)
    await send(client, path, headers, text="你好")
    page = await (await client.get(f"{path}/messages?after=1", headers=headers)).json()
    assert [message["seq"] for message in page["messages"]] == [2]


async def test_the_same_client_id_gives_the_same_answer(client: Any, dialogue: FakeDialogue) -> None:
    path, headers = await begin(client)
    first = await (await send(client, path, headers, text="我要投诉", client_id="client-0001")).json()
    again = await (await send(client, path, headers, text="我要投诉", client_id="client-0001")).json()
    assert again == first
    assert len(dialogue.turns) == 1
    assert dialogue.turns[0][2] == "api"


async def test_an_answer_can_be_rated_once_it_exists(client: Any, dialogue: FakeDialogue) -> None:
    path, headers = await begin(client)
    answer = await (await send(client, path, headers, text="身份证丢了")).json()
    rating = {"message_id": answer["message_id"], "score": 2}
    response = await client.post(f"{path}/ratings", json=rating, headers=headers)
    check("Rating", await response.json())
    assert (response.status, dialogue.ratings[0][1:]) == (201, (answer["message_id"], 2))
    missing = await client.post(f"{path}/ratings", json={"message_id": "other", "score": 2}, headers=headers)
    assert missing.status == 404


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "Basic abc"])
async def test_without_its_token_a_conversation_is_closed(client: Any, value: str) -> None:
    path, _ = await begin(client)
    for response in (
        await client.get(f"{path}/messages", headers={"Authorization": value}),
        await client.post(f"{path}/messages", json={"text": "你好"}, headers={"Authorization": value}),
        await client.post(f"{path}/ratings", json={"message_id": "x", "score": 1}, headers={"Authorization": value}),
    ):
        assert response.status == 401
        check("Error", await response.json())


async def test_anothers_token_is_refused(client: Any) -> None:
    path, _ = await begin(client)
    _, others = await begin(client)
    assert (await client.get(f"{path}/messages", headers=others)).status == 401


async def test_a_widget_token_is_no_api_token(client: Any) -> None:
    answer = await (await client.post("/chat/session", json={"embed": True})).json()
    response = await client.get(
        f"/api/v1/conversations/{answer['conversation']}/messages",
        headers={"Authorization": f"Bearer {answer['token']}"},
    )
    assert response.status == 401


@pytest.mark.parametrize("raw", [b"null", b"[]", b"7", b"", b'{"text": 3}', b'{"text": "\xff"}', b'{"text": ""}'])
async def test_bad_bodies_are_a_documented_400(client: Any, raw: bytes) -> None:
    path, headers = await begin(client)
    headers = {**headers, "Content-Type": "application/json"}
    response = await client.post(f"{path}/messages", data=raw, headers=headers)
    assert response.status == 400
    check("Error", await response.json())


async def test_an_order_needs_number_and_code(client: Any) -> None:
    found = await client.get(f"/api/v1/orders/{NUMBER}?code={CODE}")
    check("OrderStatus", await found.json())
    wrong_code = await client.get(f"/api/v1/orders/{NUMBER}?code=000000")
    unknown = await client.get(f"/api/v1/orders/WJ2026030599999?code={CODE}")
    assert (wrong_code.status, unknown.status) == (404, 404)
    assert await wrong_code.json() == await unknown.json()


@pytest.mark.parametrize(
    "path", [f"{NUMBER}", f"{NUMBER}?code=", f"{NUMBER}?code=12345", f"{NUMBER}?code=abcdef", "XX1?code=483920"]
)
async def test_a_query_of_the_wrong_form_is_a_400(client: Any, path: str) -> None:
    assert (await client.get(f"/api/v1/orders/{path}")).status == 400


async def test_codes_cannot_be_tried_without_end(start: Any) -> None:
    client = await start(lookup_burst=3, lookup_per_minute=1)
    statuses = [(await client.get(f"/api/v1/orders/{NUMBER}?code={code:06}")).status for code in range(4)]
    assert statuses == [404, 404, 404, 429]


async def test_an_error_of_the_lookup_is_a_calm_500(aiohttp_client: Any, client: Any) -> None:
    async def broken(number: str, code: str) -> None:
        raise RuntimeError("database gone")

    app = web.Application()
    conversations = client.app[CONVERSATIONS]
    api.setup(app, conversations=conversations, find_order=broken, settings=WebSettings(secret_keys=("k" * 40,)))
    other = await aiohttp_client(app)
    response = await other.get(f"/api/v1/orders/{NUMBER}?code={CODE}")
    assert response.status == 500
    check("Error", await response.json())
    assert "database" not in await response.text()
