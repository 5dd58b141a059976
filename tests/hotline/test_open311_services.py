"""The service list: stable, complete, and every order belongs to exactly one service."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml
from sqlalchemy.engine import Engine

from hotline import store
from hotline.model import OrderType
from hotline.open311_services import SERVICES_FILE, load_catalogue
from storage.tables import work_order
from tests.hotline.factories import TUESDAY_MORNING, make_draft

CATEGORIES = ("噪音扰民", "社保医保", "", "没有列出的分类")


def test_every_order_belongs_to_exactly_one_service_in_python_and_sql(engine: Engine) -> None:
    catalogue = load_catalogue()
    for kind in OrderType:
        for category in CATEGORIES:
            draft = make_draft(draft_id=f"{kind}{category}", type=kind, category=category)
            store.submit(engine, draft, now=TUESDAY_MORNING)
    found: dict[str, str] = {}
    for service in catalogue.services:
        with engine.connect() as connection:
            query = sa.select(work_order.c.number).where(catalogue.condition([service]))
            for number in connection.execute(query).scalars():
                assert number not in found
                found[number] = service.code
    orders = store.list_orders(engine, limit=1_000)
    assert found == {order.number: catalogue.of(order.type, order.category).code for order in orders}


def test_a_service_that_needs_no_place_says_so() -> None:
    for service in load_catalogue().services:
        assert ("不需要地点" in service.description) == (not service.needs_place)


def test_codes_fit_into_an_address() -> None:
    for service in load_catalogue().services:
        assert service.code.replace("-", "").isascii() and service.code.replace("-", "").isalpha()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"code": "praise"}, "twice"),
        ({"category": "", "type": "praise"}, "twice"),
        ({"place": "maybe"}, "place"),
        ({"answer": "blackbox"}, "answer"),
    ],
)
def test_a_contradictory_list_is_refused(tmp_path: Path, change: dict[str, str], complaint: str) -> None:
    content = yaml.safe_load(SERVICES_FILE.read_text(encoding="utf-8"))
    content["services"][0] |= change
    path = tmp_path / "services.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        load_catalogue(path)


def test_a_type_without_its_rest_is_refused(tmp_path: Path) -> None:
    content = yaml.safe_load(SERVICES_FILE.read_text(encoding="utf-8"))
    content["services"] = [row for row in content["services"] if row["code"] != "help-other"]
    path = tmp_path / "services.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ValueError, match="help"):
        load_catalogue(path)
