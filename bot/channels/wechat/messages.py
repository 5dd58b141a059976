"""Messages of WeChat: XML in, without DTDs and other tricks; a text or an encrypted envelope out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError  # types only; parsing is defusedxml's

from aiohttp import web
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.channels.errors import BodyTooLarge, MalformedRequest
from bot.channels.wechat.signature import Crypto, sign

MAX_BODY = 64 * 1024  # bytes; a text of WeChat has at most a few kilobytes
MOST_FIELDS = 60
NO_ANSWER = "success"  # means: taken, no reply to this request
BAD_XML = "消息的格式不对。"

_OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Incoming:
    """A message or event. `fields` holds every element by name, as text."""

    openid: str
    account: str  # our own original id, gh_…
    created: int  # seconds, by WeChat's clock
    type: str  # text, image, voice …, event
    message_id: str  # "" for events
    fields: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    @property
    def event(self) -> str:
        """Name of the event in lower case, "" for messages."""
        return self.get("Event").lower() if self.type == "event" else ""

    @property
    def kind(self) -> str:
        return f"event:{self.event}"[:128] if self.type == "event" else self.type

    @property
    def identity(self) -> str:
        """What retries have in common: MsgId, for events sender and time (and which event, as two fit a second)."""
        if self.message_id:
            return f"message:{self.openid}:{self.message_id}"
        return f"event:{self.openid}:{self.created}:{self.kind}:{self.get('EventKey')}"


async def read_body(request: web.Request) -> bytes:
    """Raises BodyTooLarge before more is read than is allowed."""
    if (request.content_length or 0) > MAX_BODY:
        raise BodyTooLarge("内容太大。")
    body = bytearray()
    async for chunk in request.content.iter_chunked(8192):
        body += chunk
        if len(body) > MAX_BODY:
            raise BodyTooLarge("内容太大。")
    return bytes(body)


def parse_fields(body: bytes) -> dict[str, str]:
    """Elements below the root by name; of nested ones the innermost. Raises MalformedRequest for a DTD as well."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError, RecursionError) as error:
        raise MalformedRequest(BAD_XML) from error
    fields: dict[str, str] = {}
    for element in root.iter():
        if len(element) == 0 and element is not root:
            fields.setdefault(element.tag, element.text or "")
            if len(fields) > MOST_FIELDS:
                raise MalformedRequest(BAD_XML)
    return fields


def parse_incoming(body: bytes) -> Incoming:
    """Raises MalformedRequest when it is no message of WeChat."""
    fields = parse_fields(body)
    values = {name: fields.get(name, "").strip() for name in ("FromUserName", "ToUserName", "CreateTime", "MsgType")}
    message_id = fields.get("MsgId", "").strip()
    is_event = values["MsgType"].lower() == "event"
    if not _OPENID.fullmatch(values["FromUserName"]) or not _OPENID.fullmatch(values["ToUserName"]):
        raise MalformedRequest(BAD_XML)
    if not _NUMBER.fullmatch(values["CreateTime"]) or not re.fullmatch(r"[A-Za-z_]{1,40}", values["MsgType"]):
        raise MalformedRequest(BAD_XML)
    if not is_event and not _NUMBER.fullmatch(message_id):
        raise MalformedRequest(BAD_XML)
    return Incoming(
        openid=values["FromUserName"],
        account=values["ToUserName"],
        created=int(values["CreateTime"]),
        type=values["MsgType"].lower(),
        message_id="" if is_event else message_id,
        fields=fields,
    )


def text_xml(incoming: Incoming, text: str, now: datetime) -> bytes:
    """A passive text reply."""
    return (
        f"<xml><ToUserName>{_cdata(incoming.openid)}</ToUserName><FromUserName>{_cdata(incoming.account)}"
        f"</FromUserName><CreateTime>{int(now.timestamp())}</CreateTime><MsgType>{_cdata('text')}</MsgType>"
        f"<Content>{_cdata(text)}</Content></xml>"
    ).encode()


def envelope_xml(content: bytes, crypto: Crypto, key: int, token: str, nonce: str, now: datetime) -> bytes:
    """The same, encrypted with the key that the message came with."""
    encrypted, timestamp = crypto.encrypt(content, key), str(int(now.timestamp()))
    signature = sign(token, timestamp, nonce, encrypted)
    return (
        f"<xml><Encrypt>{_cdata(encrypted)}</Encrypt><MsgSignature>{_cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    ).encode()


def printable(text: str) -> str:
    """Without what XML and JSON cannot carry."""
    return _NOT_XML.sub("", text)


def _cdata(text: str) -> str:
    return "<![CDATA[" + printable(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"
