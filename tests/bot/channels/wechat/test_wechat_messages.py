"""XML in: what WeChat documents, and what nobody should send. XML out: what WeChat can read."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.errors import MalformedRequest
from bot.channels.wechat.messages import parse_incoming, text_xml
from tests.bot.channels.wechat.account_double import ACCOUNT, message_xml

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
OPENID = "openid-of-li-0001"
TEXT = message_xml(OPENID, 1700000000, {"MsgType": "text", "Content": "身份证丢了"}, 7)


def test_a_text_is_read() -> None:
    incoming = parse_incoming(TEXT)
    assert (incoming.openid, incoming.type, incoming.message_id) == (OPENID, "text", "7")
    assert incoming.get("Content") == "身份证丢了"


def test_cdata_as_wechat_writes_it_is_read() -> None:
    body = (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><FromUserName><![CDATA[{OPENID}]]></FromUserName>"
        "<CreateTime>1700000000</CreateTime><MsgType><![CDATA[voice]]></MsgType><MediaId><![CDATA[m]]></MediaId>"
        "<Format><![CDATA[amr]]></Format><Recognition><![CDATA[身份证丢了怎么办。]]></Recognition>"
        "<MsgId>1234567890123456</MsgId></xml>"
    )
    assert parse_incoming(body.encode()).get("Recognition") == "身份证丢了怎么办。"


def test_an_event_has_no_number_and_is_told_apart_by_sender_time_and_kind() -> None:
    def event(name: str, at: int, openid: str = OPENID, key: str = "") -> str:
        return parse_incoming(
            message_xml(openid, at, {"MsgType": "event", "Event": name, "EventKey": key}, None)
        ).identity

    assert event("CLICK", 1) == event("CLICK", 1)
    others = [event("CLICK", 2), event("VIEW", 1), event("CLICK", 1, "openid-of-wang-002"), event("CLICK", 1, key="x")]
    assert len({event("CLICK", 1), *others}) == 5


HOSTILE = {
    "entities": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Content>&b;</Content></xml>',
    "external": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><Content>&e;</Content></xml>',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://192.0.2.1/x.dtd">%p;]><xml/>',
    "dtd": '<!DOCTYPE xml SYSTEM "http://192.0.2.1/x.dtd"><xml/>',
    "deep": "<a>" * 5000,
    "wide": "<xml>" + "".join(f"<a{number}>1</a{number}>" for number in range(100)) + "</xml>",
    "cut": "<xml><ToUserName>",
    "empty": "",
    "json": '{"ToUserName": "x"}',
    "nul": "<xml>\x00</xml>",
    "encoding": '<?xml version="1.0" encoding="utf-99"?><xml/>',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_xml_costs_an_error(body: str) -> None:
    with pytest.raises(MalformedRequest):
        parse_incoming(body.encode())


@pytest.mark.parametrize(
    "change",
    [
        {"FromUserName": "a"},
        {"FromUserName": "' OR 1=1 --"},
        {"ToUserName": ""},
        {"CreateTime": "now"},
        {"CreateTime": "-1"},
        {"MsgType": ""},
        {"MsgType": "../text"},
        {"MsgId": "x"},
        {"MsgId": ""},
    ],
)
def test_fields_that_wechat_would_not_send_are_refused(change: dict[str, str]) -> None:
    fields = {"MsgType": "text", "Content": "x", "MsgId": "7", **change}
    with pytest.raises(MalformedRequest):
        parse_incoming(message_xml(OPENID, 1700000000, fields, None))


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_refused_or_read(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_incoming(body)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_every_text_comes_out_as_it_went_in_but_for_what_xml_cannot_carry(text: str) -> None:
    root = ET.fromstring(text_xml(parse_incoming(TEXT), text, NOW))
    allowed = "".join(each for each in text if each in "\t\n\r" or 0x20 <= ord(each) <= 0xD7FF or ord(each) >= 0xE000)
    allowed = allowed.replace("\ufffe", "").replace("\uffff", "")
    assert root.findtext("Content") == allowed.replace("\r\n", "\n").replace("\r", "\n")
    assert (root.findtext("ToUserName"), root.findtext("FromUserName")) == (OPENID, ACCOUNT)
