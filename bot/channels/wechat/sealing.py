"""Keep an openid or an access token so that the database alone gives it to nobody.

Hash and encryption use keys derived from SECRET_KEY, each for its own purpose. With several keys the newest one hashes
and seals, and all of them open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12  # bytes


class Sealer:
    """Keys newest first, as in the settings."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        keys = [key.encode() for key in secret_keys]
        self._hashing = [_derive(key, b"wechat hash") for key in keys]
        self._sealing = [AESGCM(_derive(key, b"wechat seal")) for key in keys]
        self.key_id = hashlib.sha256(_derive(keys[0], b"wechat key id")).hexdigest()[:16]  # of the current key

    def hashes(self, text: str) -> tuple[str, ...]:
        """The keyed hash under each key, the current one first."""
        return tuple(hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for key in self._hashing)

    def seal(self, text: str) -> str:
        """Encrypted and authenticated under the current key, base64."""
        nonce = secrets.token_bytes(NONCE)
        return base64.b64encode(nonce + self._sealing[0].encrypt(nonce, text.encode(), None)).decode()

    def unseal(self, sealed: str) -> str | None:
        """The text, or None when none of the keys sealed it."""
        raw = base64.b64decode(sealed)
        for key in self._sealing:
            try:
                return key.decrypt(raw[:NONCE], raw[NONCE:], None).decode()
            except InvalidTag:
                continue
        return None


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)
