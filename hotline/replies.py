"""What units replied and what the auditor said of it, as database rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from hotline.model import Resolution
from storage.tables import order_reply


class Verdict(StrEnum):
    """What became of a reply."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"

    @property
    def label(self) -> str:
        return VERDICT_LABELS[self]


VERDICT_LABELS = {Verdict.PENDING: "待审核", Verdict.APPROVED: "通过", Verdict.REJECTED: "退回重办"}


@dataclass(frozen=True)
class Reply:
    """One reply of a unit. `text` is for the citizen, once it is approved."""

    number: str
    unit: str
    author: str
    text: str
    resolution: Resolution
    at: datetime
    verdict: Verdict = Verdict.PENDING
    audited_by: str = ""
    audited_at: datetime | None = None
    audit_reason: str = ""
    id: int = 0  # given by the database


def add_reply(connection: Connection, reply: Reply) -> None:
    """Store a reply that waits for its audit."""
    values = {name: value for name, value in vars(reply).items() if name != "id"}
    connection.execute(order_reply.insert(), values)


def judge_reply(connection: Connection, reply: Reply, verdict: Verdict, by: str, reason: str, at: datetime) -> None:
    """Write down what the auditor said."""
    values = {"verdict": verdict, "audited_by": by, "audited_at": at, "audit_reason": reason}
    connection.execute(order_reply.update().where(order_reply.c.id == reply.id).values(values))


def read_replies(connection: Connection, number: str) -> tuple[Reply, ...]:
    """Every reply to the order, oldest first."""
    query = sa.select(order_reply).where(order_reply.c.number == number).order_by(order_reply.c.id)
    return tuple(_reply_from(row) for row in connection.execute(query))


def pending_reply(connection: Connection, number: str) -> Reply | None:
    """The reply that waits for its audit, or None."""
    this = (order_reply.c.number == number) & (order_reply.c.verdict == Verdict.PENDING)
    query = sa.select(order_reply).where(this).order_by(order_reply.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _reply_from(row)


def _reply_from(row: Row) -> Reply:
    values = dict(row._mapping)
    return Reply(**values | {"resolution": Resolution(row.resolution), "verdict": Verdict(row.verdict)})
