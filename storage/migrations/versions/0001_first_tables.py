"""The first tables: knowledge, embeddings, work orders with their history, conversations, ratings.

A frozen copy of storage/tables.py as it was at this revision; later changes are revisions of their own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

FORBID_ON_SQLITE = """
CREATE TRIGGER work_order_event_no_{action} BEFORE {action} ON work_order_event
BEGIN SELECT RAISE(ABORT, 'work_order_event is append-only'); END
"""
FORBID_ON_POSTGRESQL = """
CREATE FUNCTION work_order_event_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'work_order_event is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$;
CREATE TRIGGER work_order_event_append_only BEFORE UPDATE OR DELETE ON work_order_event
FOR EACH ROW EXECUTE FUNCTION work_order_event_append_only()
"""


def upgrade() -> None:
    """Create the tables and let the database itself refuse to change or delete a line of an order's history."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FORBID_ON_POSTGRESQL)
        return
    for action in ("UPDATE", "DELETE"):
        op.execute(FORBID_ON_SQLITE.format(action=action))


def downgrade() -> None:
    """Take everything away; meant for an empty database."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION work_order_event_append_only")


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, comment: str, **options: Any) -> sa.Column:
    """A text that is never NULL: unknown is the empty string."""
    return sa.Column(name, sa.Text, nullable=False, server_default="", comment=comment, **options)


def _key(name: str, comment: str, *constraints: Any, **options: Any) -> sa.Column:
    return sa.Column(name, sa.String(128), *constraints, nullable=False, comment=comment, **options)


def _moment(name: str, comment: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, UtcDateTime, nullable=nullable, comment=comment)


def _flag(name: str, comment: str) -> sa.Column:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false(), comment=comment)


def _whole(name: str, comment: str, **options: Any) -> sa.Column:
    return sa.Column(name, sa.Integer, nullable=False, comment=comment, **options)


# --- knowledge -------------------------------------------------------------------------------------------------

sa.Table(
    "kb_entry",
    metadata,
    _key("code", "matter code, such as M03, or the portal's TASK_CODE", primary_key=True),
    _key("kind", "guide, bundle, faq or gap"),
    _text("name", "事项名称"),
    _key("state", "draft, in_review, published or retired"),
    _whole("version", "number of the current version, from 1"),
    _text("payload", "the entry as JSON, as in knowledge_base/model.py"),
    _key("content_sha256", "hash of the payload; an import that changes nothing writes nothing"),
    _text("source_url", "where the entry was read"),
    _moment("updated_at", "last change"),
    sa.Index(None, "state", "kind"),
)

sa.Table(
    "kb_version",
    metadata,
    _key("code", "kb_entry.code", primary_key=True),
    _whole("version", "from 1", primary_key=True, autoincrement=False),
    _text("payload", "the whole entry at this version, as JSON"),
    _key("state", "state that this version had"),
    _text("author", "who made it: staff name, or import"),
    _text("reason", "why"),
    _moment("at", "when"),
)

sa.Table(
    "embedding",
    metadata,
    _key("text_hash", "sha256 of the normalised text", primary_key=True),
    _key("model", "name and version of the embedding model", primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False, comment="float32, little endian"),
)

# --- work orders -----------------------------------------------------------------------------------------------

sa.Table(
    "work_order",
    metadata,
    _key("number", "工单编号: WJ + yyyyMMdd + at least five digits", primary_key=True),
    _key("query_code", "查询码: six random digits, needed together with the number"),
    _key("source", "来源, such as 智能客服"),
    _key("source_sub", "来源小类, such as web or wechat", server_default=""),
    _key("type", "诉求类型: consult, help, complaint, report, suggestion, praise, other"),
    _key("urgency", "normal or urgent; an emergency never becomes an order"),
    _key("privacy", "public, confidential 保密 or anonymous 匿名"),
    _flag("public_reply", "may the reply be published"),
    _text("title", "标题"),
    _text("content", "诉求内容, in the citizen's words"),
    _text("category", "事项分类, free text until the provincial code table is loaded"),
    _text("town", "镇街"),
    _key("town_code", "12-digit code of the town", server_default=""),
    _text("location", "具体位置"),
    _text("incident_time", "事发时间, as the citizen put it"),
    _text("appellant_name", "诉求人姓名; empty for anonymous orders"),
    _text("appellant_phone", "联系电话; empty for anonymous orders"),
    _text("proposed_unit", "拟办单位; empty when unsure, never guessed"),
    _text("routing_explanation", "why this unit was proposed"),
    _key("state", "code of a state in hotline/states.py"),
    _whole("version", "grows with each change; a writer names the version it read", server_default="1"),
    _key("conversation_id", "conversation that the order came from; empty for other doors", server_default=""),
    _key("draft_id", "with conversation_id: the same draft is never filed twice"),
    _key("linked_entry", "kb_entry.code of the matter it is about", server_default=""),
    sa.Column("nlu", sa.JSON, nullable=False, comment="what the assistant understood: intent, confidence …"),
    _whole("limit_days", "办理时限 in working days"),
    _text("limit_basis", "what the limit rests on"),
    _flag("is_official_limit", "false: a default of this system, not a rule"),
    _moment("received_at", "when it reached us; the limit counts from here"),
    sa.Column("due_on", sa.Date, nullable=False, comment="last day of the limit, Asia/Shanghai"),
    _flag("is_due_provisional", "the holidays of that year were not published yet"),
    _text("reply_text", "答复内容"),
    _moment("closed_at", "办结时间", nullable=True),
    _moment("created_at", "row written"),
    _moment("updated_at", "row changed"),
    sa.UniqueConstraint("conversation_id", "draft_id"),
    sa.Index(None, "state", "received_at"),
    sa.Index(None, "received_at"),
    sa.Index(None, "proposed_unit", "received_at"),
    sa.Index(None, "town_code", "received_at"),
    sa.Index(None, "due_on"),
)

sa.Table(
    "work_order_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True, comment="order of the events"),
    _key("number", "工单编号", sa.ForeignKey("work_order.number")),
    _key("kind", "transition, or urge 催办 (which leaves the state as it is)"),
    _moment("at", "when"),
    _text("actor", "who: citizen, bot, system or a staff name"),
    _key("from_state", "state before"),
    _key("to_state", "state after"),
    _text("reason", "why"),
    sa.Index(None, "number", "id"),
    comment="append-only: the database refuses to change or delete a row",
)

sa.Table(
    "order_sequence",
    metadata,
    sa.Column("day", sa.Date, primary_key=True, comment="day in Asia/Shanghai"),
    _whole("last", "last sequence number given out that day"),
)

sa.Table(
    "order_lookup",
    metadata,
    _key("number", "the number that was asked for, whether it exists or not", primary_key=True),
    _whole("failures", "wrong query codes since `since`"),
    _moment("since", "first wrong code of this count"),
)

# --- conversations ---------------------------------------------------------------------------------------------

sa.Table(
    "conversation",
    metadata,
    _key("id", "random; the only thing that ties messages to a browser", primary_key=True),
    _key("channel", "web, wechat …"),
    _moment("created_at", "first message"),
    _moment("last_seen_at", "last message"),
    sa.Index(None, "last_seen_at"),
)

sa.Table(
    "conversation_message",
    metadata,
    _key("conversation_id", "conversation.id", primary_key=True),
    _whole("seq", "order within the conversation, from 1", primary_key=True, autoincrement=False),
    _key("direction", "in: from the citizen; out: to the citizen"),
    _text("payload", "the message as JSON"),
    _moment("at", "when"),
    sa.Index(None, "at"),
)

sa.Table(
    "rating",
    metadata,
    _key("conversation_id", "conversation.id"),
    _key("message_id", "the turn that is rated; one rating for each", primary_key=True),
    _key("entry_code", "kb_entry.code that was answered, if any", server_default=""),
    _whole("score", "1 非常不满意 … 5 非常满意"),
    _text("comment", "what the citizen added"),
    _moment("at", "when"),
    sa.CheckConstraint("score BETWEEN 1 AND 5", name="score"),
    sa.Index(None, "conversation_id"),
    sa.Index(None, "entry_code"),
)
