"""A client that we did not write (`georeport`, from PyPI) reads a real running server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from georeport import GeoReport
from sqlalchemy.engine import Engine

from hotline import store
from hotline.open311_services import load_catalogue
from hotline.states import State
from storage.engine import transaction
from storage.tables import work_order
from tests.bot.channels.open311.conftest import KEY
from tests.bot.channels.open311.test_open311_filing import form


@pytest.mark.parametrize("output_format", ["json", "xml"])
async def test_georeport_reads_services_definitions_and_requests(
    client: Any, engine: Engine, output_format: str
) -> None:
    for name in ("one", "two"):  # with one request alone its XML reader gives no list
        data = form(**{"attribute[idempotency_key]": name, "attribute[public_reply]": "true"})
        assert (await client.post("/open311/v2/requests.json", data=data)).status == 200
    first = store.list_orders(engine)[1].number
    with transaction(engine) as connection:
        this = work_order.c.number == first
        connection.execute(
            work_order.update().where(this).values(state=State.CLOSED, closed_at=work_order.c.created_at)
        )
    root = str(client.make_url("/open311/v2"))
    georeport = GeoReport(root, jurisdiction="example.gov.cn", api_key=KEY, output_format=output_format)

    services = await asyncio.to_thread(georeport.get_service_list)
    assert [row["service_code"] for row in services] == [service.code for service in load_catalogue().services]
    definition = await asyncio.to_thread(georeport.get_service_definition, services[0]["service_code"])
    assert definition["service_code"] == services[0]["service_code"]
    requests = await asyncio.to_thread(georeport.get_service_requests)
    assert [row["status"] for row in requests] == ["open", "closed"]
    closed = await asyncio.to_thread(georeport.get_service_requests, status="open,closed", service_request_id=first)
    assert "示例路口" in str(closed)
    one = await asyncio.to_thread(georeport.get_service_request, first)
    assert (one["service_request_id"], one["status"]) == (first, "closed")
    assert one["description"] == "示例路口的夜宵摊每晚占道经营到两点。"
