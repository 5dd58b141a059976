"""What a work order is. No database, no clock: times are passed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from hotline.errors import InvalidOrder
from hotline.states import State

TITLE_LENGTH = 40  # characters of the content that stand in for a missing title
MAX_LENGTHS = {
    "title": 200,
    "content": 10_000,
    "category": 200,
    "town": 100,
    "location": 500,
    "incident_time": 200,
    "appellant_name": 100,
    "appellant_phone": 50,
    "proposed_unit": 100,
    "routing_explanation": 2_000,
    "draft_id": 128,
    "conversation_id": 128,
    "source": 100,
    "source_sub": 100,
    "town_code": 12,
    "linked_entry": 64,
}
UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # control characters, halves of characters


class OrderType(StrEnum):
    """诉求类型."""

    CONSULT = "consult"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    OTHER = "other"

    @property
    def label(self) -> str:
        return TYPE_LABELS[self]


class Privacy(StrEnum):
    """保密要求: confidential hides name and phone from handlers, anonymous keeps neither."""

    PUBLIC = "public"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"

    @property
    def label(self) -> str:
        return PRIVACY_LABELS[self]


class Urgency(StrEnum):
    """紧急程度. An emergency belongs to 110/119/120/122 and never becomes an order."""

    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def label(self) -> str:
        return URGENCY_LABELS[self]


class EventKind(StrEnum):
    """What a line of the history records."""

    TRANSITION = "transition"
    URGE = "urge"  # 催办: the citizen or the clock asks to hurry; the state stays, as in all below
    REMINDER = "reminder"  # part of the limit is over
    CARD = "card"  # 黄牌/红牌
    CONTACT = "contact"  # the unit spoke with the citizen
    NOTE = "note"

    @property
    def label(self) -> str:
        return KIND_LABELS[self]


class Card(StrEnum):
    """督办牌: yellow when nearly or just overdue, red when long overdue."""

    NONE = "none"
    YELLOW = "yellow"
    RED = "red"

    @property
    def label(self) -> str:
        return CARD_LABELS[self]


class Resolution(StrEnum):
    """Did the unit solve it? As the unit says; 解决率 counts `resolved`."""

    UNKNOWN = "unknown"
    RESOLVED = "resolved"
    PARTLY = "partly"
    UNRESOLVED = "unresolved"

    @property
    def label(self) -> str:
        return RESOLUTION_LABELS[self]


class Handling(StrEnum):
    """How it is handled; enforcement and mediation are left out of satisfaction ranking (粤办函〔2021〕216号)."""

    NORMAL = "normal"
    ENFORCEMENT = "enforcement"
    MEDIATION = "mediation"

    @property
    def label(self) -> str:
        return HANDLING_LABELS[self]


TYPE_LABELS = {
    OrderType.CONSULT: "咨询",
    OrderType.HELP: "求助",
    OrderType.COMPLAINT: "投诉",
    OrderType.REPORT: "举报",
    OrderType.SUGGESTION: "建议",
    OrderType.PRAISE: "表扬",
    OrderType.OTHER: "其他",
}
PRIVACY_LABELS = {Privacy.PUBLIC: "公开", Privacy.CONFIDENTIAL: "保密", Privacy.ANONYMOUS: "匿名"}
URGENCY_LABELS = {Urgency.NORMAL: "一般", Urgency.URGENT: "紧急", Urgency.EMERGENCY: "突发"}
KIND_LABELS = {
    EventKind.TRANSITION: "流转",
    EventKind.URGE: "催办",
    EventKind.REMINDER: "提醒",
    EventKind.CARD: "亮牌",
    EventKind.CONTACT: "联系诉求人",
    EventKind.NOTE: "备注",
}
CARD_LABELS = {Card.NONE: "无", Card.YELLOW: "黄牌", Card.RED: "红牌"}
RESOLUTION_LABELS = {
    Resolution.UNKNOWN: "未填",
    Resolution.RESOLVED: "已解决",
    Resolution.PARTLY: "部分解决",
    Resolution.UNRESOLVED: "未解决",
}
HANDLING_LABELS = {Handling.NORMAL: "一般办理", Handling.ENFORCEMENT: "行政执法", Handling.MEDIATION: "行政调解"}


@dataclass(frozen=True)
class OrderDraft:
    """What a citizen confirmed, ready to be filed.

    `draft_id` is chosen when the form is begun: filing the same draft of a conversation again gives the same order.
    """

    draft_id: str
    type: OrderType
    content: str
    conversation_id: str = ""
    source: str = "智能客服"
    source_sub: str = ""
    urgency: Urgency = Urgency.NORMAL
    privacy: Privacy = Privacy.PUBLIC
    public_reply: bool = False
    title: str = ""
    category: str = ""
    town: str = ""
    town_code: str = ""
    location: str = ""
    incident_time: str = ""
    appellant_name: str = ""
    appellant_phone: str = ""
    proposed_unit: str = ""
    routing_explanation: str = ""
    linked_entry: str = ""
    is_threat: bool = False  # 扬言/自伤
    lat: float | None = None  # WGS84 degrees
    lng: float | None = None
    is_fictional: bool = False  # made by seed-demo
    nlu: Mapping[str, Any] = field(default_factory=dict)

    def checked(self) -> OrderDraft:
        """The draft as it may be stored: trimmed, titled, without identity when anonymous.

        Raises InvalidOrder for missing content, a text over its length, an emergency, or a point that is not on earth.
        """
        texts: dict[str, Any] = {name: storable(getattr(self, name)) for name in MAX_LENGTHS}
        draft = replace(self, **texts)
        for name in ("draft_id", "content"):
            if not getattr(draft, name):
                raise InvalidOrder(name, "is empty")
        for name, limit in MAX_LENGTHS.items():
            if len(getattr(draft, name)) > limit:
                raise InvalidOrder(name, f"has more than {limit} characters")
        if draft.urgency is Urgency.EMERGENCY:
            raise InvalidOrder("urgency", "an emergency goes to 110, 119, 120 or 122, not into a queue")
        if not _is_point(draft.lat, draft.lng):
            raise InvalidOrder("lat", f"{draft.lat}, {draft.lng} is no latitude and longitude")
        if draft.privacy is Privacy.ANONYMOUS:
            draft = replace(draft, appellant_name="", appellant_phone="")
        return draft if draft.title else replace(draft, title=_title_from(draft.content))


@dataclass(frozen=True)
class WorkOrder:
    """工单 as stored. `version` guards against overwriting somebody else's change."""

    number: str
    query_code: str
    draft_id: str
    conversation_id: str
    source: str
    source_sub: str
    type: OrderType
    urgency: Urgency
    privacy: Privacy
    public_reply: bool
    title: str
    content: str
    category: str
    town: str
    town_code: str
    location: str
    incident_time: str
    appellant_name: str
    appellant_phone: str
    proposed_unit: str
    routing_explanation: str
    linked_entry: str
    nlu: Mapping[str, Any]
    state: State
    version: int
    limit_days: int  # working days
    limit_basis: str
    is_official_limit: bool
    received_at: datetime
    due_on: date  # last day of the limit, Asia/Shanghai
    is_due_provisional: bool
    reply_text: str
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    opinion: str = ""  # 拟办意见
    lead_unit: str = ""  # 主办单位; empty until the dispatch is approved
    came_from: str = ""  # state before supervision
    merged_into: str = ""
    is_threat: bool = False
    card: Card = Card.NONE
    extended_days: int = 0  # working days granted beyond the limit
    dispatch_count: int = 0
    return_count: int = 0
    redo_count: int = 0
    dispatched_at: datetime | None = None
    signed_at: datetime | None = None
    responded_at: datetime | None = None  # 首响
    replied_at: datetime | None = None
    resolution: Resolution = Resolution.UNKNOWN
    handling: Handling = Handling.NORMAL
    satisfaction: int = 0  # 1–5; 0: not rated
    is_default_rating: bool = False
    rating_text: str = ""
    lat: float | None = None
    lng: float | None = None
    is_fictional: bool = False


@dataclass(frozen=True)
class WorkOrderEvent:
    """One line of an order's history."""

    number: str
    kind: EventKind
    at: datetime
    actor: str  # citizen, bot, system or a staff name
    from_state: State
    to_state: State
    reason: str = ""
    role: str = ""  # code of Role
    action: str = ""  # code of the move
    unit: str = ""


def storable(text: str) -> str:
    """The text without what a database refuses or nobody can read, and without space around it."""
    return UNSTORABLE.sub("", text).strip()


def _is_point(lat: float | None, lng: float | None) -> bool:
    """Is it a point in degrees, or none at all?"""
    if lat is None or lng is None:
        return lat is lng
    return -90 <= lat <= 90 and -180 <= lng <= 180


def _title_from(content: str) -> str:
    first_line = content.splitlines()[0]
    return first_line if len(first_line) <= TITLE_LENGTH else first_line[: TITLE_LENGTH - 1] + "…"
