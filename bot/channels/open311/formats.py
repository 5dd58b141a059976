"""Answers of GeoReport v2 as JSON and as XML. Both come from one tree, so they never differ.

The mapping is the standard's Spark convention: a list is an element that holds one kind of child, nothing is null or
an empty element. See https://wiki.open311.org/JSON_and_XML_Conversion/.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal
from xml.etree import ElementTree as ET  # writes only; nothing from outside is parsed here

from aiohttp import web

Format = Literal["json", "xml"]
ITEM_NAMES = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
CONTENT_TYPES: dict[Format, str] = {"json": "application/json", "xml": "text/xml"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Answer:
    """`root` is the name of the XML root; JSON has none. `data` is made of dicts, lists and plain values."""

    root: str
    data: Any
    status: int = 200


def to_response(answer: Answer, wanted: Format) -> web.Response:
    """The HTTP response; never stored by caches, since it differs by key and by the minute."""
    return web.Response(
        body=to_json(answer.data) if wanted == "json" else to_xml(answer.root, answer.data),
        status=answer.status,
        content_type=CONTENT_TYPES[wanted],
        charset="utf-8",
        headers={"Cache-Control": "no-store"},
    )


def to_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def to_xml(root: str, data: Any) -> bytes:
    body: bytes = ET.tostring(_element(root, data), encoding="utf-8", xml_declaration=True)
    return body


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, dict):
        element.extend(_element(key, inner) for key, inner in value.items())
    elif isinstance(value, list):
        element.extend(_element(ITEM_NAMES[name], inner) for inner in value)
    else:
        element.text = _text(value)
    return element


def _text(value: Any) -> str:
    """As XML Schema writes it; characters that XML 1.0 forbids are left out."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f")  # xs:decimal knows no exponent
    return _NOT_XML.sub("", str(value))
