"""Read what a GeoReport v2 server answers, XML or JSON, and believe nothing of it. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from defusedxml import ElementTree

from hotline.gateway import GatewayRefused, Receipt, RemoteOrder
from hotline.model import storable

Format = Literal["xml", "json"]
LONGEST_NUMBER = 128  # order_link.remote_number
LONGEST_STATE = 2_000  # characters of a state or an error that are kept
Row = Mapping[str, str]


def read_rows(body: bytes, format_: Format) -> tuple[Row, ...]:
    """The rows of a list such as service_requests: field → text, empty for null. Raises GatewayRefused."""
    try:
        return _json_rows(body) if format_ == "json" else _xml_rows(body)
    except (ValueError, LookupError, RecursionError, ElementTree.ParseError) as error:  # LookupError: its encoding
        raise GatewayRefused(f"the answer is not the {format_} of GeoReport v2") from error


def read_receipt(body: bytes, format_: Format) -> Receipt:
    """Of a POST: a number, a token, or neither (services of type blackbox). Raises GatewayRefused."""
    rows = read_rows(body, format_)
    if not rows:
        raise GatewayRefused("the answer holds no request")
    return Receipt(_number(rows[0].get("service_request_id", "")), _number(rows[0].get("token", "")))


def read_requests(body: bytes, format_: Format) -> tuple[RemoteOrder, ...]:
    """Of GET requests; rows without number or with another status than open and closed are passed over."""
    orders = []
    for row in read_rows(body, format_):
        number, status = row.get("service_request_id", ""), row.get("status", "").lower()
        if number and len(number) <= LONGEST_NUMBER and status in ("open", "closed"):
            state = storable(row.get("status_notes", ""))[:LONGEST_STATE] or status
            orders.append(RemoteOrder(number, state, status == "closed"))
    return tuple(orders)


def read_errors(body: bytes, format_: Format) -> str:
    """What an error body says, for the log and the staff; empty when it is none."""
    try:
        rows = read_rows(body, format_)
    except GatewayRefused:
        return ""
    return storable("; ".join(row.get("description", "") for row in rows))[:LONGEST_STATE]


def _number(text: str) -> str:
    if len(text) > LONGEST_NUMBER - len("token:"):
        raise GatewayRefused("the number or token is too long")
    return storable(text)


def _json_rows(body: bytes) -> tuple[Row, ...]:
    content = json.loads(body.decode("utf-8"))
    if not isinstance(content, list) or not all(isinstance(row, dict) for row in content):
        raise ValueError("not a list of objects")
    return tuple({str(key): _text(value) for key, value in row.items()} for row in content)


def _xml_rows(body: bytes) -> tuple[Row, ...]:
    root = ElementTree.fromstring(body, forbid_dtd=True)
    return tuple({_local(field.tag): (field.text or "").strip() for field in row} for row in root)


def _local(tag: object) -> str:
    return str(tag).rpartition("}")[2]


def _text(value: object) -> str:
    """Servers write numbers with and without quotes."""
    return "" if value is None or isinstance(value, dict | list) else str(value).strip()
