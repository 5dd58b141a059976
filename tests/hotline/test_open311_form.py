"""An order as another hotline gets it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.engine import Engine

from hotline.model import Privacy, WorkOrder
from hotline.open311_form import order_form
from tests.hotline.cast import Office
from tests.hotline.factories import make_draft


@pytest.fixture
def order(engine: Engine) -> WorkOrder:
    return Office(engine).file(make_draft(lat=24.8, lng=113.59))


def test_all_that_the_standard_knows_goes_along(order: WorkOrder) -> None:
    assert order_form(order, "003", "push:1") == {
        "service_code": "003",
        "description": "示例路口的夜宵摊每晚占道经营到两点。",
        "address_string": "示例路1号",
        "lat": "24.8000000",
        "long": "113.5900000",
        "last_name": "李小明",
        "phone": "13900000000",
        "attribute[town]": "440203002000",
        "attribute[incident_time]": "昨晚",
        "attribute[privacy]": "public",
        "attribute[public_reply]": "false",
        "attribute[idempotency_key]": "push:1",
    }


def test_a_confidential_order_goes_without_identity(order: WorkOrder) -> None:
    form = order_form(replace(order, privacy=Privacy.CONFIDENTIAL), "003", "push:1")
    assert not {"last_name", "phone"} & form.keys() and form["attribute[privacy]"] == "confidential"


def test_an_order_without_place_says_so(order: WorkOrder) -> None:
    nowhere = replace(order, location="", town="", town_code="", lat=None, lng=None)
    assert order_form(nowhere, "003", "k")["address_string"] == "未提供"
    assert order_form(replace(nowhere, town="惠民街道"), "003", "k")["address_string"] == "惠民街道"


def test_a_text_over_the_limit_of_the_standard_is_cut_and_says_so(order: WorkOrder) -> None:
    form = order_form(replace(order, content="长" * 10_000), "003", "k")
    assert len(form["description"]) == 4_000 and form["description"].endswith("索取）")


def test_a_title_of_its_own_stands_first(order: WorkOrder) -> None:
    form = order_form(replace(order, title="夜宵摊占道"), "003", "k")
    assert form["description"] == "夜宵摊占道\n示例路口的夜宵摊每晚占道经营到两点。"
