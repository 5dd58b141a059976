"""Is this request from WeChat, is it fresh, and what does it say when it is encrypted?

Rules: developers.weixin.qq.com, 接入指南 and 消息加解密说明. A signature covers token, time and nonce; in encrypted
mode the encrypted text as well. In plain mode it does not cover the body, so a signature that was used for one message
is refused with any other (`ledger.use_signature`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from bot.channels.wechat.errors import DecryptionRefused, SignatureRefused

OLDEST = timedelta(minutes=5)  # also the largest difference of the clocks
BLOCK = 32  # WeChat pads to 32 bytes although AES has blocks of 16
RANDOM = 16  # bytes in front of the length
_TIMESTAMP = re.compile(r"[0-9]{1,11}", re.ASCII)
_NONCE = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)

REFUSED = "签名无效。"


@dataclass(frozen=True)
class Signed:
    """The signed part of a request's query."""

    timestamp: str
    nonce: str
    signature: str

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(int(self.timestamp), UTC)

    @property
    def digest(self) -> str:
        """Stands for this signature in the table of those that were used."""
        return hashlib.sha256(f"{self.timestamp}.{self.nonce}.{self.signature}".encode()).hexdigest()


def sign(*parts: str) -> str:
    """SHA-1 of the sorted parts, hexadecimal."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def verify(query: Mapping[str, str], token: str, now: datetime, encrypted: str | None = None) -> Signed:
    """The signed part, once it holds and is fresh. With `encrypted` the signature is `msg_signature`.

    Raises SignatureRefused.
    """
    given = query.get("signature" if encrypted is None else "msg_signature", "")
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not _TIMESTAMP.fullmatch(timestamp) or not _NONCE.fullmatch(nonce):
        raise SignatureRefused(REFUSED)
    parts = (token, timestamp, nonce) if encrypted is None else (token, timestamp, nonce, encrypted)
    if not hmac.compare_digest(sign(*parts).encode(), given.encode("utf-8", "replace")):
        raise SignatureRefused(REFUSED)
    signed = Signed(timestamp, nonce, given)
    if abs(now - signed.at) > OLDEST:
        raise SignatureRefused("请求的时间过旧或过新。")
    return signed


class Crypto:
    """Encrypted mode. Keys stand newest first: all of them open, and an answer is closed with the one that opened."""

    def __init__(self, appid: str, encoding_aes_keys: Sequence[str]) -> None:
        self._appid = appid.encode()
        self._keys = tuple(base64.b64decode(key + "=") for key in encoding_aes_keys)

    def decrypt(self, encrypted: str) -> tuple[bytes, int]:
        """The XML, and the place of the key that opened it. Raises DecryptionRefused, always with the same words."""
        try:
            raw = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise DecryptionRefused("消息无法解密。") from error
        for place, key in enumerate(self._keys):
            if (content := self._open(raw, key)) is not None:
                return content, place
        raise DecryptionRefused("消息无法解密。")

    def encrypt(self, content: bytes, key: int = 0, random: bytes | None = None) -> str:
        """Base64 of 16 random bytes, length, content and appid, padded and encrypted."""
        plain = (random or secrets.token_bytes(RANDOM)) + len(content).to_bytes(4, "big") + content + self._appid
        padding = BLOCK - len(plain) % BLOCK
        encryptor = _cipher(self._keys[key]).encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def _open(self, raw: bytes, key: bytes) -> bytes | None:
        if not raw or len(raw) % 16:
            return None
        decryptor = _cipher(key).decryptor()
        plain = decryptor.update(raw) + decryptor.finalize()
        padding = plain[-1]
        if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
            return None
        plain = plain[:-padding]
        length = int.from_bytes(plain[RANDOM : RANDOM + 4], "big")
        content, appid = plain[RANDOM + 4 : RANDOM + 4 + length], plain[RANDOM + 4 + length :]
        if len(content) != length or not hmac.compare_digest(appid, self._appid):
            return None
        return content


def _cipher(key: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))
