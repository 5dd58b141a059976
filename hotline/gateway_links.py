"""Which order has which number in another system, and what was last heard of it (table order_link).

Until a number is there, `remote_state` may hold the token it will be exchanged for, as `token:…`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from hotline.gateway import Receipt, RemoteOrder
from hotline.model import EventKind, WorkOrderEvent
from hotline.rows import append_event, read_order
from hotline.states import Role
from storage.engine import insert, transaction
from storage.tables import order_link

TOKEN = "token:"  # noqa: S105  # a prefix, not a secret
SENT = "已送达"  # remote_state of an order that the other system took without saying more
CLOSED = "closed："
OPEN = "open："


@dataclass(frozen=True)
class Link:
    """One order in one other system."""

    number: str
    gateway: str
    remote_number: str
    remote_state: str
    checked_at: datetime | None

    @property
    def token(self) -> str:
        return self.remote_state.removeprefix(TOKEN) if self.remote_state.startswith(TOKEN) else ""

    @property
    def is_sent(self) -> bool:
        return bool(self.remote_number or self.remote_state)


LINKS = sa.select(*(order_link.c[field.name] for field in fields(Link)))


def read_link(connection: Connection, number: str, gateway: str, for_update: bool = False) -> Link | None:
    query = LINKS.where(order_link.c.number == number, order_link.c.gateway == gateway)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    return None if row is None else Link(**row._mapping)


def latest_links(connection: Connection, gateway: str, limit: int) -> tuple[Link, ...]:
    """At most `limit` links, of one gateway unless it is empty; the last checked first."""
    query = LINKS.where(order_link.c.gateway == gateway) if gateway else LINKS
    query = query.order_by(order_link.c.checked_at.desc().nullslast(), order_link.c.number.desc()).limit(limit)
    return tuple(Link(**row._mapping) for row in connection.execute(query))


def save_receipt(engine: Engine, number: str, gateway: str, receipt: Receipt) -> None:
    """Keep what the other system gave; a number that is known already stays."""
    state = SENT if receipt.number or not receipt.token else f"{TOKEN}{receipt.token}"
    new = {"remote_number": receipt.number, "remote_state": state}
    with transaction(engine) as connection:
        row = insert(connection, order_link).values(number=number, gateway=gateway, **new)
        has_no_number = order_link.c.remote_number == ""
        connection.execute(
            row.on_conflict_do_update(index_elements=["number", "gateway"], set_=new, where=has_no_number)
        )


def claim_due(engine: Engine, gateway: str, *, now: datetime, every: timedelta, limit: int) -> tuple[Link, ...]:
    """Links not closed there that nobody has asked about for `every`, longest first; the claim holds as long."""
    column = order_link.c
    is_waiting = sa.or_(column.remote_number != "", column.remote_state.startswith(TOKEN))
    is_due = sa.or_(column.checked_at.is_(None), column.checked_at <= now - every)
    query = LINKS.where(column.gateway == gateway, is_waiting, ~column.remote_state.startswith(CLOSED), is_due)
    query = query.order_by(column.checked_at.nullsfirst(), column.number).limit(limit)
    with transaction(engine) as connection:
        links = [Link(**row._mapping) for row in connection.execute(query.with_for_update(skip_locked=True))]
        claimed = column.number.in_([link.number for link in links])
        connection.execute(order_link.update().where(column.gateway == gateway, claimed).values(checked_at=now))
    return tuple(links)


def record(engine: Engine, link: Link, remote: RemoteOrder, *, now: datetime) -> bool:
    """Keep the state there and note a change in the order's history; False when nothing changed.

    Two workers that heard the same write one line: the link is locked from the look to the write.
    """
    state = f"{CLOSED if remote.is_closed else OPEN}{remote.state}"
    this = (order_link.c.number == link.number, order_link.c.gateway == link.gateway)
    with transaction(engine) as connection:
        stored = read_link(connection, link.number, link.gateway, for_update=True)
        order = read_order(connection, link.number)
        if stored is None or order is None or stored.remote_state == state:
            return False
        connection.execute(order_link.update().where(*this).values(remote_state=state, checked_at=now))
        reason = f"对方系统（{remote.number}）{'已办结' if remote.is_closed else '办理中'}：{remote.state}"
        actor = f"gateway:{link.gateway}"
        event = WorkOrderEvent(
            order.number, EventKind.NOTE, now, actor, order.state, order.state, reason, Role.SYSTEM.value
        )
        append_event(connection, event)
    return True
