"""One row of an exchanged table → what is known of the case. No database. Raises BadCell with a reason in Chinese."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from hotline.columns import header_of, meanings, source_name, words
from hotline.errors import InvalidOrder
from hotline.exchange_cells import Cell, code_of, day_of, moment_of, number_of, text_of
from hotline.exchange_errors import BadCell
from hotline.model import Handling, OrderDraft, OrderType, Privacy, Resolution, Urgency, storable
from hotline.routing import TOWN_UNIT
from knowledge_base.places import town_code, towns_in

Row = Mapping[str, Cell]

LONGEST_REPLY = 10_000  # characters, as at the desk
LONGEST_RATING = 2_000
CLOCKS_DIFFER = timedelta(days=1)  # a registration may lie so far ahead of our clock
DOOR = "import:"  # conversation_id of an imported order begins with this; its draft_id is the 诉求编号
FICTIONAL = "示例"  # 标签 of an order that seed-demo made
LEVELS = ("category_1", "category_2", "category_3")
NOTHING = ("", "-", "/", "无")
_UNIT_BREAK = re.compile(r"[、,，;；|/\s]+")
_CODE = re.compile(r"R(?:10|[1-9])(?!\d)")
# What OrderDraft names, as a column.
_COLUMN_OF = {
    "draft_id": "number",
    "conversation_id": "source",
    "appellant_name": "name",
    "appellant_phone": "phone",
    "category": "category_1",
    "proposed_unit": "unit",
}


class Fate(StrEnum):
    """What the other system made of a case."""

    OPEN = "open"
    FINISHED = "finished"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


@dataclass(frozen=True)
class Case:
    """What a row says. `draft` is checked; `unit` and `co_units` are those that handled it."""

    draft: OrderDraft
    fate: Fate
    state_text: str
    received_at: datetime
    closed_at: datetime | None
    archived_at: datetime | None
    due_on: date | None
    unit: str
    co_units: tuple[str, ...]
    reply: str
    satisfaction: int
    is_default_rating: bool
    rating_text: str
    resolution: Resolution
    handling: Handling
    reason: str  # why it was returned or rejected
    reject_code: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes an import idempotent."""
        return self.draft.conversation_id, self.draft.draft_id


def read_case(row: Row, source: str, now: datetime) -> Case:
    """The case of a row; `source` stands in for an empty 来源."""
    received_at = _received(row, now)
    closed_at, archived_at = (
        moment_of(row.get("closed_at"), "closed_at"),
        moment_of(row.get("archived_at"), "archived_at"),
    )
    for moment, key in ((closed_at, "closed_at"), (archived_at, "archived_at")):
        if moment is not None and moment < received_at:
            raise BadCell(header_of(key), f"早于{header_of('received_at')}")
    reply = _text(row, "reply", LONGEST_REPLY) or _text(row, "handling_note", LONGEST_REPLY)
    fate = _fate(row, closed_at, reply)
    if fate is Fate.FINISHED:
        if reply in NOTHING:
            raise BadCell(header_of("reply"), "已办结的诉求没有答复内容，也没有办理描述")
        if closed_at is None and archived_at is None:
            raise BadCell(header_of("closed_at"), "已办结的诉求没有办理结束时间，也没有封存时间")
    reason = _text(row, "return_reason", 900)
    units = _units(row)
    satisfaction, is_default = _rating(row)
    return Case(
        draft=_draft(row, source, units[0] if units else ""),
        fate=fate,
        state_text=text_of(row.get("state")),
        received_at=received_at,
        closed_at=closed_at or archived_at,
        archived_at=archived_at,
        due_on=day_of(row.get("due_on"), "due_on"),
        unit=units[0] if units else "",
        co_units=units[1:],
        reply=reply,
        satisfaction=satisfaction,
        is_default_rating=is_default,
        rating_text=_text(row, "rating_text", LONGEST_RATING),
        resolution=Resolution(code_of(row.get("resolution"), "resolution", "resolution", Resolution.UNKNOWN)),
        handling=Handling(code_of(row.get("handling"), "handling", "handling", Handling.NORMAL)),
        reason=reason,
        reject_code=_reject_code(text_of(row.get("state")), reason),
    )


def _received(row: Row, now: datetime) -> datetime:
    received_at = moment_of(row.get("received_at"), "received_at")
    if received_at is None:
        raise BadCell(header_of("received_at"), "为空")
    if received_at > now + CLOCKS_DIFFER:
        raise BadCell(header_of("received_at"), "晚于现在")
    return received_at


