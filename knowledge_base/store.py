"""Keep entries in the database, every version of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from knowledge_base.model import Bundle, Channel, Entry, Faq, Gap, Guide, Hall, Record, State
from storage.engine import transaction
from storage.tables import kb_entry, kb_version

KINDS: dict[str, type[Record]] = {
    "guide": Guide,
    "bundle": Bundle,
    "faq": Faq,
    "gap": Gap,
    "channel": Channel,
    "hall": Hall,
}


class Change(StrEnum):
    """What saving a record did."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


def kind_of(record: Record) -> str:
    """The name under which a record's kind is stored."""
    return next(name for name, model in KINDS.items() if isinstance(record, model))


def key_of(record: Record) -> str:
    """Primary key: channels and halls have a space of their own, so that “yss” is never taken for a matter."""
    code = str(getattr(record, "code", ""))
    return f"{kind_of(record)}:{code}" if isinstance(record, Channel | Hall) else code


def save(
    engine: Engine,
    records: Iterable[Record],
    *,
    author: str,
    reason: str,
    now: datetime,
    state: State = State.PUBLISHED,
    only_own: bool = False,
) -> list[Change]:
    """Write records in one transaction; one whose content is the same as before stays untouched.

    With `only_own` an entry that someone else than `author` has changed since is left as it is.
    """
    with transaction(engine) as connection:
        stored = {row.code: row for row in connection.execute(sa.select(kb_entry))}
        foreign = _changed_by_others(connection, author) if only_own else frozenset()
        return [
            Change.UNCHANGED
            if key_of(record) in foreign
            else _save_one(connection, stored, record, author, reason, now, state)
            for record in records
        ]


def _changed_by_others(connection: Connection, author: str) -> frozenset[str]:
    """Codes whose current version another author wrote."""
    current = kb_entry.join(
        kb_version, sa.and_(kb_version.c.code == kb_entry.c.code, kb_version.c.version == kb_entry.c.version)
    )
    query = sa.select(kb_entry.c.code).select_from(current).where(kb_version.c.author != author)
    return frozenset(row.code for row in connection.execute(query))


def _save_one(
    connection: Connection,
    stored: dict[str, sa.engine.Row],
    record: Record,
    author: str,
    reason: str,
    now: datetime,
    state: State,
) -> Change:
    key, payload = key_of(record), record.model_dump_json(exclude_defaults=False)
    digest = hashlib.sha256(payload.encode()).hexdigest()
    before = stored.get(key)
    if before is not None and before.content_sha256 == digest and before.state == state:
        return Change.UNCHANGED
    version = before.version + 1 if before is not None else 1
    values = {
        "kind": kind_of(record),
        "name": getattr(record, "name", ""),
        "state": state.value,
        "version": version,
        "payload": payload,
        "content_sha256": digest,
        "source_url": getattr(record, "source_url", ""),
        "updated_at": now,
    }
    if before is None:
        connection.execute(sa.insert(kb_entry).values(code=key, **values))
    else:
        connection.execute(sa.update(kb_entry).where(kb_entry.c.code == key).values(**values))
    connection.execute(
        sa.insert(kb_version).values(
            code=key, version=version, payload=payload, state=state.value, author=author, reason=reason, at=now
        )
    )
    stored[key] = connection.execute(sa.select(kb_entry).where(kb_entry.c.code == key)).one()
    return Change.ADDED if before is None else Change.UPDATED


def load(engine: Engine, kinds: Sequence[str] = tuple(KINDS), state: State | None = State.PUBLISHED) -> list[Record]:
    """Read the current version of all records of these kinds, in order of code."""
    query = sa.select(kb_entry.c.kind, kb_entry.c.payload).where(kb_entry.c.kind.in_(kinds)).order_by(kb_entry.c.code)
    if state is not None:
        query = query.where(kb_entry.c.state == state.value)
    with engine.connect() as connection:
        return [KINDS[row.kind].model_validate_json(row.payload) for row in connection.execute(query)]


def load_entries(engine: Engine) -> list[Entry]:
    """All published entries that can be answers."""
    return [record for record in load(engine) if isinstance(record, Entry)]


def fingerprint(engine: Engine) -> str:
    """A short hash that changes whenever a published record changes: the version of the knowledge."""
    query = sa.select(kb_entry.c.code, kb_entry.c.content_sha256).where(kb_entry.c.state == State.PUBLISHED.value)
    with engine.connect() as connection:
        rows = sorted((row.code, row.content_sha256) for row in connection.execute(query))
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:12]
