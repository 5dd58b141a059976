"""What the citizen channels can be told: keys, origins, limits."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

SHORTEST_KEY = 32


@dataclass(frozen=True)
class WebSettings:
    """Checked when it is built; a bad value is a ValueError that names the setting.

    `secret_keys` stand newest first: the first one signs, all of them are accepted, so a key is changed by putting the
    new one in front and taking the old one out after `conversation_days`.
    """

    secret_keys: tuple[str, ...]
    public_url: str = ""  # such as https://chat.example.gov.cn; empty: the Host header decides
    embed_origins: tuple[str, ...] = ()  # sites that may show the widget, such as https://www.example.gov.cn
    trusted_proxies: int = 0  # how many reverse proxies append to X-Forwarded-For
    conversation_days: int = 30  # how long a conversation can be continued
    conversation_burst: int = 10
    conversation_per_minute: float = 20.0
    address_burst: int = 60  # one address may be a whole service hall
    address_per_minute: float = 120.0
    lookup_burst: int = 8  # order look-ups by number and code, per address and per number
    lookup_per_minute: float = 4.0
    queue_length: int = 5  # messages of one conversation that may wait while a turn runs
    turn_timeout_seconds: float = 30.0
    poll_seconds: float = 5.0  # how soon a message written by another worker is noticed
    hello_seconds: float = 10.0  # how long a WebSocket may stay silent before it says who it is
    streams_per_conversation: int = 8

    def __post_init__(self) -> None:
        if not self.secret_keys:
            raise ValueError("secret_keys must hold at least one key")
        if any(len(key) < SHORTEST_KEY for key in self.secret_keys):
            raise ValueError(f"each of secret_keys must have at least {SHORTEST_KEY} characters")
        for origin in (*self.embed_origins, *([self.public_url] if self.public_url else [])):
            if origin_of(origin) != origin.rstrip("/").lower():
                raise ValueError(f"{origin!r} must be an origin such as https://www.example.gov.cn, without a path")
        if self.trusted_proxies < 0:
            raise ValueError(f"trusted_proxies must be 0 or more, not {self.trusted_proxies}")
        for name in (
            "conversation_days",
            "conversation_burst",
            "conversation_per_minute",
            "address_burst",
            "address_per_minute",
            "lookup_burst",
            "lookup_per_minute",
            "queue_length",
            "turn_timeout_seconds",
            "poll_seconds",
            "hello_seconds",
            "streams_per_conversation",
        ):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")


def origin_of(url: str) -> str:
    """Scheme, host and port of an http(s) address in the form of an Origin header; "" for anything else."""
    try:
        parts = urlsplit(url.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_default = port is None or port == {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" if is_default else f"{parts.scheme}://{host}:{port}"
