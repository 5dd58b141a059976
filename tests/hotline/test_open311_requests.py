"""Searching requests on both engines, with bounds, and what the fields say."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.engine import Engine

from hotline.model import OrderType
from hotline.open311_requests import Search, find, search
from hotline.open311_services import load_catalogue
from hotline.publication import Reader
from hotline.states import State
from tests.hotline.cast import LEAD, Office
from tests.hotline.factories import TUESDAY_MORNING, make_draft

CATALOGUE = load_catalogue()


def found(engine: Engine, wanted: Search, reader: Reader | None = None) -> list[str]:
    rows = search(engine, wanted, CATALOGUE, *([reader] if reader else []))
    return [row["service_request_id"] for row in rows]


def test_each_filter_narrows_and_all_together(engine: Engine) -> None:
    office = Office(engine)
    signed = office.order_in(State.SIGNED)
    closed = office.order_in(State.CLOSED)
    question = office.file(make_draft(draft_id="q", type=OrderType.CONSULT))
    assert found(engine, Search()) == [question.number, closed.number, signed.number]
    assert found(engine, Search(statuses=("closed",))) == [closed.number]
    assert found(engine, Search(services=(CATALOGUE.of(OrderType.CONSULT, ""),))) == [question.number]
    assert found(engine, Search(start=closed.received_at, end=closed.received_at)) == [closed.number]
    complaints = (CATALOGUE.of(OrderType.COMPLAINT, ""),)
    both = Search(services=complaints, statuses=("open",), start=TUESDAY_MORNING, end=office.now)
    assert found(engine, both) == [signed.number]


def test_numbers_override_and_unknown_ones_are_missing(engine: Engine) -> None:
    order = Office(engine).file()
    wanted = Search(numbers=(f" {order.number.lower()} ", "WJ2099010100001", "x"), statuses=("closed",))
    assert found(engine, wanted) == [order.number]


def test_the_unit_is_named_once_the_dispatch_is_approved(engine: Engine) -> None:
    office = Office(engine)
    pending, sent = office.order_in(State.PENDING_AUDIT), office.order_in(State.DISPATCHED)
    first, second = (find(engine, order.number, CATALOGUE) for order in (pending, sent))
    assert first and second
    assert (first["agency_responsible"], second["agency_responsible"]) == (None, LEAD)


def test_a_closed_request_was_updated_when_it_was_closed(engine: Engine) -> None:
    office = Office(engine)
    order = office.order_in(State.ARCHIVED)
    request = find(engine, order.number, CATALOGUE)
    assert request and order.closed_at and order.updated_at - order.closed_at > timedelta(0)
    assert request["updated_datetime"] == order.closed_at.astimezone(TUESDAY_MORNING.tzinfo).isoformat()


def test_what_is_no_number_is_nothing(engine: Engine) -> None:
    for text in ("", "x", "\x00", "WJ1", "'; DROP TABLE work_order"):
        assert find(engine, text, CATALOGUE) is None