def _fate(row: Row, closed_at: datetime | None, reply: str) -> Fate:
    """By the words of 事件状态; for a word that is not known, finished when there is a reply and an end."""
    state = text_of(row.get("state"))
    for code, texts in meanings("states"):
        if any(word in state for word in texts):
            return Fate(code)
    return Fate.FINISHED if closed_at is not None and reply not in NOTHING else Fate.OPEN


def _draft(row: Row, source: str, unit: str) -> OrderDraft:
    own_source = source_name(text_of(row.get("source")) or source)
    if not own_source:
        raise BadCell(header_of("source"), "为空，导入时也没有指明来源")
    town = _town(row)
    draft = OrderDraft(
        draft_id=number_of(row.get("number")),
        conversation_id=DOOR + own_source,
        type=OrderType(code_of(row.get("type"), "type", "types")),
        content=text_of(row.get("content")),
        source=own_source,
        source_sub=text_of(row.get("source_sub")),
        urgency=Urgency(code_of(row.get("urgency"), "urgency", "urgency", _by_nature(row, "urgency", Urgency.NORMAL))),
        privacy=Privacy(code_of(row.get("privacy"), "privacy", "privacy", _by_nature(row, "privacy", Privacy.PUBLIC))),
        public_reply=text_of(row.get("public_reply")).lower() in words("affirmative"),
        title=text_of(row.get("title")),
        category=_category(row),
        town=town,
        town_code=town_code(town),
        location=text_of(row.get("location")),
        incident_time=text_of(row.get("incident_time")),
        appellant_name=text_of(row.get("name")),
        appellant_phone=text_of(row.get("phone")),
        proposed_unit=text_of(row.get("proposed_unit")) or unit,
        is_threat=text_of(row.get("threat")) not in ("", *words("no_threat")),
        is_fictional=FICTIONAL in _UNIT_BREAK.split(text_of(row.get("tags"))),
        nlu={"imported": {key: text for key in words("kept") if (text := text_of(row.get(key)))}},
    )
    return _checked(draft)


def _checked(draft: OrderDraft) -> OrderDraft:
    try:
        return draft.checked()
    except InvalidOrder as error:
        if error.field == "urgency":
            raise BadCell(header_of("urgency"), "突发事件应走 110、119、120、122，不作为工单") from error
        header = header_of(_COLUMN_OF.get(error.field, error.field))
        raise BadCell(header, "为空" if not getattr(draft, error.field) else "文字过长") from error


def _by_nature(row: Row, table: str, otherwise: str) -> str:
    """性质 may say that a case is urgent or confidential; other words of it are only kept."""
    nature = text_of(row.get("nature"))
    return next((code for code, texts in meanings(table) if any(text in nature for text in texts[:2])), otherwise)


def _category(row: Row) -> str:
    """The three levels in one text, parted by “/”."""
    levels = [text_of(row.get(key)) for key in LEVELS]
    upper = [level.replace("/", "／") for level in levels[:2]]
    return "/".join([*upper, levels[2]]).rstrip("/")


def _town(row: Row) -> str:
    """The official name where the cell or 事发区域 names one town, else the cell as it is."""
    own = text_of(row.get("town"))
    for text in (own, text_of(row.get("area"))):
        if named := towns_in(text):
            return named[0] if len(named) == 1 else "|".join(named)
    return own


def _units(row: Row) -> tuple[str, ...]:
    """主办 first: 批转单位, or the first of 所有办理部门."""
    named = [text_of(row.get("unit")), *_UNIT_BREAK.split(text_of(row.get("units")))]
    town = _town(row)
    placed = (town if unit == TOWN_UNIT and town else unit for unit in map(storable, named))
    return tuple(dict.fromkeys(unit for unit in placed if unit not in (*NOTHING, TOWN_UNIT)))


def _rating(row: Row) -> tuple[int, bool]:
    text = text_of(row.get("satisfaction"))
    if text in ("0", "1", "2", "3", "4", "5"):
        return int(text), False
    is_default = any(word in text for word in words("default_rating"))
    return int(code_of(row.get("satisfaction"), "satisfaction", "satisfaction", "0")), is_default


def _reject_code(state: str, reason: str) -> str:
    """R1 … R10 as named in the reason; a duplicate is R9."""
    if found := _CODE.search(reason):
        return found.group()
    return "R9" if any(word in state + reason for word in ("重复", "并单")) else ""


def _text(row: Row, key: str, limit: int) -> str:
    text = storable(text_of(row.get(key)))
    if len(text) > limit:
        raise BadCell(header_of(key), f"超过 {limit} 字")
    return text
