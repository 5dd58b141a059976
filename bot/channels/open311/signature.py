"""API keys of Open311: one per client, kept by the operator, needed to file and to see what one filed.

GeoReport v2 sends the key as the argument `api_key`, in the form or the query. `Authorization: Bearer` is taken as
well: a header does not end up in the logs of a proxy.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from aiohttp import web

from bot.channels.open311.errors import KeyRefused
from bot.channels.web.signature import bearer_token

SHORTEST_KEY = 20
_CLIENT = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)


def parse_keys(text: str) -> dict[str, str]:
    """`city:KEY1,app:KEY2` → keys by client. Raises ValueError without repeating a key."""
    keys: dict[str, str] = {}
    for number, part in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        client, colon, key = part.partition(":")
        if not colon or client.strip() in keys:
            raise ValueError(f"entry {number} must be CLIENT:KEY with a client that stands there once")
        keys[client.strip()] = key.strip()
    check_keys(keys)
    return keys


def check_keys(keys: Mapping[str, str]) -> None:
    """Raises ValueError, naming the client, for a bad name or a key that is short or stands there twice."""
    for client, key in keys.items():
        if not _CLIENT.fullmatch(client):
            raise ValueError(f"client {client!r} must be 1 to 40 letters, digits, _ or -")
        if len(key) < SHORTEST_KEY:
            raise ValueError(f"the key of {client!r} must have at least {SHORTEST_KEY} characters")
    if len(set(keys.values())) < len(keys):
        raise ValueError("two clients have the same key")


class ApiKeys:
    """Compares digests of all keys, so that the time it takes tells nothing."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._digests = {client: _digest(key) for client, key in keys.items()}

    def client_of(self, key: str) -> str:
        """The client whose key this is. Raises KeyRefused."""
        given = _digest(key)
        found = [client for client, digest in self._digests.items() if hmac.compare_digest(digest, given)]
        if not key or not found:
            raise KeyRefused("api_key 缺失或无效。")
        return found[0]


def given_key(request: web.Request, fields: Mapping[str, str]) -> str:
    """The key that the sender shows, "" for none. `fields` are those of the form."""
    return fields.get("api_key") or request.query.get("api_key") or bearer_token(request)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()
