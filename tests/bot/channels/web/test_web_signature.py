"""Signed identity: forged, stolen from another purpose, expired, and keys that are being changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.errors import Unauthorized
from bot.channels.web.signature import Signer, new_conversation_id

NOW = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
AGE = timedelta(days=30)
OLD, NEW = "o" * 40, "n" * 40
ID = "0123456789abcdef0123456789abcdef"


def test_what_was_signed_is_accepted() -> None:
    signer = Signer([NEW], AGE)
    assert signer.verify(signer.sign(ID, "cookie", NOW), "cookie", NOW).conversation_id == ID


def test_ids_are_random() -> None:
    assert len({new_conversation_id() for _ in range(100)}) == 100


@pytest.mark.parametrize("position", [0, 10, 33, 40, 50, -1])
def test_a_changed_character_is_refused(position: int) -> None:
    signer = Signer([NEW], AGE)
    token = signer.sign(ID, "cookie", NOW)
    changed = (token[position] == "0" and "1") or "0"
    forged = token[:position] + changed + (token[position + 1 :] if position != -1 else "")
    with pytest.raises(Unauthorized):
        signer.verify(forged, "cookie", NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b.c", "x" * 5000, f"{ID}.1.", f"{ID}.99999999999999.{'A' * 43}", "签名"])
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(Unauthorized):
        Signer([NEW], AGE).verify(token, "cookie", NOW)


def test_a_token_for_one_purpose_is_refused_for_another() -> None:
    signer = Signer([NEW], AGE)
    with pytest.raises(Unauthorized):
        signer.verify(signer.sign(ID, "api", NOW), "cookie", NOW)


def test_it_ends_after_its_age() -> None:
    signer = Signer([NEW], AGE)
    token = signer.sign(ID, "cookie", NOW)
    signer.verify(token, "cookie", NOW + AGE)
    with pytest.raises(Unauthorized):
        signer.verify(token, "cookie", NOW + AGE + timedelta(seconds=1))


def test_one_from_the_future_is_refused() -> None:
    signer = Signer([NEW], AGE)
    with pytest.raises(Unauthorized):
        signer.verify(signer.sign(ID, "cookie", NOW + timedelta(hours=1)), "cookie", NOW)


def test_a_retired_key_is_accepted_and_renewed() -> None:
    identity = Signer([NEW, OLD], AGE).verify(Signer([OLD], AGE).sign(ID, "cookie", NOW), "cookie", NOW)
    assert not identity.is_current_key
    assert Signer([NEW, OLD], AGE).needs_renewal(identity, NOW)


def test_a_removed_key_is_refused() -> None:
    with pytest.raises(Unauthorized):
        Signer([NEW], AGE).verify(Signer([OLD], AGE).sign(ID, "cookie", NOW), "cookie", NOW)


def test_a_cookie_past_half_its_age_is_renewed() -> None:
    signer = Signer([NEW], AGE)
    identity = signer.verify(signer.sign(ID, "cookie", NOW), "cookie", NOW)
    assert not signer.needs_renewal(identity, NOW + AGE / 2)
    assert signer.needs_renewal(identity, NOW + AGE / 2 + timedelta(seconds=1))
