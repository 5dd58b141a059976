"""Signatures and encryption against values computed elsewhere: with openssl beforehand, and step by step below."""

from __future__ import annotations

import base64
import os
import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.wechat.errors import DecryptionRefused, SignatureRefused
from bot.channels.wechat.sealing import Sealer
from bot.channels.wechat.signature import OLDEST, Crypto, sign, verify
from tests.bot.channels.wechat.account_double import APPID, TOKEN, sha1

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
AT = datetime.fromtimestamp(1_700_000_000, UTC)

# printf … | openssl enc -aes-256-cbc -K … -iv … -nopad | base64; printf … | sort | tr -d '\n' | openssl sha1
CONTENT = "<xml><Content>身份证丢了😀</Content></xml>"
ENCRYPTED = (
    "ECb94sC68hxnidW1ycQhswonszRclroxV8zCw7mvRi9irUG55qEnR9vIAjIMCJs9"
    "u/CMVDUhG4DoCwc7zI3RYwUlOXFZfu51AC29qvM9+/KKMuIUkTQ0GlqXZgwE7kHP"
)
MSG_SIGNATURE = "ef8056d7b008b4e85b19f4a88da6dfcd41a75245"
SIGNATURE = "f60f0a1457670a589e3922a8d8ee6fda2326965d"


def encrypt_as_documented(content: bytes, key: str, appid: str = APPID, random_bytes: bytes = b"R" * 16) -> str:
    """消息加解密说明, step by step, with a padder that is not ours."""
    raw = base64.b64decode(key + "=")
    padder = padding.PKCS7(256).padder()
    plain = random_bytes + len(content).to_bytes(4, "big") + content + appid.encode()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES256(raw), modes.CBC(raw[:16])).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def decrypt_as_documented(encrypted: str, key: str) -> tuple[bytes, str]:
    raw = base64.b64decode(key + "=")
    decryptor = Cipher(algorithms.AES256(raw), modes.CBC(raw[:16])).decryptor()
    unpadder = padding.PKCS7(256).unpadder()
    padded = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
    plain = unpadder.update(padded) + unpadder.finalize()
    length = int.from_bytes(plain[16:20], "big")
    return plain[20 : 20 + length], plain[20 + length :].decode()


def query(**changes: str) -> dict[str, str]:
    return {"timestamp": "1700000000", "nonce": "n1", "signature": SIGNATURE, **changes}


def test_the_signature_is_the_one_openssl_computes() -> None:
    assert sign(TOKEN, "1700000000", "n1") == SIGNATURE
    assert sign(TOKEN, "1700000000", "n1", ENCRYPTED) == MSG_SIGNATURE


def test_what_openssl_encrypted_is_understood() -> None:
    assert Crypto(APPID, [KEY]).decrypt(ENCRYPTED) == (CONTENT.encode(), 0)


def test_what_we_encrypt_is_what_openssl_encrypts() -> None:
    assert Crypto(APPID, [KEY]).encrypt(CONTENT.encode(), random=b"ABCDEFGHIJKLMNOP") == ENCRYPTED


def test_a_thousand_random_texts_go_both_ways() -> None:
    crypto, choice = Crypto(APPID, [KEY]), random.Random(3)
    for length in range(1000):
        text = "".join(choice.choice("办证a0\n<&😀👨‍👩‍👧é龘") for _ in range(length % 130)).encode()
        assert crypto.decrypt(encrypt_as_documented(text, KEY, random_bytes=os.urandom(16)))[0] == text
        assert decrypt_as_documented(crypto.encrypt(text), KEY) == (text, APPID)


def test_a_message_under_the_previous_key_is_understood_and_named() -> None:
    crypto = Crypto(APPID, [OTHER_KEY, KEY])
    assert crypto.decrypt(ENCRYPTED) == (CONTENT.encode(), 1)
    assert decrypt_as_documented(crypto.encrypt(b"x", 1), KEY) == (b"x", APPID)


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(DecryptionRefused):
        Crypto(APPID, [OTHER_KEY]).decrypt(ENCRYPTED)


