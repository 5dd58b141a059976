"""What an Open311 client may send, checked before anything else sees it.

Fields and rules: https://wiki.open311.org/GeoReport_v2/ (POST Service Request, GET Service Requests).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import get_args
from urllib.parse import parse_qsl

from aiohttp import web

from bot.channels.errors import BodyTooLarge
from bot.channels.open311.errors import Open311Error, ResourceNotFound
from hotline.open311_requests import LONGEST_DESCRIPTION, LONGEST_SPAN, MOST_REQUESTS, Search, Status
from hotline.open311_services import Catalogue, Service

MAX_BODY = 96 * 1024  # bytes: 4,000 Chinese characters take 36,000 once encoded
MAX_FIELDS = 100
FORM = "application/x-www-form-urlencoded"
LENGTHS = {
    "description": LONGEST_DESCRIPTION,
    "address_string": 500,
    "address_id": 40,
    "first_name": 50,
    "last_name": 50,
    "phone": 50,
    "media_url": 2_000,
    "update_id": 100,
    "idempotency_key": 128,
    "incident_time": 200,
}
YEARS = range(1990, 2200)  # what a date of a request may lie in

_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,64})\](?:\[\])?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,20})?", re.ASCII)
_URL = re.compile(r"https?://[^\s<>\"']{1,1990}", re.ASCII)


@dataclass(frozen=True)
class Filled:
    """A form: plain fields and `attribute[…]` answers. What is empty counts as not sent."""

    fields: Mapping[str, str]
    attributes: Mapping[str, str] = field(default_factory=dict)


async def read_form(request: web.Request) -> Filled:
    """Raises BodyTooLarge, Open311Error."""
    if request.content_type != FORM:
        raise Open311Error(f"请求须为表单（Content-Type: {FORM}）。")
    body = bytearray()
    async for chunk in request.content.iter_chunked(8192):
        body += chunk
        if len(body) > MAX_BODY:
            raise BodyTooLarge("内容太大，请缩短后再发送。")
    return parse_form(bytes(body))


def parse_form(body: bytes) -> Filled:
    """Raises Open311Error for what is no form in UTF-8, for a field sent twice and for a text over its length."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise Open311Error(f"表单须为 UTF-8 编码，最多 {MAX_FIELDS} 个字段。") from error
    fields: dict[str, str] = {}
    attributes: dict[str, str] = {}
    for name, value in pairs:
        match = _ATTRIBUTE.fullmatch(name)
        target, key = (attributes, match[1]) if match else (fields, name)
        if not (value := value.strip()):
            continue
        if key in target:
            raise Open311Error(f"{key[:64]} 重复。")
        if len(value) > LENGTHS.get(key, LONGEST_DESCRIPTION):
            raise Open311Error(f"{key[:64]} 超过 {LENGTHS.get(key, LONGEST_DESCRIPTION)} 个字符。")
        target[key] = value
    return Filled(fields, attributes)


def check_jurisdiction(given: str, own: str) -> None:
    """One jurisdiction is served, so it need not be named; a wrong name is refused."""
    if given and own and given.strip().lower() != own.lower():
        raise ResourceNotFound("没有这个 jurisdiction_id。")


def parse_service(code: str, catalogue: Catalogue) -> Service:
    if not code:
        raise Open311Error("缺少 service_code。")
    if (service := catalogue.get(code)) is None:
        raise ResourceNotFound(f"没有 service_code {code[:64]}。")
    return service


def parse_point(fields: Mapping[str, str]) -> tuple[float, float] | None:
    """WGS84 degrees, or None when neither is sent."""
    texts = [fields.get(name, "") for name in ("lat", "long")]
    if not any(texts):
        return None
    if not all(_NUMBER.fullmatch(text) for text in texts):
        raise Open311Error("lat 和 long 须同时给出，且为十进制度数。")
    lat, lng = (float(text) for text in texts)
    if abs(lat) > 90 or abs(lng) > 180:
        raise Open311Error("lat 须在 -90 至 90、long 须在 -180 至 180 之间。")
    return lat, lng


def parse_media_url(fields: Mapping[str, str]) -> str:
    url = fields.get("media_url", "")
    if url and not _URL.fullmatch(url):
        raise Open311Error("media_url 须为 http 或 https 地址。")
    return url


def parse_idempotency_key(header: str, attributes: Mapping[str, str]) -> str:
    """The sender's name for this filing, from the header `Idempotency-Key` or the attribute `idempotency_key`."""
    key = header.strip() or attributes.get("idempotency_key", "")
    if len(key) > LENGTHS["idempotency_key"]:
        raise Open311Error(f"Idempotency-Key 超过 {LENGTHS['idempotency_key']} 个字符。")
    return key


def parse_search(query: Mapping[str, str], catalogue: Catalogue, now: datetime) -> Search:
    """The filters of GET requests. Without both dates the search covers the 90 days beside the one, or up to now."""
    if numbers := _listed(query.get("service_request_id", "")):
        if len(numbers) > MOST_REQUESTS:
            raise Open311Error(f"一次最多查询 {MOST_REQUESTS} 个 service_request_id。")
        return Search(numbers=numbers)
    services = tuple(parse_service(code, catalogue) for code in _listed(query.get("service_code", "")))
    start, end = (_moment(query.get(name, ""), name) for name in ("start_date", "end_date"))
    if end is None:
        end = now if start is None else start + LONGEST_SPAN
    if start is None:
        start = end - LONGEST_SPAN
    if not start <= end <= start + LONGEST_SPAN:
        raise Open311Error(f"start_date 须早于 end_date，且相距不超过 {LONGEST_SPAN.days} 天。")
    return Search(services=services, statuses=_statuses(query.get("status", "")), start=start, end=end)


def _statuses(text: str) -> tuple[Status, ...]:
    known: tuple[Status, ...] = get_args(Status)
    given = _listed(text)
    if unknown := [status for status in given if status not in known]:
        raise Open311Error(f"status 只能是 open 或 closed，不能是 {unknown[0][:64]}。")
    return tuple(status for status in known if status in given)


def _moment(text: str, name: str) -> datetime | None:
    """W3C date and time with zone → UTC. A `+` that arrived as a space is taken for what it was."""
    text = text.strip()
    if not text:
        return None
    text = text.replace(" ", "+") if text.count(" ") == 1 else text
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)
        at = datetime.fromisoformat(text)
        if at.year not in YEARS:
            raise ValueError(text)
        return at.astimezone(UTC)
    except ValueError as error:
        raise Open311Error(f"{name} 须为带时区的时间，如 2025-03-04T00:00:00+08:00。") from error


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
