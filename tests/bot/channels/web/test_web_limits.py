"""Rates, addresses behind proxies, and pages that may call."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bot.channels.errors import OriginRefused, RateLimited
from bot.channels.web.limits import MAX_BUCKETS, TokenBuckets, check_origin, client_address, is_https
from bot.channels.web.settings import WebSettings

KEY = "k" * 40


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def request_with(peer: str = "10.0.0.1", **headers: str) -> Any:
    named = CIMultiDict({name.replace("_", "-"): value for name, value in {"Host": "chat.gov.cn", **headers}.items()})

    class Transport:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return (peer, 1) if name == "peername" else default

        def is_closing(self) -> bool:
            return False

    return make_mocked_request("POST", "/chat/session", headers=named, transport=Transport())


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    clock = Clock()
    buckets = TokenBuckets(burst=3, per_minute=60, clock=clock)
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(RateLimited) as refused:
        buckets.take("a")
    assert refused.value.retry_after_seconds == pytest.approx(1.0)
    clock.seconds += 1.0
    buckets.take("a")


def test_one_sender_does_not_use_up_anothers() -> None:
    buckets = TokenBuckets(burst=1, per_minute=1, clock=Clock())
    buckets.take("a")
    buckets.take("b")


def test_a_refused_try_costs_nothing() -> None:
    clock = Clock()
    buckets = TokenBuckets(burst=1, per_minute=60, clock=clock)
    buckets.take("a")
    for _ in range(50):
        with pytest.raises(RateLimited):
            buckets.take("a")
    clock.seconds += 1.0
    buckets.take("a")


def test_memory_is_bounded() -> None:
    buckets = TokenBuckets(burst=1, per_minute=1, clock=Clock())
    for number in range(MAX_BUCKETS + 100):
        buckets.take(str(number))
    assert len(buckets._buckets) == MAX_BUCKETS


def test_without_a_proxy_a_forwarded_address_is_not_believed() -> None:
    assert client_address(request_with(X_Forwarded_For="1.2.3.4"), trusted_proxies=0) == "10.0.0.1"


def test_behind_a_proxy_only_its_own_entry_counts() -> None:
    request = request_with(X_Forwarded_For="6.6.6.6, 1.2.3.4")
    assert client_address(request, trusted_proxies=1) == "1.2.3.4"


def test_ipv6_counts_by_network() -> None:
    assert client_address(request_with(peer="2001:db8::1"), 0) == client_address(request_with(peer="2001:db8::2"), 0)


def test_an_unreadable_address_is_one_sender() -> None:
    assert client_address(request_with(X_Forwarded_For="<script>"), trusted_proxies=1) == "unknown"


@pytest.mark.parametrize("origin", ["http://chat.gov.cn", "https://www.example.gov.cn", "HTTP://CHAT.gov.cn:80"])
def test_own_and_listed_origins_pass(origin: str) -> None:
    settings = WebSettings(secret_keys=(KEY,), embed_origins=("https://www.example.gov.cn",))
    check_origin(request_with(Origin=origin), settings)


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "http://chat.gov.cn.evil.example", "https://chat.gov.cn", "ftp://x"]
)
def test_other_origins_are_refused(origin: str) -> None:
    with pytest.raises(OriginRefused):
        check_origin(request_with(Origin=origin), WebSettings(secret_keys=(KEY,)))


def test_without_an_origin_a_browser_is_told_by_its_fetch_metadata() -> None:
    settings = WebSettings(secret_keys=(KEY,))
    check_origin(request_with(), settings)
    with pytest.raises(OriginRefused):
        check_origin(request_with(Sec_Fetch_Site="cross-site"), settings)


def test_https_is_believed_from_a_trusted_proxy_or_the_public_address() -> None:
    request = request_with(X_Forwarded_Proto="https")
    assert not is_https(request, WebSettings(secret_keys=(KEY,)))
    assert is_https(request, WebSettings(secret_keys=(KEY,), trusted_proxies=1))
    assert is_https(request_with(), WebSettings(secret_keys=(KEY,), public_url="https://chat.gov.cn"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret_keys": ()},
        {"secret_keys": ("short",)},
        {"embed_origins": ("https://site/path",)},
        {"embed_origins": ("*",)},
        {"public_url": "chat.gov.cn"},
        {"trusted_proxies": -1},
        {"queue_length": 0},
        {"poll_seconds": 0},
    ],
)
def test_a_bad_setting_stops_the_start(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        WebSettings(**{"secret_keys": (KEY,), **wrong})
