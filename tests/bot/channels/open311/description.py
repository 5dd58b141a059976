"""Holds answers against the description of GeoReport v2 (georeport.json, *.xsd), in both formats at once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import xmlschema

FOLDER = Path(__file__).parent
SCHEMAS = json.loads((FOLDER / "georeport.json").read_text(encoding="utf-8"))
KINDS = tuple(sorted(path.stem for path in FOLDER.glob("*.xsd") if path.stem != "types"))
LISTS = {"services", "attributes", "values", "service_requests", "errors", "endpoints", "formats"}
LISTS |= {"service_request_updates"}


@cache
def xsd(kind: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(FOLDER / f"{kind}.xsd")


def check_json(kind: str, body: bytes) -> Any:
    data = json.loads(body.decode("utf-8"))
    schema = {"$ref": f"#/$defs/{kind}", "$defs": SCHEMAS["$defs"]}
    jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(data)
    return data


def check_xml(kind: str, body: bytes) -> ET.Element:
    assert body.lower().startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    xsd(kind).validate(body.decode("utf-8").partition("?>")[2].strip())
    return ET.fromstring(body)


def by_spark(element: ET.Element) -> Any:
    """XML as the standard's Spark convention maps it to JSON, plain values as texts."""
    if element.tag in LISTS:
        return [by_spark(child) for child in element]
    if len(element):
        return {child.tag: by_spark(child) for child in element}
    return element.text or ""


async def check(client: Any, kind: str, path: str, status: int = 200, **options: Any) -> Any:
    """Ask for both formats, hold both against the description and against each other; the JSON data.

    `options` go to the request; `data` makes it a POST, which needs an idempotency key to be the same twice.
    """
    method = "POST" if "data" in options else "GET"
    resource, mark, query = path.partition("?")
    answers = {}
    for name, content_type in (("json", "application/json"), ("xml", "text/xml")):
        response = await client.request(method, f"/open311{resource}.{name}{mark}{query}", **options)
        body = await response.read()
        assert response.status == status, body.decode()
        assert response.headers["Content-Type"] == f"{content_type}; charset=utf-8"
        answers[name] = body
    data, root = check_json(kind, answers["json"]), check_xml(kind, answers["xml"])
    assert by_spark(root) == as_texts(data)
    return data


def as_texts(value: Any) -> Any:
    """JSON with every plain value as XML writes it."""
    if isinstance(value, dict):
        return {key: as_texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_texts(inner) for inner in value]
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
