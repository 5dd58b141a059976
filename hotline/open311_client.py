"""Gateway to another hotline that speaks Open311 GeoReport v2. The edge: the only file of hotline/ that uses aiohttp.

Standard: https://wiki.open311.org/GeoReport_v2/. Updates are FixMyStreet's extension, which the standard lacks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal, get_args
from urllib.parse import quote, urlsplit

import aiohttp

from hotline.gateway import GatewayRefused, GatewayUnavailable, Receipt, RemoteOrder
from hotline.masks import HIDDEN, hide_text
from hotline.model import WorkOrder
from hotline.open311_form import order_form
from hotline.open311_reading import Format, read_errors, read_receipt, read_requests
from hotline.open311_requests import LONGEST_DESCRIPTION
from hotline.open311_services import Catalogue, load_catalogue

MAX_ANSWER = 4 * 1024 * 1024  # bytes
BUSY = (408, 425, 429)  # like 5xx: try again later
REST = "*"


@dataclass(frozen=True)
class Open311Remote:
    """Where the other hotline is. A bad value is a ValueError that names it, never the key."""

    endpoint: str  # such as https://open311.example.gov.cn/v2, without the file name
    api_key: str = field(repr=False)
    jurisdiction: str = ""  # jurisdiction_id, when the endpoint serves several
    format: Format = "xml"  # what every server must speak
    service_codes: Mapping[str, str] = field(default_factory=dict)  # ours → theirs; `*` for the rest; else ours
    name: str = "open311"  # stands in order_link.gateway
    timeout_seconds: float = 20.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.endpoint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"endpoint must be an http(s) address, not {self.endpoint!r}")
        if not self.api_key:
            raise ValueError("api_key is empty")
        if self.format not in get_args(Format):
            raise ValueError(f"format must be xml or json, not {self.format!r}")
        if self.timeout_seconds <= 0:
            raise ValueError(f"timeout_seconds must be above 0, not {self.timeout_seconds}")


def parse_service_codes(text: str) -> dict[str, str]:
    """`complaint-noise=003,*=099` → ours to theirs. Raises ValueError."""
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    codes = {own.strip(): theirs.strip() for own, _, theirs in pairs}
    known = {service.code for service in load_catalogue().services} | {REST}
    if bad := [own for own, theirs in codes.items() if own not in known or not theirs]:
        raise ValueError(f"{bad[0]!r} must be a service code of this system, or *, with =CODE behind it")
    return codes


@asynccontextmanager
async def open_gateway(remote: Open311Remote) -> AsyncIterator[Open311Gateway]:
    """The gateway with connections of its own, closed at the end."""
    async with aiohttp.ClientSession() as session:
        yield Open311Gateway(session, remote)


class Open311Gateway:
    """A HotlineGateway; see gateway.py for what the methods promise."""

    def __init__(
        self, session: aiohttp.ClientSession, remote: Open311Remote, catalogue: Catalogue | None = None
    ) -> None:
        self._session = session
        self._remote = remote
        self._catalogue = catalogue or load_catalogue()
        self._timeout = aiohttp.ClientTimeout(total=remote.timeout_seconds)

    @property
    def name(self) -> str:
        return self._remote.name

    async def push(self, order: WorkOrder, key: str) -> Receipt:
        form = order_form(order, self._service_code(order), key)
        body = await self._call("POST", "requests", form=form, key=key)
        return read_receipt(body, self._remote.format)

    async def exchange(self, token: str) -> str:
        body = await self._call("GET", f"tokens/{quote(token, safe='')}")
        return read_receipt(body, self._remote.format).number

    async def poll(self, numbers: Sequence[str]) -> tuple[RemoteOrder, ...]:
        body = await self._call("GET", "requests", query={"service_request_id": ",".join(numbers)})
        return tuple(order for order in read_requests(body, self._remote.format) if order.number in numbers)

    async def update(self, number: str, text: str, key: str) -> None:
        form = {"service_request_id": number, "update_id": key, "description": text[:LONGEST_DESCRIPTION]}
        await self._call("POST", "servicerequestupdates", form=form, key=key)

    def _service_code(self, order: WorkOrder) -> str:
        own = self._catalogue.of(order.type, order.category).code
        codes = self._remote.service_codes
        return codes.get(own) or codes.get(REST) or own

    async def _call(
        self,
        method: Literal["GET", "POST"],
        resource: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        key: str = "",
    ) -> bytes:
        """The body of a good answer. Redirects are not followed: key and order go to this address only."""
        remote = self._remote
        named = {"jurisdiction_id": remote.jurisdiction} if remote.jurisdiction else {}
        try:
            async with self._session.request(
                method,
                f"{remote.endpoint.rstrip('/')}/{resource}.{remote.format}",
                params={**named, **(query or {})} if form is None else None,
                data=None if form is None else {"api_key": remote.api_key, **named, **form},
                headers={"Authorization": f"Bearer {remote.api_key}"} | ({"Idempotency-Key": key} if key else {}),
                timeout=self._timeout,
                allow_redirects=False,
            ) as response:
                body = await _read(response)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise GatewayUnavailable(f"{remote.name} did not answer: {type(error).__name__}") from error
        if response.status >= 500 or response.status in BUSY:
            raise GatewayUnavailable(f"{remote.name} answered {response.status}")
        if not 200 <= response.status < 300:
            said = hide_text(read_errors(body, remote.format).replace(remote.api_key, HIDDEN))
            raise GatewayRefused(f"{remote.name} answered {response.status} {said}".rstrip())
        return body


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > MAX_ANSWER:
            raise GatewayRefused(f"the answer has more than {MAX_ANSWER} bytes")
    return bytes(body)
