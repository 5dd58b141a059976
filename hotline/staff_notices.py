"""Staff notices leave the building: a WeCom-compatible group webhook (粤政易 is built on WeCom) and e-mail. Edge file.

A notice is posted once, to the target `staff`; `StaffNotices` passes it on to each channel that is set up, as a message
of its own, so that a mail server that is down holds up no webhook and nobody hears twice.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import aiohttp
import aiosmtplib
from sqlalchemy.engine import Engine

from storage.delivery import DeliveryFailed, OutboxMessage
from storage.engine import transaction
from storage.outbox import post

STAFF, WECOM, EMAIL = "staff", "wecom", "email"  # targets in the outbox
TIMEOUT_SECONDS = 20.0  # below the patience of storage/delivery.py
WECOM_BYTES = 2048  # longest text that a group webhook takes, in UTF-8
WECOM_BUSY = frozenset({-1, 45009, 45033})  # busy, too many calls (20 a minute for one webhook), too many at once


class StaffNotices:
    """Deliverer of `staff`: one message for each of these targets. Without any, a notice stands only in the outbox."""

    def __init__(self, engine: Engine, targets: Sequence[str]) -> None:
        self._engine = engine
        self._targets = tuple(targets)

    async def deliver(self, message: OutboxMessage) -> None:
        await asyncio.to_thread(self._pass_on, message)

    def _pass_on(self, message: OutboxMessage) -> None:
        with transaction(self._engine) as connection:
            for target in self._targets:
                post(
                    connection,
                    key=f"{message.key}#{target}",
                    target=target,
                    subject=message.subject,
                    payload=message.payload,
                    now=message.created_at,
                )


class WeComNotices:
    """Deliverer of `wecom`: posts text to the unit's webhook, or to the desk's when the unit has none.

    The addresses hold the webhooks' keys: they are secrets and stand in no error.
    """

    def __init__(self, session: aiohttp.ClientSession, desk: str, units: Mapping[str, str] | None = None) -> None:
        self._session = session
        self._desk = desk
        self._units = dict(units or {})

    async def deliver(self, message: OutboxMessage) -> None:
        unit, text = _unit_and_text(message)
        content = _shortened(f"【{unit}】{text}" if unit else text)
        body = {"msgtype": "text", "text": {"content": content}}
        answer = await post_json(self._session, self._units.get(unit, self._desk), body, message.key)
        code = answer.get("errcode")
        if code != 0:
            raise DeliveryFailed(f"the webhook answered errcode {code}", retry=code is None or code in WECOM_BUSY)


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `security` is none, starttls or tls."""

    host: str
    port: int
    sender: str
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)


class MailNotices:
    """Deliverer of `email`: to the unit's addresses, or to the desk's when the unit has none."""

    def __init__(
        self, server: MailServer, desk: Sequence[str], units: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._server = server
        self._desk = tuple(desk)
        self._units = {unit: tuple(addresses) for unit, addresses in (units or {}).items()}

    async def deliver(self, message: OutboxMessage) -> None:
        unit, _text = _unit_and_text(message)
        mail = mail_from(message, self._server.sender, self._units.get(unit, self._desk))
        server = self._server
        try:
            await aiosmtplib.send(
                mail,
                hostname=server.host,
                port=server.port,
                username=server.user or None,
                password=server.password or None,
                use_tls=server.security == "tls",
                start_tls=server.security == "starttls",
                timeout=TIMEOUT_SECONDS,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _mail_failure(error) from error


async def post_json(session: aiohttp.ClientSession, url: str, body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """POST with `Idempotency-Key`, and the JSON object of the answer (empty when it is none).

    Raises DeliveryFailed; trying again can help after a network fault, 408, 429 and 5xx.
    """
    headers = {"Idempotency-Key": header_key(key)}
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    try:
        async with session.post(url, json=body, headers=headers, timeout=timeout, allow_redirects=False) as response:
            if response.status >= 300:
                may_mend = response.status in (408, 429) or response.status >= 500
                raise DeliveryFailed(f"the receiver answered {response.status}", retry=may_mend)
            answer = await response.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError) as error:  # their texts may hold the address
        raise DeliveryFailed(f"no answer: {type(error).__name__}", retry=True) from error
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def header_key(key: str) -> str:
    """The idempotency key as a header may carry it: ASCII, the rest percent-encoded."""
    return quote(key, safe=":#/@")


def mail_from(message: OutboxMessage, sender: str, receivers: Sequence[str]) -> EmailMessage:
    """The notice as a mail. The same message always has the same Message-ID, by which mail systems know it again."""
    unit, text = _unit_and_text(message)
    mark = "【紧急】" if message.payload.get("is_urgent") else ""
    mail = EmailMessage()
    mail["Subject"] = " ".join(f"{mark}工单提醒 {message.payload.get('number', '')} {unit}".split())
    mail["From"] = sender
    mail["To"] = ", ".join(receivers)
    mail["Date"] = format_datetime(message.created_at)
    domain = sender.rpartition("@")[2].strip(" >") or "localhost"
    mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@{domain}>"
    mail["Idempotency-Key"] = header_key(message.key)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def _unit_and_text(message: OutboxMessage) -> tuple[str, str]:
    unit, text = message.payload.get("unit", ""), message.payload.get("text", "")
    if not isinstance(unit, str) or not isinstance(text, str) or not text:
        raise DeliveryFailed("a staff notice needs a text, and a unit or none", retry=False)
    return unit, text


def _shortened(text: str) -> str:
    """Cut to what the webhook takes, between characters."""
    encoded = text.encode()
    return text if len(encoded) <= WECOM_BYTES else encoded[: WECOM_BYTES - 3].decode(errors="ignore") + "…"


def _mail_failure(error: Exception) -> DeliveryFailed:
    """A refusal for good (5xx) needs no retry; a wrong password does: it is a setting that somebody will mend."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        codes = [refused.code for refused in error.recipients]
        return DeliveryFailed(
            f"the mail server refused all receivers: {codes}", retry=any(code < 500 for code in codes)
        )
    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    is_for_good = code >= 500 and not isinstance(error, aiosmtplib.SMTPAuthenticationError)
    return DeliveryFailed(f"mail not sent: {type(error).__name__} {code or ''}".rstrip(), retry=not is_for_good)
