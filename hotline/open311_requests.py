"""Work orders as GeoReport v2 service requests: search them, and say of each what its reader may see.

Field names, meanings and limits: https://wiki.open311.org/GeoReport_v2/ (GET Service Requests).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy.engine import Engine

from hotline.deadlines import SHANGHAI
from hotline.model import WorkOrder
from hotline.numbers import normal_number
from hotline.open311_services import Catalogue, Service
from hotline.publication import PUBLIC, Reader, is_visible, publish, visible_to
from hotline.rows import ORDERS, order_from, read_order
from hotline.states import OPEN_STATES
from storage.tables import work_order

SOURCE = "Open311"  # work_order.source of what comes in; source_sub is the name of the client's key
MOST_REQUESTS = 1000
LONGEST_SPAN = timedelta(days=90)
LONGEST_DESCRIPTION = 4000  # characters
FICTIONAL = "演示数据，不是真实诉求。"
END_OF_DAY = time(23, 59, 59)

Status = Literal["open", "closed"]


@dataclass(frozen=True)
class Search:
    """Which requests; what is empty does not filter. `numbers` overrides all the others."""

    numbers: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    statuses: tuple[Status, ...] = ()
    start: datetime | None = None  # inclusive
    end: datetime | None = None  # inclusive


def search(engine: Engine, wanted: Search, catalogue: Catalogue, reader: Reader = PUBLIC) -> list[dict[str, Any]]:
    """The newest requests that the reader may see, at most MOST_REQUESTS."""
    query = ORDERS.where(visible_to(reader), *_conditions(wanted, catalogue))
    query = query.order_by(work_order.c.received_at.desc(), work_order.c.number.desc()).limit(MOST_REQUESTS)
    with engine.connect() as connection:
        return [to_request(order_from(row), catalogue, reader) for row in connection.execute(query)]


def find(engine: Engine, number: str, catalogue: Catalogue, reader: Reader = PUBLIC) -> dict[str, Any] | None:
    """One request, or None when there is none that the reader may know of."""
    with engine.connect() as connection:
        order = read_order(connection, normal_number(number))
    return None if order is None or not is_visible(order, reader) else to_request(order, catalogue, reader)


def to_request(order: WorkOrder, catalogue: Catalogue, reader: Reader = PUBLIC) -> dict[str, Any]:
    """All fields of the standard; None where nothing may or can be said."""
    service = catalogue.of(order.type, order.category)
    shown = publish(order, reader)
    is_firm = order.is_official_limit and not order.is_due_provisional
    due = datetime.combine(order.due_on, END_OF_DAY, SHANGHAI)
    updated_at = order.updated_at if order.state.is_open else order.closed_at or order.updated_at
    extra = order.nlu.get("open311")
    return {
        "service_request_id": order.number,
        "status": status_of(order),
        "status_notes": _notes(order, shown.reply),
        "service_name": service.name,
        "service_code": service.code,
        "description": shown.words[:LONGEST_DESCRIPTION],
        "agency_responsible": order.lead_unit or None,
        "service_notice": FICTIONAL if order.is_fictional else None,
        "requested_datetime": moment(order.received_at),
        "updated_datetime": moment(updated_at),
        "expected_datetime": moment(due) if is_firm else None,
        "address": shown.place or None,
        "address_id": order.town_code or None,
        "zipcode": None,
        "lat": shown.point[0] if shown.point else None,
        "long": shown.point[1] if shown.point else None,
        "media_url": (extra.get("media_url") or None) if shown.is_whole and isinstance(extra, dict) else None,
    }


def status_of(order: WorkOrder) -> Status:
    return "open" if order.state.is_open else "closed"


def moment(at: datetime) -> str:
    """W3C date and time with zone, to the second."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _notes(order: WorkOrder, reply: str) -> str:
    return f"{order.state.public_label}。答复：{reply}" if reply else order.state.public_label


def _conditions(wanted: Search, catalogue: Catalogue) -> list[Any]:
    column = work_order.c
    if wanted.numbers:
        return [column.number.in_([normal_number(number) for number in wanted.numbers])]
    conditions = []
    if wanted.services:
        conditions.append(catalogue.condition(wanted.services))
    if len(set(wanted.statuses)) == 1:
        is_open = column.state.in_(OPEN_STATES)
        conditions.append(is_open if wanted.statuses[0] == "open" else ~is_open)
    if wanted.start is not None:
        conditions.append(column.received_at >= wanted.start)
    if wanted.end is not None:
        conditions.append(column.received_at <= wanted.end)
    return conditions
