"""Entries are kept with every version; saving what is the same writes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError

from knowledge_base.model import AnyEntry, Confidence, Gap, Hall, Level, Record, State
from knowledge_base.store import Change, fingerprint, key_of, load, load_entries, save
from storage.tables import kb_entry, kb_version
from tests.knowledge_base.factories import make_channel, make_guide, make_small_base, make_statement

NOW = datetime(2025, 3, 3, 1, 0, tzinfo=UTC)


def put(engine: Engine, *records: Record, state: State = State.PUBLISHED, now: datetime = NOW) -> list[Change]:
    return save(engine, records, author="李", reason="测试", now=now, state=state)


def test_saving_tells_added_updated_and_unchanged_apart(engine: Engine) -> None:
    first, second = make_guide("T01"), make_guide("T02")
    assert put(engine, first, second) == [Change.ADDED, Change.ADDED]
    changed = first.model_copy(update={"notice": "新的提示"})
    assert put(engine, changed, second) == [Change.UPDATED, Change.UNCHANGED]


def test_what_was_saved_is_read_back_equal(engine: Engine) -> None:
    records: list[Record] = [*make_small_base(), make_channel(), _hall()]
    put(engine, *records)
    assert sorted(load(engine), key=key_of) == sorted(records, key=key_of)


def test_only_entries_are_loaded_as_entries(engine: Engine) -> None:
    put(engine, make_guide(), make_channel(), _hall())
    assert [entry.code for entry in load_entries(engine)] == ["T01"]


def test_every_version_is_kept_with_author_reason_and_time(engine: Engine) -> None:
    later = NOW + timedelta(days=1)
    put(engine, make_guide(notice="一"))
    put(engine, make_guide(notice="二"), now=later)
    with engine.connect() as connection:
        versions = connection.execute(sa.select(kb_version).order_by(kb_version.c.version)).all()
        current = connection.execute(sa.select(kb_entry)).one()
    assert [(row.version, row.author, row.reason, row.at) for row in versions] == [
        (1, "李", "测试", NOW),
        (2, "李", "测试", later),
    ]
    assert "一" in versions[0].payload
    assert (current.version, current.payload) == (2, versions[1].payload)


def test_an_unchanged_record_gets_no_new_version(engine: Engine) -> None:
    put(engine, make_guide())
    put(engine, make_guide(), now=NOW + timedelta(days=1))
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(kb_version)).scalar_one() == 1
        assert connection.execute(sa.select(kb_entry.c.updated_at)).scalar_one() == NOW


def test_a_record_that_stands_twice_in_one_file_becomes_two_versions(engine: Engine) -> None:
    assert put(engine, make_guide(notice="一"), make_guide(notice="二")) == [Change.ADDED, Change.UPDATED]
    assert [entry.notice for entry in load_entries(engine)] == ["二"]


def test_a_gap_that_is_filled_becomes_a_guide_under_the_same_code(engine: Engine) -> None:
    put(engine, Gap(code="T01", name="示例事项办理"))
    assert put(engine, make_guide("T01")) == [Change.UPDATED]
    assert [entry.kind for entry in load_entries(engine)] == ["guide"]  # type: ignore[attr-defined]


def test_a_channel_and_an_entry_may_bear_the_same_code(engine: Engine) -> None:
    assert put(engine, make_guide("yss"), make_channel("yss")) == [Change.ADDED, Change.ADDED]
    assert len(load(engine)) == 2


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.RETIRED])
def test_only_what_is_published_is_loaded(engine: Engine, state: State) -> None:
    put(engine, make_guide("T01"))
    put(engine, make_guide("T02"), state=state)
    assert [entry.code for entry in load_entries(engine)] == ["T01"]
    assert len(load(engine, state=None)) == 2


def test_the_fingerprint_changes_with_every_published_change_and_only_then(engine: Engine) -> None:
    seen = [fingerprint(engine)]
    put(engine, make_guide())
    seen.append(fingerprint(engine))
    put(engine, make_guide(notice="新的提示"))
    seen.append(fingerprint(engine))
    put(engine, make_guide(notice="新的提示"), state=State.RETIRED)
    seen.append(fingerprint(engine))
    assert seen[0] == seen[3]
    assert len(set(seen)) == 3

    put(engine, make_guide("T02"), state=State.DRAFT)
    put(engine, make_guide(notice="新的提示"), state=State.RETIRED)
    assert fingerprint(engine) == seen[3]


def test_a_restored_version_has_the_fingerprint_it_had(engine: Engine) -> None:
    put(engine, make_guide(notice="一"))
    before = fingerprint(engine)
    put(engine, make_guide(notice="二"))
    put(engine, make_guide(notice="一"))
    assert fingerprint(engine) == before


def test_one_impossible_record_leaves_the_base_as_it_was(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.insert(kb_version).values(
                code="T02", version=1, payload="{}", state="draft", author="", reason="", at=NOW
            )
        )
    with pytest.raises(IntegrityError):
        put(engine, make_guide("T01"), make_guide("T02"))
    assert load(engine) == []


def test_entries_come_back_with_their_statements(engine: Engine) -> None:
    entry: AnyEntry = make_guide(conditions=(make_statement("年满八十周岁。", situation="本地户籍"),))
    put(engine, entry)
    assert load_entries(engine) == [entry]


def _hall() -> Hall:
    return Hall(code="H001", name="示例大厅", level=Level.TOWN, confidence=Confidence.GENERAL)
