from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, StatementError

from storage.engine import transaction
from storage.tables import conversation, metadata, rating, work_order, work_order_event

NOON = datetime(2025, 3, 4, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))


def make_order_row(**changes: Any) -> dict[str, Any]:
    row = {
        "number": "WJ2025030400001",
        "query_code": "000000",
        "source": "智能客服",
        "type": "complaint",
        "urgency": "normal",
        "privacy": "public",
        "content": "示例",
        "state": "submitted",
        "draft_id": "d1",
        "nlu": {"confidence": 0.5},
        "limit_days": 15,
        "received_at": NOON,
        "due_on": NOON.date(),
        "created_at": NOON,
        "updated_at": NOON,
    }
    return row | changes


def make_event_row(**changes: Any) -> dict[str, Any]:
    return {
        "number": "WJ2025030400001",
        "kind": "transition",
        "at": NOON,
        "actor": "bot",
        "from_state": "draft",
        "to_state": "submitted",
    } | changes


def test_every_column_says_what_it_holds() -> None:
    assert [str(column) for table in metadata.sorted_tables for column in table.columns if not column.comment] == []


def test_times_come_back_as_the_same_moment_in_utc(engine: Engine) -> None:
    with transaction(engine) as connection:
        row = {"id": "c1", "channel": "web", "created_at": NOON, "last_seen_at": NOON}
        connection.execute(conversation.insert(), row)
    with engine.connect() as connection:
        stored = connection.execute(sa.select(conversation.c.created_at)).scalar_one()
    assert stored == NOON
    assert stored.tzinfo is UTC


def test_a_time_without_zone_is_refused(engine: Engine) -> None:
    naive = NOON.replace(tzinfo=None)
    row = {"id": "c1", "channel": "web", "created_at": naive, "last_seen_at": naive}
    with pytest.raises(StatementError, match="needs a time zone"), transaction(engine) as connection:
        connection.execute(conversation.insert(), row)


@pytest.mark.parametrize("change", [sa.delete(work_order_event), sa.update(work_order_event).values(reason="altered")])
def test_history_cannot_be_changed_or_deleted(engine: Engine, change: Any) -> None:
    with transaction(engine) as connection:
        connection.execute(work_order.insert(), make_order_row())
        connection.execute(work_order_event.insert(), make_event_row())
    with pytest.raises(IntegrityError, match="append-only"), transaction(engine) as connection:
        connection.execute(change)


def test_an_event_needs_its_order(engine: Engine) -> None:
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        connection.execute(work_order_event.insert(), make_event_row(number="WJ2025030499999"))


@pytest.mark.parametrize("score", [0, 6])
def test_a_rating_outside_one_to_five_is_refused(engine: Engine, score: int) -> None:
    row = {"conversation_id": "c1", "message_id": "m1", "score": score, "at": NOON}
    with pytest.raises(IntegrityError), transaction(engine) as connection:
        connection.execute(rating.insert(), row)
