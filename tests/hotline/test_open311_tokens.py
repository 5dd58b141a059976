"""Tokens: random, pending until settled, settled once."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from hotline.open311_tokens import give, number_of, settle
from storage.engine import transaction
from tests.hotline.factories import TUESDAY_MORNING


def test_a_token_is_pending_until_it_is_settled_once(engine: Engine) -> None:
    with transaction(engine) as connection:
        token, other = (give(connection, now=TUESDAY_MORNING) for _ in range(2))
    assert token != other and number_of(engine, token) == ""
    with transaction(engine) as connection:
        settle(connection, token, "WJ2025030400001")
        settle(connection, token, "WJ2025030400002")
    assert number_of(engine, token) == "WJ2025030400001"
    assert number_of(engine, other) == ""


def test_a_token_may_have_its_number_at_once(engine: Engine) -> None:
    with transaction(engine) as connection:
        token = give(connection, now=TUESDAY_MORNING, number="WJ2025030400001")
    assert number_of(engine, token) == "WJ2025030400001"


@pytest.mark.parametrize("token", ["", "x", "\x00", "t" * 200, "' OR 1=1"])
def test_an_unknown_token_stands_for_nothing(engine: Engine, token: str) -> None:
    assert number_of(engine, token) is None
