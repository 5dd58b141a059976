"""Citizens who write through WeChat: known by a keyed hash of their openid, reached by an encrypted copy of it.

The hash at the first contact becomes the conversation id. It stays the id when the secret key changes; the hash that
finds a citizen and the encrypted copy are made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from bot.channels.wechat.sealing import Sealer
from storage.engine import insert, transaction
from storage.tables import wechat_person

_person = wechat_person.c


@dataclass(frozen=True)
class Person:
    """What the channel remembers of a citizen. `openid` is empty after they unsubscribed."""

    id: str
    openid: str
    rest: str
    choices: tuple[str, ...]


def meet(connection: Connection, sealer: Sealer, openid: str, now: datetime) -> str:
    """The citizen's id; a first contact is stored. A copy under an old key, or none, is made anew."""
    hashes = sealer.hashes(openid)
    for _ in range(2):
        found = sa.select(wechat_person).where(_person.openid_hash.in_(hashes)).order_by(_person.created_at)
        if row := connection.execute(found.limit(1)).first():
            values: dict[str, Any] = {"seen_at": now}
            if row.key_id != sealer.key_id or not row.openid_sealed:
                values |= {"openid_hash": hashes[0], "openid_sealed": sealer.seal(openid), "key_id": sealer.key_id}
            connection.execute(wechat_person.update().where(_person.id == row.id).values(values))
            return str(row.id)
        values = {"id": hashes[0], "openid_hash": hashes[0], "openid_sealed": sealer.seal(openid)}
        values |= {"key_id": sealer.key_id, "choices": [], "created_at": now, "seen_at": now}
        if connection.execute(insert(connection, wechat_person).values(values).on_conflict_do_nothing()).rowcount:
            return hashes[0]
    raise RuntimeError("a citizen of WeChat could be neither found nor stored")


def find(engine: Engine, sealer: Sealer, person_id: str) -> Person | None:
    """None for a conversation of another channel."""
    with engine.connect() as connection:
        row = connection.execute(sa.select(wechat_person).where(_person.id == person_id)).first()
    if row is None:
        return None
    openid = (sealer.unseal(row.openid_sealed) or "") if row.openid_sealed else ""
    return Person(row.id, openid, row.rest, tuple(row.choices))


def remember_shown(connection: Connection, person_id: str, rest: str, choices: Sequence[str]) -> None:
    """What 更多 and a number will mean next."""
    values = {"rest": rest, "choices": list(choices)}
    connection.execute(wechat_person.update().where(_person.id == person_id).values(values))


def choices_shown(connection: Connection, person_id: str) -> tuple[str, ...]:
    return tuple(connection.execute(sa.select(_person.choices).where(_person.id == person_id)).scalar() or ())


def leave(connection: Connection, sealer: Sealer, openid: str) -> None:
    """They unsubscribed: nothing can be sent any more, so the copy of the openid goes."""
    gone: dict[str, Any] = {"openid_sealed": "", "message_at": None, "event_at": None, "rest": "", "choices": []}
    where = _person.openid_hash.in_(sealer.hashes(openid))
    connection.execute(wechat_person.update().where(where).values(gone))


def rekey(engine: Engine, sealer: Sealer) -> int:
    """Bring everybody under the current key, so that the previous one can be taken out. Returns how many were."""
    old = sa.select(wechat_person).where(_person.key_id != sealer.key_id, _person.openid_sealed != "")
    done = 0
    with engine.connect() as connection:
        rows = connection.execute(old).all()
    for row in rows:
        openid = sealer.unseal(row.openid_sealed)
        if openid is None:
            continue  # sealed with a key that nobody has any more
        values = {"openid_hash": sealer.hashes(openid)[0], "openid_sealed": sealer.seal(openid)}
        same = (_person.id == row.id, _person.key_id == row.key_id)
        with transaction(engine) as connection:
            update = wechat_person.update().where(*same).values(key_id=sealer.key_id, **values)
            done += connection.execute(update).rowcount
    return done
