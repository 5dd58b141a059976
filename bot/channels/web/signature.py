"""Who is talking: a random conversation id in a signed cookie or token. No login, no personal data.

Form: `<conversation id>.<issued at, seconds>.<HMAC-SHA256>`. The purpose is part of what is signed, so a token for the
JSON API is no cookie and the other way round.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from aiohttp import web

from bot.channels.errors import Unauthorized

COOKIE = "wj_conversation"
Purpose = Literal["cookie", "embed", "api"]
_TOKEN = re.compile(r"([0-9a-f]{32})\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})", re.ASCII)
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True)
class Identity:
    """A conversation that the sender has proven to be theirs."""

    conversation_id: str
    issued_at: datetime
    is_current_key: bool  # False: signed with a key that is being retired, so sign anew


def new_conversation_id() -> str:
    """128 random bits, so that nobody meets another's conversation by guessing."""
    return secrets.token_hex(16)


class Signer:
    """Signs with the first key and accepts all of them."""

    def __init__(self, keys: Sequence[str], max_age: timedelta) -> None:
        self._keys = tuple(key.encode() for key in keys)
        self._max_age = max_age

    def sign(self, conversation_id: str, purpose: Purpose, now: datetime) -> str:
        issued = str(int(now.timestamp()))
        return f"{conversation_id}.{issued}.{_mac(self._keys[0], purpose, conversation_id, issued)}"

    def verify(self, token: str, purpose: Purpose, now: datetime) -> Identity:
        """Raises Unauthorized when the form, the signature or the age does not hold."""
        match = _TOKEN.fullmatch(token)
        if match is None:
            raise Unauthorized("会话凭证无效，请刷新页面。")
        conversation_id, issued, mac = match.groups()
        matches = [hmac.compare_digest(_mac(key, purpose, conversation_id, issued), mac) for key in self._keys]
        if not any(matches):
            raise Unauthorized("会话凭证无效，请刷新页面。")
        issued_at = datetime.fromtimestamp(int(issued), UTC)
        if now - issued_at > self._max_age or issued_at - now > _CLOCK_SKEW:
            raise Unauthorized("会话已过期，请刷新页面。")
        return Identity(conversation_id, issued_at, is_current_key=matches[0])

    def needs_renewal(self, identity: Identity, now: datetime) -> bool:
        return not identity.is_current_key or now - identity.issued_at > self._max_age / 2

    def set_cookie(self, response: web.StreamResponse, conversation_id: str, *, is_https: bool, now: datetime) -> None:
        response.set_cookie(
            COOKIE,
            self.sign(conversation_id, "cookie", now),
            max_age=int(self._max_age.total_seconds()),
            path="/",
            httponly=True,
            samesite="Lax",
            secure=is_https,
        )


def bearer_token(request: web.Request) -> str:
    """The token of `Authorization: Bearer …`, or ""."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def identify(request: web.Request, signer: Signer, now: datetime) -> Identity:
    """The sender of a page request: the embed token when one is sent, else the cookie.

    Raises Unauthorized when neither holds. The embed token exists because a browser keeps a SameSite=Lax cookie away
    from a frame inside another site.
    """
    if token := bearer_token(request):
        return signer.verify(token, "embed", now)
    return signer.verify(request.cookies.get(COOKIE, ""), "cookie", now)


def _mac(key: bytes, purpose: str, conversation_id: str, issued: str) -> str:
    message = f"{purpose}.{conversation_id}.{issued}".encode()
    digest = hmac.new(key, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
