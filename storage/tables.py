"""Every table of the system, in one place. Times are UTC; texts that people read are Chinese."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage.types import UtcDateTime

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

kb_entry = sa.Table(
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

kb_version = sa.Table(
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

embedding = sa.Table(
    "embedding",
    metadata,
    _key("text_hash", "sha256 of the normalised text", primary_key=True),
    _key("model", "name and version of the embedding model", primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False, comment="float32, little endian"),
)

# --- work orders -----------------------------------------------------------------------------------------------

work_order = sa.Table(
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
    _moment("created_at", "row written"),
    _moment("updated_at", "row changed"),
    sa.UniqueConstraint("conversation_id", "draft_id"),
    sa.Index(None, "state", "received_at"),
    sa.Index(None, "received_at"),
    sa.Index(None, "proposed_unit", "received_at"),
    sa.Index(None, "town_code", "received_at"),
    sa.Index(None, "due_on"),
    sa.Index(None, "lead_unit", "state"),
    sa.Index(None, "appellant_phone"),
    sa.Index(None, "closed_at"),
)

work_order_event = sa.Table(
    "work_order_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True, comment="order of the events"),
    _key("number", "工单编号", sa.ForeignKey("work_order.number")),
    _key("kind", "transition, or urge 催办 (which leaves the state as it is)"),
    _moment("at", "when"),
    _text("actor", "who: citizen, bot, system or a staff name"),
    _key("role", "code of the actor's role in hotline/states.py", server_default=""),
    _key("action", "code of the move in hotline/moves.py", server_default=""),
    _text("unit", "unit that the event concerns, if any"),
    _key("from_state", "state before"),
    _key("to_state", "state after"),
    _text("reason", "why"),
    sa.Index(None, "number", "id"),
    sa.Index(None, "kind", "at"),
    comment="append-only: the database refuses to change or delete a row",
)

order_unit = sa.Table(
    "order_unit",
    metadata,
    _key("number", "工单编号", sa.ForeignKey("work_order.number"), primary_key=True),
    _key("unit", "协办单位; the 主办单位 stands on the order", primary_key=True),
    _moment("added_at", "when it was asked to help"),
    sa.Index(None, "unit"),
)

order_reply = sa.Table(
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
)

order_reminder = sa.Table(
    "order_reminder",
    metadata,
    _key("number", "工单编号", sa.ForeignKey("work_order.number"), primary_key=True),
    _key("kind", "half, most, unsigned, yellow, red …: which reminder", primary_key=True),
    _key("round", "date or count that makes it due again, such as the day of the dispatch", primary_key=True),
    _moment("at", "claimed: only the worker that wrote this row acts"),
)

deadline_limit = sa.Table(
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
)

holiday = sa.Table(
    "holiday",
    metadata,
    sa.Column("day", sa.Date, primary_key=True, comment="Asia/Shanghai"),
    _flag("is_worked", "true: 调休 make-up workday; false: day off"),
    _text("name", "such as 春节"),
    _text("basis", "the yearly notice of the State Council"),
    comment="years that the holiday library does not know yet, or corrections of it",
)

order_link = sa.Table(
    "order_link",
    metadata,
    _key("number", "工单编号", sa.ForeignKey("work_order.number"), primary_key=True),
    _key("gateway", "name of the other system", primary_key=True),
    _key("remote_number", "number there; empty until it answered", server_default=""),
    _text("remote_state", "state there, as last seen"),
    _moment("checked_at", "last poll", nullable=True),
    sa.Index(None, "gateway", "remote_number"),
)

order_token = sa.Table(
    "order_token",
    metadata,
    _key("token", "given by Open311 when an order is filed later; random", primary_key=True),
    _key("number", "工单编号, empty while it is pending", server_default=""),
    _moment("at", "given out"),
)

# --- messages to other systems -----------------------------------------------------------------------------------

outbox = sa.Table(
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
)

order_sequence = sa.Table(
    "order_sequence",
    metadata,
    sa.Column("day", sa.Date, primary_key=True, comment="day in Asia/Shanghai"),
    _whole("last", "last sequence number given out that day"),
)

order_lookup = sa.Table(
    "order_lookup",
    metadata,
    _key("number", "the number that was asked for, whether it exists or not", primary_key=True),
    _whole("failures", "wrong query codes since `since`"),
    _moment("since", "first wrong code of this count"),
)

# --- conversations ---------------------------------------------------------------------------------------------

conversation = sa.Table(
    "conversation",
    metadata,
    _key("id", "random; the only thing that ties messages to a browser", primary_key=True),
    _key("channel", "web, wechat …"),
    _moment("created_at", "first message"),
    _moment("last_seen_at", "last message"),
    sa.Index(None, "last_seen_at"),
)

conversation_message = sa.Table(
    "conversation_message",
    metadata,
    _key("conversation_id", "conversation.id", primary_key=True),
    _whole("seq", "order within the conversation, from 1", primary_key=True, autoincrement=False),
    _key("direction", "in: from the citizen; out: to the citizen"),
    _text("payload", "the message as JSON"),
    _moment("at", "when"),
    sa.Index(None, "at"),
)

rating = sa.Table(
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

# --- WeChat ------------------------------------------------------------------------------------------------------

wechat_person = sa.Table(
    "wechat_person",
    metadata,
    _key("id", "conversation.id of this citizen; stays when keys change", primary_key=True),
    _key("openid_hash", "openid under the current key, HMAC-SHA256; finds the citizen who writes", unique=True),
    _text("openid_sealed", "openid encrypted, needed to send; empty after the citizen unsubscribed"),
    _key("key_id", "which secret key made the two before"),
    _moment("message_at", "last message; messages may be sent for 48 h from then", nullable=True),
    _whole("message_used", "sent since that message", server_default="0"),
    _moment("event_at", "last click, follow or scan; messages may be sent for a minute from then", nullable=True),
    _whole("event_used", "sent since that event", server_default="0"),
    _text("rest", "what of the last answer was too long to show; 更多 asks for it"),
    sa.Column("choices", sa.JSON, nullable=False, comment="quick replies shown last; a number picks one"),
    _moment("created_at", "first contact"),
    _moment("seen_at", "last contact"),
)

wechat_message = sa.Table(
    "wechat_message",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True, comment="order of arrival"),
    _key(
        "key", "the same message sent again has the same key; for a notice the key of its outbox message", unique=True
    ),
    _key("person_id", "wechat_person.id"),
    _key("kind", "text, image, event:CLICK … or notice"),
    _key("number", "工单编号 that a notice is about", server_default=""),
    _key("state", "open, passive, promised, deferred, sent, subscribed, kept or shown"),
    _whole("tries", "how often it arrived", server_default="1"),
    _text("asked", "what goes to the dialogue; emptied once answered"),
    sa.Column("answer", sa.JSON, nullable=False, comment="text and choices; empty until known and after it was sent"),
    _text("handed", "what was given in reply to the request; its retries get the same"),
    _moment("given_at", "time in the newest request that got it", nullable=True),
    _whole("given", "copies of that request that got it and are not known to have hung up", server_default="0"),
    _text("reason", "why it was kept"),
    _moment("claimed_until", "a worker is at it until then", nullable=True),
    _moment("received_at", "first arrival"),
    _moment("settled_at", "the citizen has it, or it was kept", nullable=True),
    sa.Index(None, "person_id", "state"),
    sa.Index(None, "state", "received_at"),
    sa.Index(None, "received_at"),
)

wechat_signature = sa.Table(
    "wechat_signature",
    metadata,
    _key("signature", "signature of a request that was taken, hashed with its time and nonce", primary_key=True),
    _key("message_key", "the message it came with; with another one it is a replay"),
    _moment("at", "first seen; forgotten when the time in the request is too old anyway"),
    sa.Index(None, "at"),
)

wechat_token = sa.Table(
    "wechat_token",
    metadata,
    _key("appid", "the account", primary_key=True),
    _text("token_sealed", "access_token, encrypted; empty: none yet"),
    _moment("expires_at", "end of its life", nullable=True),
    _moment("fetched_at", "when it was fetched", nullable=True),
    _moment("claimed_until", "a worker is fetching until then", nullable=True),
    _whole("fetches", "times fetched", server_default="0"),
)

order_attachment = sa.Table(
    "order_attachment",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True, comment="order of arrival"),
    _key("conversation_id", "conversation that it was sent in"),
    _key("number", "工单编号; empty until the order is filed", server_default=""),
    _key("media_key", "hash of the sender's media id: fetched once", unique=True),
    _key("state", "fetching, stored or failed"),
    _key("file", "name below DATA_DIR/attachments", server_default=""),
    _key("media_type", "such as image/jpeg, by its first bytes", server_default=""),
    _whole("size", "bytes", server_default="0"),
    _key("sha256", "of the content", server_default=""),
    _moment("at", "received"),
    sa.Index(None, "number"),
    sa.Index(None, "conversation_id"),
)
