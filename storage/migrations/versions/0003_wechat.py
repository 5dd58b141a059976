"""WeChat: citizens, what they sent and how it was answered, the access token, and files of an order.

A frozen copy of what storage/tables.py gained at this revision.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    metadata.create_all(op.get_bind(), checkfirst=False)


def downgrade() -> None:
    """Take them away again; what they held is lost."""
    metadata.drop_all(op.get_bind(), checkfirst=False)


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


def _whole(name: str, comment: str, **options: Any) -> sa.Column:
    return sa.Column(name, sa.Integer, nullable=False, comment=comment, **options)


sa.Table(
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

sa.Table(
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

sa.Table(
    "wechat_signature",
    metadata,
    _key("signature", "signature of a request that was taken, hashed with its time and nonce", primary_key=True),
    _key("message_key", "the message it came with; with another one it is a replay"),
    _moment("at", "first seen; forgotten when the time in the request is too old anyway"),
    sa.Index(None, "at"),
)

sa.Table(
    "wechat_token",
    metadata,
    _key("appid", "the account", primary_key=True),
    _text("token_sealed", "access_token, encrypted; empty: none yet"),
    _moment("expires_at", "end of its life", nullable=True),
    _moment("fetched_at", "when it was fetched", nullable=True),
    _moment("claimed_until", "a worker is fetching until then", nullable=True),
    _whole("fetches", "times fetched", server_default="0"),
)

sa.Table(
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
