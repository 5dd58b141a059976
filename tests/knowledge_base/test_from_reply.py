"""Approved replies become drafts: once, renewed while nobody has touched them, never published by themselves."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from knowledge_base.from_reply import NAME_LENGTH, Reply, ReplyDrafts, author_of, code_of, draft_from_reply, entry_from
from knowledge_base.model import Confidence, Faq, State
from knowledge_base.store import Change, load, load_entries, save
from storage.delivery import DeliveryFailed, OutboxMessage
from storage.tables import kb_entry, kb_version

NOW = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)
REPLY = Reply(
    number="WJ2025030400001",
    title="示例补贴怎么申请",
    question="示例补贴怎么申请，要带什么？",
    reply="向示例单位提交申请表（示例）。",
    unit="示例单位",
    auditor="示例审核员",
)


def drafts(engine: Engine) -> list[Faq]:
    return [record for record in load(engine, ("faq",), State.DRAFT) if isinstance(record, Faq)]


def test_a_draft_holds_question_reply_source_and_unit(engine: Engine) -> None:
    assert draft_from_reply(engine, REPLY, now=NOW) is Change.ADDED
    (entry,) = drafts(engine)
    assert entry.name == "示例补贴怎么申请"
    assert entry.owner_unit == "示例单位"
    assert entry.summary is not None
    assert entry.summary.text == REPLY.reply
    assert REPLY.number in entry.summary.source
    assert entry.faqs[0].question == REPLY.question


def test_the_history_says_who_replied_and_who_approved(engine: Engine) -> None:
    draft_from_reply(engine, REPLY, now=NOW)
    with engine.connect() as connection:
        version = connection.execute(sa.select(kb_version)).one()
    assert version.author == author_of(REPLY.number)
    for part in (REPLY.number, REPLY.unit, REPLY.auditor):
        assert part in version.reason
    assert version.at == NOW


def test_a_draft_is_not_published(engine: Engine) -> None:
    draft_from_reply(engine, REPLY, now=NOW)
    assert load_entries(engine) == []


def test_published_by_mistake_it_would_show_nothing(engine: Engine) -> None:
    entry = entry_from(REPLY)
    assert entry.summary is not None
    assert entry.summary.confidence is Confidence.UNCERTAIN


def test_the_same_reply_again_changes_nothing(engine: Engine) -> None:
    draft_from_reply(engine, REPLY, now=NOW)
    assert draft_from_reply(engine, REPLY, now=NOW) is Change.UNCHANGED
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(kb_version)).scalar() == 1


def test_the_reply_of_a_second_closing_renews_the_draft(engine: Engine) -> None:
    draft_from_reply(engine, REPLY, now=NOW)
    assert draft_from_reply(engine, replace(REPLY, reply="第二次答复。"), now=NOW) is Change.UPDATED
    (entry,) = drafts(engine)
    assert entry.summary is not None
    assert entry.summary.text == "第二次答复。"


@pytest.mark.parametrize("state", [State.DRAFT, State.IN_REVIEW, State.PUBLISHED, State.RETIRED])
def test_what_an_editor_has_worked_on_is_left_alone(engine: Engine, state: State) -> None:
    draft_from_reply(engine, REPLY, now=NOW)
    edited = entry_from(REPLY).model_copy(update={"name": "编辑过的名称"})
    save(engine, [edited], author="示例编辑", reason="整理", now=NOW, state=state)
    assert draft_from_reply(engine, replace(REPLY, reply="第二次答复。"), now=NOW) is Change.UNCHANGED
    (record,) = load(engine, ("faq",), state)
    assert isinstance(record, Faq)
    assert record.name == "编辑过的名称"


def test_what_was_published_without_a_change_stays_published(engine: Engine) -> None:
    draft_from_reply(engine, REPLY, now=NOW)
    with engine.begin() as connection:
        connection.execute(kb_entry.update().values(state=State.PUBLISHED.value))
    assert draft_from_reply(engine, replace(REPLY, reply="第二次答复。"), now=NOW) is Change.UNCHANGED
    assert len(load_entries(engine)) == 1


@pytest.mark.parametrize("question", ["？", "示例" * 500, "第一行\n第二行"])
def test_any_question_gives_a_name(question: str) -> None:
    entry = entry_from(replace(REPLY, title="", question=question))
    assert 2 <= len(entry.name) <= NAME_LENGTH
    assert "\n" not in entry.name


def message(**changes: Any) -> OutboxMessage:
    payload = vars(REPLY) | {"at": NOW.isoformat()} | changes
    return OutboxMessage(1, "k", "knowledge", REPLY.number, payload, NOW, NOW, 0, "waiting", None, "")


def test_the_deliverer_makes_the_draft_once(engine: Engine) -> None:
    deliverer = ReplyDrafts(engine)
    for _ in range(2):
        asyncio.run(deliverer.deliver(message()))
    (entry,) = drafts(engine)
    assert entry.code == code_of(REPLY.number)


@pytest.mark.parametrize("changes", [{"reply": " "}, {"question": ""}, {"at": "?"}, {"number": ""}])
def test_a_message_without_a_reply_is_refused_for_good(engine: Engine, changes: dict[str, str]) -> None:
    with pytest.raises(DeliveryFailed) as refused:
        asyncio.run(ReplyDrafts(engine).deliver(message(**changes)))
    assert not refused.value.retry
    assert drafts(engine) == []
