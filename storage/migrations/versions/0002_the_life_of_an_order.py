"""The life of a work order: what happens to it, who replied, reminders, editable limits, messages to other systems.

A frozen copy of what storage/tables.py gained at this revision.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW_INDEXES = (
    ("work_order", ("lead_unit", "state")),
    ("work_order", ("appellant_phone",)),
    ("work_order", ("closed_at",)),
    ("work_order_event", ("kind", "at")),
)


def upgrade() -> None:
    """Widen the order and its history, and add the tables of the desk."""
    for column in order_columns():
        op.add_column("work_order", column)
    for column in event_columns():
        op.add_column("work_order_event", column)
    for table, columns in NEW_INDEXES:
        op.create_index(_index_name(table, columns), table, list(columns))
    metadata.create_all(op.get_bind(), tables=NEW_TABLES, checkfirst=False)


def downgrade() -> None:
    """Take it away again; what the columns held is lost."""
    metadata.drop_all(op.get_bind(), tables=NEW_TABLES, checkfirst=False)
    for table, columns in NEW_INDEXES:
        op.drop_index(_index_name(table, columns), table)
    for column in event_columns():
        op.drop_column("work_order_event", column.name)
    for column in order_columns():
        op.drop_column("work_order", column.name)


def _index_name(table: str, columns: tuple[str, ...]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"


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


def order_columns() -> list[sa.Column]:
    return [
        _text("opinion", "拟办意见 of the dispatcher"),
        _text("lead_unit", "主办单位; empty until a second person approved the dispatch"),
        _key("came_from", "state in which the order was put under supervision", server_default=""),
        _key("merged_into", "工单编号 of the order that this duplicate was merged into", server_default=""),
        _flag("is_threat", "扬言/自伤: escalated at once"),
        _key("card", "none, yellow 黄牌 or red 红牌", server_default="none"),
        _whole("extended_days", "working days granted beyond the limit", server_default="0"),
        _whole("dispatch_count", "times dispatched; more than once: 重派", server_default="0"),
        _whole("return_count", "times returned 退单", server_default="0"),
        _whole("redo_count", "times redone 重办", server_default="0"),
        _moment("dispatched_at", "last dispatch", nullable=True),
        _moment("signed_at", "签收时间 of the last dispatch", nullable=True),
        _moment("responded_at", "首响: first contact with, question to or reply for the citizen", nullable=True),
        _moment("replied_at", "last reply handed in by the unit", nullable=True),
        _key("resolution", "unknown, resolved, partly or unresolved, as the unit says", server_default="unknown"),
        _key(
            "handling",
            "normal, enforcement 执法 or mediation 调解 (left out of satisfaction ranking)",
            server_default="normal",
        ),
        _whole("satisfaction", "1 非常不满意 … 5 非常满意; 0: not rated", server_default="0"),
        _flag("is_default_rating", "nobody rated in time, so the default was stored"),
        _text("rating_text", "评价内容"),
        sa.Column("lat", sa.Float, comment="WGS84 degrees; NULL: no point given"),
        sa.Column("lng", sa.Float, comment="WGS84 degrees"),
        _flag("is_fictional", "made by seed-demo; visibly marked"),
    ]


def event_columns() -> list[sa.Column]:
    return [
        _key("role", "code of the actor's role in hotline/states.py", server_default=""),
        _key("action", "code of the move in hotline/moves.py", server_default=""),
        _text("unit", "unit that the event concerns, if any"),
    ]


sa.Table("work_order", metadata, sa.Column("number", sa.String(128), primary_key=True))  # made by 0001
NEW_TABLES = [
    sa.Table(
        "order_unit",
        metadata,
        _key("number", "工单编号", sa.ForeignKey("work_order.number"), primary_key=True),
        _key("unit", "协办单位; the 主办单位 stands on the order", primary_key=True),
        _moment("added_at", "when it was asked to help"),
        sa.Index(None, "unit"),
    ),
    sa.Table(
        "order_reply",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True, comment="order of writing"),
        _key("number", "工单编号", sa.ForeignKey("work_order.number")),
        _text("unit", "who replied"),
        _text("author", "staff name"),
        _text("text", "答复内容 for the citizen"),
        _key("resolution", "resolved, partly or unresolved"),
        _moment("at", "handed in"),
        _key("verdict", "pending, approved or rejected", server_default="pending"),
        _text("audited_by", "staff name"),
        _moment("audited_at", "when", nullable=True),
        _text("audit_reason", "why it was rejected"),
        sa.Index(None, "number", "id"),
    ),
    sa.Table(
        "order_reminder",
        metadata,
        _key("number", "工单编号", sa.ForeignKey("work_order.number"), primary_key=True),
        _key("kind", "half, most, unsigned, yellow, red …: which reminder", primary_key=True),
        _key("round", "date or count that makes it due again, such as the day of the dispatch", primary_key=True),
        _moment("at", "claimed: only the worker that wrote this row acts"),
    ),
    sa.Table(
        "deadline_limit",
        metadata,
        _key("order_type", "诉求类型", primary_key=True),
        sa.Column("effective_from", sa.Date, primary_key=True, comment="first day, Asia/Shanghai"),
        _whole("days", "working days, reply included"),
        _text("basis", "what the limit rests on"),
        _flag("is_official", "false: a default of this system, not a rule"),
        _text("updated_by", "staff name, or the system"),
        _moment("updated_at", "when"),
        comment="editable; empty: the limits of hotline/deadlines.py",
    ),
    sa.Table(
        "holiday",
        metadata,
        sa.Column("day", sa.Date, primary_key=True, comment="Asia/Shanghai"),
        _flag("is_worked", "true: 调休 make-up workday; false: day off"),
        _text("name", "such as 春节"),
        _text("basis", "the yearly notice of the State Council"),
        comment="years that the holiday library does not know yet, or corrections of it",
    ),
    sa.Table(
        "order_link",
        metadata,
        _key("number", "工单编号", sa.ForeignKey("work_order.number"), primary_key=True),
        _key("gateway", "name of the other system", primary_key=True),
        _key("remote_number", "number there; empty until it answered", server_default=""),
        _text("remote_state", "state there, as last seen"),
        _moment("checked_at", "last poll", nullable=True),
        sa.Index(None, "gateway", "remote_number"),
    ),
    sa.Table(
        "order_token",
        metadata,
        _key("token", "given by Open311 when an order is filed later; random", primary_key=True),
        _key("number", "工单编号, empty while it is pending", server_default=""),
        _moment("at", "given out"),
    ),
    sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True, comment="order of writing"),
        _key("key", "idempotency key: the receiver acts once on it", unique=True),
        _key("target", "citizen, gateway, wecom, email …: which deliverer"),
        _key("subject", "what it is about, such as a 工单编号; messages of one subject and target go in order"),
        sa.Column("payload", sa.JSON, nullable=False, comment="what the deliverer needs"),
        _moment("created_at", "written, in the transaction of the change that it tells"),
        _moment("next_try_at", "not before"),
        _whole("attempts", "tries so far", server_default="0"),
        _key("state", "waiting, delivered or dead", server_default="waiting"),
        _moment("claimed_until", "a worker is at it until then", nullable=True),
        _moment("finished_at", "delivered or given up", nullable=True),
        _text("last_error", "why the last try failed"),
        sa.Index(None, "state", "next_try_at"),
        sa.Index(None, "subject"),
    ),
]
