"""Whatever arrives costs an error and nothing else: no crash, no half order, an answer that fits the description."""

from __future__ import annotations

import string
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from bot.channels.open311.errors import Open311Error
from bot.channels.open311.filing import draft_of
from bot.channels.open311.formats import to_json, to_xml
from bot.channels.open311.messages import LENGTHS, parse_form
from hotline import store
from hotline.open311_services import load_catalogue
from tests.bot.channels.open311.conftest import KEY
from tests.bot.channels.open311.description import check_json, check_xml

FIELDS = (*LENGTHS, "service_code", "lat", "long", "email", "jurisdiction_id", "device_id", "account_id")
ATTRIBUTES = ("town", "incident_time", "privacy", "public_reply", "idempotency_key", "x", "")
NAMES = st.sampled_from([*FIELDS, *(f"attribute[{name}]" for name in ATTRIBUTES), "attribute[x][]", "attribute[["])
NASTY = st.sampled_from(
    [
        "\x00",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "]]>",
        "&#0;",
        "\ufffe\uffff",
        "\u202e反",
        "{{7*7}}",
        "../../etc/passwd",
        "1e999",
        "9" * 400,
        "440203002000",
        "public",
        "true",
        "24.8",
        "未提供",
        "https://example.org/a.jpg",
    ]
)
TEXTS = st.one_of(st.text(max_size=60), NASTY, st.sampled_from([service.code for service in load_catalogue().services]))
FORMS = st.dictionaries(NAMES, TEXTS, max_size=12)


def encoded(form: dict[str, str]) -> bytes:
    pairs = (f"{quote(name)}={quote(value, errors='replace')}" for name, value in form.items())
    return "&".join(pairs).encode()


@given(FORMS)
@settings(max_examples=300, deadline=None)
def test_every_form_is_either_refused_or_a_draft_that_can_be_stored(form: dict[str, str]) -> None:
    try:
        filled = parse_form(encoded(form))
        draft = draft_of(filled, load_catalogue().services[0], "city", "")
    except Open311Error:
        return
    assert draft.checked().content


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_every_body_is_either_refused_or_a_form(body: bytes) -> None:
    try:
        filled = parse_form(body)
    except Open311Error:
        return
    assert all(filled.fields.values()) and all(filled.attributes.values())


@given(form=FORMS, wanted=st.sampled_from(["json", "xml"]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_the_running_server_answers_every_form_within_the_description(
    client: Any, engine: Engine, form: dict[str, str], wanted: str
) -> None:
    before = len(store.list_orders(engine, limit=1_000))
    body = encoded({"service_code": "praise", "description": "服务很好", **form, "api_key": KEY})
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    response = await client.post(f"/open311/v2/requests.{wanted}", data=body, headers=headers)
    assert response.status in (200, 400, 404)
    kind = "receipt" if response.status == 200 else "errors"
    (check_json if wanted == "json" else check_xml)(kind, await response.read())
    after = len(store.list_orders(engine, limit=1_000))
    assert after - before <= (response.status == 200)
    listed = await client.get(f"/open311/v2/requests.{wanted}?api_key={KEY}")
    (check_json if wanted == "json" else check_xml)("requests", await listed.read())


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.dictionaries(st.text(string.ascii_lowercase, min_size=1), inner, min_size=1, max_size=4),
        max_leaves=8,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_tree_can_be_written_in_both_formats(tree: Any) -> None:
    to_json({"row": tree})
    root = ET.fromstring(to_xml("row", tree))
    assert root.tag == "row"


@pytest.mark.parametrize(
    "path",
    [
        "/open311/v2/requests/%00.json",
        "/open311/v2/requests/..%2f..%2fetc.json",
        "/open311/v2/tokens/%F0%9F%98%80.json",
        "/open311/v2/tokens/%00.json",
        "/open311/v2/services/" + "a" * 3_000 + ".json",
        "/open311/v2/requests.json?service_request_id=" + ",".join("WJ" + "9" * 18 for _ in range(300)),
        "/open311/v2/requests.json?start_date=0001-01-01T00:00:00%2B14:00",
        "/open311/v2/requests.json?end_date=9999-12-31T23:59:59-14:00",
        "/open311/v2/requests.json?start_date=2025-02-30T00:00:00Z",
        "/open311/v2/requests.json?start_date=2025-02-20",
        "/open311/v2/requests.json?start_date=2025-02-20T00:00:00",
        "/open311/v2/requests.json?service_code=%27%20OR%201%3D1",
        "/open311/v2/requests.json?status=%00",
    ],
)
async def test_hostile_addresses_cost_an_error_only(client: Any, path: str) -> None:
    response = await client.get(path)
    assert response.status in (200, 400, 404)
    check_json("requests" if response.status == 200 else "errors", await response.read())
