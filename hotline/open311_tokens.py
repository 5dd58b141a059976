"""Tokens of Open311: a receipt for an order whose number is told later (services that answer `batch`)."""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from storage.tables import order_token

LONGEST_TOKEN = 128


def give(connection: Connection, *, now: datetime, number: str = "") -> str:
    """A new random token for this order; without a number it is pending until `settle`."""
    token = secrets.token_urlsafe(24)
    connection.execute(order_token.insert().values(token=token, number=number, at=now))
    return token


def settle(connection: Connection, token: str, number: str) -> None:
    """The order of a pending token has been numbered. A token that has its number keeps it."""
    is_pending = sa.and_(order_token.c.token == token, order_token.c.number == "")
    connection.execute(order_token.update().where(is_pending).values(number=number))


def number_of(engine: Engine, token: str) -> str | None:
    """The number that a token stands for; empty while pending, None for an unknown token."""
    if not 0 < len(token) <= LONGEST_TOKEN or "\x00" in token:
        return None
    with engine.connect() as connection:
        query = sa.select(order_token.c.number).where(order_token.c.token == token)
        number: str | None = connection.execute(query).scalar_one_or_none()
    return number
