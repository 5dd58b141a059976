"""How much and from where: token buckets per conversation and address, and the origin check.

Buckets live in one worker. With N workers behind a balancer a sender can reach N times the rate, which is still a
bound; nothing else depends on them.
"""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from aiohttp import web

from bot.channels.errors import OriginRefused, RateLimited
from bot.channels.web.settings import WebSettings, origin_of

MAX_BUCKETS = 20_000
TOO_FAST = "您操作得太快了，请稍等几秒再试。"


class TokenBuckets:
    """One bucket per key: `burst` at once, then `per_minute`. The least recently used keys are forgotten first."""

    def __init__(self, burst: int, per_minute: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = float(burst)
        self._per_second = per_minute / 60.0
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key → (tokens, at)

    def take(self, key: str) -> None:
        """Raises RateLimited with the seconds until the next token."""
        now = self._clock()
        tokens, at = self._buckets.pop(key, (self._burst, now))
        tokens = min(self._burst, tokens + (now - at) * self._per_second)
        is_allowed = tokens >= 1.0
        self._buckets[key] = (tokens - 1.0 if is_allowed else tokens, now)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        if not is_allowed:
            raise RateLimited(TOO_FAST, (1.0 - tokens) / self._per_second)


class Limits:
    """The buckets of the citizen channels."""

    def __init__(self, settings: WebSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._conversations = TokenBuckets(settings.conversation_burst, settings.conversation_per_minute, clock)
        self._addresses = TokenBuckets(settings.address_burst, settings.address_per_minute, clock)
        self._lookups = TokenBuckets(settings.lookup_burst, settings.lookup_per_minute, clock)
        self._trusted_proxies = settings.trusted_proxies

    def take_request(self, request: web.Request) -> None:
        self._addresses.take(client_address(request, self._trusted_proxies))

    def take_message(self, conversation_id: str) -> None:
        self._conversations.take(conversation_id)

    def take_lookup(self, request: web.Request, number: str) -> None:
        """Order look-ups are guessable: bounded per address and, over all addresses, per order number."""
        self._lookups.take("address:" + client_address(request, self._trusted_proxies))
        self._lookups.take("number:" + number)


def client_address(request: web.Request, trusted_proxies: int) -> str:
    """The sender's network address; an IPv6 sender counts as its /64.

    Only the entry that the outermost trusted proxy wrote is believed; whatever stands left of it came from outside.
    """
    address = request.remote or ""
    if trusted_proxies:
        hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", []) for hop in line.split(",")]
        if len(hops) >= trusted_proxies:
            address = hops[-trusted_proxies]
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def is_https(request: web.Request, settings: WebSettings) -> bool:
    """Whether the citizen's browser speaks https, with or without a proxy that ends it."""
    if settings.public_url:
        return settings.public_url.lower().startswith("https://")
    if settings.trusted_proxies:
        return request.headers.get("X-Forwarded-Proto", request.scheme).lower() == "https"
    return request.secure


def check_origin(request: web.Request, settings: WebSettings) -> None:
    """Refuse what a browser sends from a page of another site (CSRF, cross-site WebSocket).

    A browser always sends Origin with a POST and a WebSocket. A request without it does not come from a page and
    carries no citizen's cookie unless it stole it.
    """
    origin = request.headers.get("Origin")
    if origin is None:
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise OriginRefused("这个网站没有使用本服务的许可。")
        return
    own = settings.public_url or f"{'https' if is_https(request, settings) else 'http'}://{request.host}"
    allowed = {origin_of(own), *(origin_of(site) for site in settings.embed_origins)} - {""}
    if origin_of(origin) not in allowed:
        raise OriginRefused("这个网站没有使用本服务的许可。")