def test_the_message_of_another_account_is_refused() -> None:
    with pytest.raises(DecryptionRefused):
        Crypto(APPID, [KEY]).decrypt(encrypt_as_documented(b"<xml/>", KEY, appid="wxffffffffffffffff"))


@pytest.mark.parametrize("place", [0, 20, 40, 95])
def test_a_changed_byte_is_refused_or_changes_only_what_the_signature_protects(place: int) -> None:
    """CBC alone protects nothing: a change in the text passes decryption and is caught by msg_signature."""
    raw = bytearray(base64.b64decode(ENCRYPTED))
    raw[place] ^= 1
    changed = base64.b64encode(bytes(raw)).decode()
    with pytest.raises(SignatureRefused):
        verify(query(msg_signature=MSG_SIGNATURE), TOKEN, AT, changed)


@pytest.mark.parametrize("padding_bytes", [b"\x00", b"\x21" * 33, b"\x02\x03", b"\x04\x04\x04"])
def test_bad_padding_is_refused(padding_bytes: bytes) -> None:
    raw = base64.b64decode(KEY + "=")
    plain = b"R" * 16 + (1).to_bytes(4, "big") + b"x" + APPID.encode()
    plain += b"\x01" * (-(len(plain) + len(padding_bytes)) % 16) + padding_bytes
    encryptor = Cipher(algorithms.AES256(raw), modes.CBC(raw[:16])).encryptor()
    with pytest.raises(DecryptionRefused):
        Crypto(APPID, [KEY]).decrypt(base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode())


@given(st.one_of(st.text(max_size=80), st.binary(max_size=160).map(lambda raw: base64.b64encode(raw).decode())))
@settings(max_examples=300, deadline=None)
def test_anything_else_is_refused_with_the_same_words(encrypted: str) -> None:
    with pytest.raises(DecryptionRefused, match="消息无法解密"):
        Crypto(APPID, [KEY]).decrypt(encrypted)


def test_a_right_and_fresh_signature_is_taken() -> None:
    assert verify(query(), TOKEN, AT).at == AT
    assert verify(query(), TOKEN, AT + OLDEST).nonce == "n1"


@pytest.mark.parametrize("late", [OLDEST, -OLDEST])
def test_a_stale_time_and_one_from_the_future_are_refused(late: timedelta) -> None:
    now = AT + late + (timedelta(seconds=1) if late > timedelta(0) else -timedelta(seconds=1))
    with pytest.raises(SignatureRefused):
        verify(query(), TOKEN, now)


@pytest.mark.parametrize(
    "change",
    [
        {"signature": ""},
        {"signature": SIGNATURE.upper()},
        {"signature": "0" * 40},
        {"signature": "é" * 40},
        {"nonce": "n2"},
        {"nonce": ""},
        {"nonce": "n1 "},
        {"timestamp": "1700000001"},
        {"timestamp": "-1"},
        {"timestamp": "１７００００００００"},
        {"timestamp": "9" * 30},
    ],
)
def test_anything_else_in_the_query_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(SignatureRefused):
        verify(query(**change), TOKEN, AT)


@given(st.lists(st.text(alphabet="abc019ABC=/+", max_size=20), min_size=3, max_size=4))
def test_signatures_agree_with_the_documented_ones(parts: list[str]) -> None:
    assert sign(*parts) == sha1(*parts)


def test_what_is_sealed_opens_under_the_previous_key_and_no_other() -> None:
    old, new = "old-" * 10, "new-" * 10
    sealed = Sealer([old]).seal("openid")
    assert Sealer([new, old]).unseal(sealed) == "openid"
    assert Sealer([new]).unseal(sealed) is None
    assert "openid" not in sealed
    assert Sealer([new, old]).hashes("openid")[1] == Sealer([old]).hashes("openid")[0]
