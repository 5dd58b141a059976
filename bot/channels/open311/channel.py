"""Open311 GeoReport v2 at /open311/v2: other systems file work orders here, and anybody may follow the public ones.

Standard: https://wiki.open311.org/GeoReport_v2/. What is ours in it: docs/open311.md.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

from aiohttp import web
from sqlalchemy.engine import Engine

from bot.channels import middleware
from bot.channels.errors import ChannelError, RateLimited
from bot.channels.open311 import definition, filing, messages
from bot.channels.open311.errors import Open311Error, ResourceNotFound, status_of
from bot.channels.open311.formats import Answer, Format, to_response
from bot.channels.open311.settings import Open311Settings
from bot.channels.open311.signature import ApiKeys, given_key
from bot.channels.web.limits import TokenBuckets, client_address
from hotline import open311_requests, open311_tokens
from hotline.errors import OrderNotFound
from hotline.open311_requests import SOURCE
from hotline.open311_services import Catalogue, load_catalogue
from hotline.open311_updates import add_update
from hotline.publication import PUBLIC, Reader
from storage.engine import transaction

LOG = logging.getLogger(__name__)
ROOT = "/open311/v2"
FORMAT = "{format:json|xml}"
NOT_FOUND = "没有这个资源，或不支持这个操作。"
BROKEN = "系统暂时出了点问题，请稍后再试，或拨打 12345。"

Handler = Callable[[web.Request], Awaitable[Answer]]


def setup(
    app: web.Application, *, engine: Engine, settings: Open311Settings, catalogue: Catalogue | None = None
) -> None:
    """Add the routes. Without api keys in the settings everything can be read and nothing filed."""
    middleware.install(app)
    app.router.add_routes(Open311Channel(engine, settings, catalogue or load_catalogue()).routes())


class Open311Channel:
    """Handlers: parse, call one service function, format."""

    def __init__(self, engine: Engine, settings: Open311Settings, catalogue: Catalogue) -> None:
        self._engine = engine
        self._settings = settings
        self._catalogue = catalogue
        self._keys = ApiKeys(settings.api_keys)
        self._addresses = TokenBuckets(settings.address_burst, settings.address_per_minute)
        self._clients = TokenBuckets(settings.client_burst, settings.client_per_minute)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Reading is public, as the standard wants it; filing needs an api_key. The last route answers all the rest."""
        get: list[tuple[str, Handler]] = [
            (f"/open311/discovery.{FORMAT}", self.discovery),
            (f"{ROOT}/discovery.{FORMAT}", self.discovery),
            (f"{ROOT}/services.{FORMAT}", self.services),
            (f"{ROOT}/services/{{service_code}}.{FORMAT}", self.service),
            (f"{ROOT}/requests.{FORMAT}", self.requests),
            (f"{ROOT}/requests/{{number}}.{FORMAT}", self.request),
            (f"{ROOT}/tokens/{{token}}.{FORMAT}", self.token),
        ]
        post: list[tuple[str, Handler]] = [
            (f"{ROOT}/requests.{FORMAT}", self.file),
            (f"{ROOT}/servicerequestupdates.{FORMAT}", self.update),
        ]
        return [
            *(web.get(path, self._answering(handler)) for path, handler in get),
            *(web.post(path, self._answering(handler)) for path, handler in post),
            web.route("*", "/open311/{rest:.*}", self._answering(self.nothing)),
        ]

    async def discovery(self, request: web.Request) -> Answer:
        url = (self._settings.public_url.rstrip("/") or f"{request.scheme}://{request.host}") + ROOT
        return Answer("discovery", definition.discovery(self._catalogue, self._settings, url))

    async def services(self, request: web.Request) -> Answer:
        self._check_jurisdiction(request.query)
        return Answer("services", definition.service_list(self._catalogue))

    async def service(self, request: web.Request) -> Answer:
        self._check_jurisdiction(request.query)
        service = messages.parse_service(request.match_info["service_code"], self._catalogue)
        return Answer("service_definition", definition.service_definition(service))

    async def requests(self, request: web.Request) -> Answer:
        self._check_jurisdiction(request.query)
        reader = self._reader(request)
        wanted = messages.parse_search(request.query, self._catalogue, datetime.now(UTC))
        found = await asyncio.to_thread(open311_requests.search, self._engine, wanted, self._catalogue, reader)
        return Answer("service_requests", found)

    async def request(self, request: web.Request) -> Answer:
        self._check_jurisdiction(request.query)
        reader, number = self._reader(request), request.match_info["number"]
        found = await asyncio.to_thread(open311_requests.find, self._engine, number, self._catalogue, reader)
        if found is None:
            raise ResourceNotFound("没有这个 service_request_id，或它不公开。")
        return Answer("service_requests", [found])

    async def token(self, request: web.Request) -> Answer:
        """While the order has no number yet, the token comes back alone."""
        self._check_jurisdiction(request.query)
        token = request.match_info["token"]
        number = await asyncio.to_thread(open311_tokens.number_of, self._engine, token)
        if number is None:
            raise ResourceNotFound("没有这个 token。")
        numbered = {"service_request_id": number} if number else {}
        return Answer("service_requests", [numbered | {"token": token}])

    async def file(self, request: web.Request) -> Answer:
        """The same idempotency key of the same client gives the same order again."""
        filled, client = await self._sent(request)
        service = messages.parse_service(filled.fields.get("service_code", ""), self._catalogue)
        key = messages.parse_idempotency_key(request.headers.get("Idempotency-Key", ""), filled.attributes)
        now = datetime.now(UTC)

        def file() -> dict[str, Any]:
            order = filing.file(self._engine, filing.draft_of(filled, service, client, key), now=now)
            if service.answer == "batch":
                with transaction(self._engine) as connection:
                    receipt = {"token": open311_tokens.give(connection, number=order.number, now=now)}
            else:
                receipt = {"service_request_id": order.number}
            return {**receipt, "service_notice": filing.notice(order), "account_id": None}

        return Answer("service_requests", [await asyncio.to_thread(file)])

    async def update(self, request: web.Request) -> Answer:
        """Not in the standard: FixMyStreet's extension, so that a client can add a word to what it filed."""
        filled, client = await self._sent(request)
        values = [filled.fields.get(name, "") for name in ("service_request_id", "update_id", "description")]
        if not all(values):
            raise Open311Error("缺少 service_request_id、update_id 或 description。")
        number, update_id, text = values
        sender, now = Reader(SOURCE, client), datetime.now(UTC)
        try:
            await asyncio.to_thread(add_update, self._engine, number, sender, update_id, text, now=now)
        except OrderNotFound as error:
            raise ResourceNotFound("没有这个 service_request_id，或不是由您提交的。") from error
        return Answer("service_request_updates", [{"update_id": update_id}])

    async def nothing(self, request: web.Request) -> Answer:
        raise ResourceNotFound(NOT_FOUND)

    async def _sent(self, request: web.Request) -> tuple[messages.Filled, str]:
        """The form and the client that sent it, once the key, the rate and the jurisdiction are right."""
        filled = await messages.read_form(request)
        client = self._keys.client_of(given_key(request, filled.fields))
        self._clients.take(client)
        messages.check_jurisdiction(filled.fields.get("jurisdiction_id", ""), self._settings.jurisdiction)
        return filled, client

    def _reader(self, request: web.Request) -> Reader:
        """A wrong key is refused, not read as none."""
        key = given_key(request, {})
        return Reader(SOURCE, self._keys.client_of(key)) if key else PUBLIC

    def _check_jurisdiction(self, query: Any) -> None:
        messages.check_jurisdiction(query.get("jurisdiction_id", ""), self._settings.jurisdiction)

    def _answering(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Take the rate, run the handler, and answer in the format that the path names; XML when it names none."""

        async def handle(request: web.Request) -> web.Response:
            wanted = cast(Format, request.match_info.get("format") or _format_of(request.path))
            try:
                self._addresses.take(client_address(request, self._settings.trusted_proxies))
                answer = await handler(request)
                return await asyncio.to_thread(to_response, answer, wanted)  # a thousand requests take their time
            except ChannelError as error:
                return _refusal(error, wanted)
            except Exception:
                LOG.exception("request to %s failed", request.path)
                body = [{"code": 500, "description": BROKEN}]
                return to_response(Answer("errors", body, 500), wanted)

        return handle


def _refusal(error: ChannelError, wanted: Format) -> web.Response:
    status = status_of(error)
    response = to_response(Answer("errors", [{"code": status, "description": str(error)}], status), wanted)
    if isinstance(error, RateLimited):
        response.headers["Retry-After"] = str(math.ceil(error.retry_after_seconds or 1.0))
    return response


def _format_of(path: str) -> Format:
    return "json" if path.endswith(".json") else "xml"
