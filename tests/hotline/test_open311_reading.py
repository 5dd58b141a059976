"""Answers of other servers: both formats, the standard's own examples, and nothing that hurts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.gateway import GatewayRefused, Receipt, RemoteOrder
from hotline.open311_reading import Format, read_errors, read_receipt, read_requests, read_rows

XML = b"""<?xml version="1.0" encoding="utf-8"?>
<service_requests>
  <request><service_request_id>638344</service_request_id><status>closed</status>
    <status_notes>Duplicate request.</status_notes><lat>37.7</lat></request>
  <request><service_request_id>638349</service_request_id><status>open</status><status_notes></status_notes></request>
  <request><service_request_id>638350</service_request_id><status>unknown</status></request>
  <request><status>open</status></request>
</service_requests>"""
JSON = (
    b'[{"service_request_id": 638344, "status": "closed", "status_notes": "Duplicate request.", "lat": 37.7},'
    b' {"service_request_id": "638349", "status": "OPEN", "status_notes": null},'
    b' {"service_request_id": 638350, "status": "unknown"}, {"status": "open"}]'
)
ORDERS = (RemoteOrder("638344", "Duplicate request.", True), RemoteOrder("638349", "open", False))
BILLION = (
    b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
    b"<service_requests><request><service_request_id>&c;</service_request_id></request></service_requests>"
)
OUTSIDE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><service_requests>&b;</service_requests>'


def test_both_formats_say_the_same() -> None:
    assert read_requests(XML, "xml") == read_requests(JSON, "json") == ORDERS


def test_a_namespace_is_looked_through() -> None:
    xml = XML.replace(b"<service_requests>", b'<service_requests xmlns="http://wiki.open311.org/GeoReport_v2">')
    assert read_requests(xml, "xml") == ORDERS


@pytest.mark.parametrize(
    ("body", "receipt"),
    [
        (b'[{"service_request_id": 293944, "account_id": null}]', Receipt(number="293944")),
        (b'[{"token": 12345}]', Receipt(token="12345")),
        (b'[{"token": "12345", "service_request_id": 638344}]', Receipt("638344", "12345")),
        (b'[{"service_notice": "thanks"}]', Receipt()),
    ],
)
def test_a_receipt_is_a_number_a_token_or_neither(body: bytes, receipt: Receipt) -> None:
    assert read_receipt(body, "json") == receipt


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"[1]", b"\xff", b"[" * 100_000, b"<html></html>"])
def test_what_is_no_receipt_is_refused(body: bytes) -> None:
    for format_ in ("json", "xml"):
        with pytest.raises(GatewayRefused):
            read_receipt(body, format_)


@pytest.mark.parametrize("body", [BILLION, OUTSIDE, b"<a><b>", b"<?xml version='1.0' encoding='nonsense'?><a/>"])
def test_hostile_xml_is_refused(body: bytes) -> None:
    with pytest.raises(GatewayRefused):
        read_rows(body, "xml")


def test_a_number_that_is_too_long_is_refused() -> None:
    with pytest.raises(GatewayRefused):
        read_receipt(b'[{"service_request_id": "%s"}]' % (b"9" * 200), "json")


def test_an_error_says_why_or_nothing() -> None:
    assert read_errors(b'[{"code": 403, "description": "Invalid api_key"}]', "json") == "Invalid api_key"
    assert read_errors(b"<html>Bad Gateway", "xml") == ""


@given(st.binary(max_size=200), st.sampled_from(["json", "xml"]))
@settings(deadline=None)
def test_any_body_is_either_read_or_refused(body: bytes, format_: Format) -> None:
    try:
        rows = read_rows(body, format_)
    except GatewayRefused:
        return
    assert all(isinstance(text, str) for row in rows for text in row.values())
