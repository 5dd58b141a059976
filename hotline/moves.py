"""The table of moves as data: what may be done to a work order, in which state, by whom, and with which facts.

`states.py` says where an order may go, this table how it gets there; a test holds the two together. Rules that need
more than state, role and facts (the same person, the unit, a time window) stand in refusals.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hotline.errors import InvalidOrder
from hotline.model import Card, Handling, Resolution, storable
from hotline.states import OPEN_STATES, Role, State

SUBMIT = "submit"  # action of the first line of a history; filing is store.submit, not a move of the desk


class Move(StrEnum):
    """Code of a move, as stored in the history."""

    ACCEPT = "accept"
    ASK_INFO = "ask_info"
    SUPPLEMENT = "supplement"
    CLOSE_TIMEOUT = "close_timeout"
    CANCEL = "cancel"
    REJECT = "reject"
    MERGE = "merge"
    ANSWER_DIRECTLY = "answer_directly"
    PROPOSE = "propose"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    SIGN = "sign"
    RETURN = "return"
    COORDINATE = "coordinate"
    ASSIGN = "assign"
    REQUEST_EXTENSION = "request_extension"
    GRANT_EXTENSION = "grant_extension"
    REFUSE_EXTENSION = "refuse_extension"
    REPLY = "reply"
    APPROVE_REPLY = "approve_reply"
    REJECT_REPLY = "reject_reply"
    START_VISIT = "start_visit"
    RATE = "rate"
    REDO = "redo"
    SUPERVISE = "supervise"
    RELEASE = "release"
    ARCHIVE = "archive"

    @property
    def label(self) -> str:
        """What staff call it."""
        return MOVES[self].label

    @property
    def sources(self) -> tuple[State, ...]:
        """States in which it may be done."""
        return MOVES[self].sources

    @property
    def target(self) -> State | None:
        """State that it leads to; None when the order itself decides, see effects.py."""
        return MOVES[self].target

    @property
    def roles(self) -> tuple[Role, ...]:
        return MOVES[self].roles

    @property
    def needs(self) -> tuple[str, ...]:
        """Names of the facts without which it is refused."""
        return MOVES[self].needs


@dataclass(frozen=True)
class Facts:
    """What somebody tells with a move. Empty: not told."""

    reason: str = ""
    unit: str = ""  # 主办单位
    co_units: tuple[str, ...] = ()  # 协办单位
    opinion: str = ""  # 拟办意见
    reply: str = ""  # 答复内容 for the citizen
    public_reply: bool | None = None  # may it be published? Never beyond what the citizen allowed
    resolution: Resolution = Resolution.UNKNOWN
    is_factual: bool | None = None  # 诉求是否属实
    handling: Handling | None = None
    into: str = ""  # 工单编号 of the order to merge into
    legal_basis: str = ""  # of a return
    reject_reason: str = ""  # R1 … R10
    days: int = 0  # working days of an extension
    score: int = 0  # 1 非常不满意 … 5 非常满意
    is_default: bool = False  # nobody rated in time
    text: str = ""  # what the citizen adds: a supplement, words of a rating
    card: Card = Card.NONE

    def checked(self) -> Facts:
        """The facts as they may be stored; a default rating gets the default score.

        Raises InvalidOrder for a text over its length or more units than anybody coordinates.
        """
        texts: dict[str, Any] = {name: storable(getattr(self, name)) for name in FACT_LENGTHS}
        for name, limit in FACT_LENGTHS.items():
            if len(texts[name]) > limit:
                raise InvalidOrder(name, f"has more than {limit} characters")
        units = tuple(dict.fromkeys(filter(None, map(storable, self.co_units))))
        if len(units) > MOST_CO_UNITS or any(len(unit) > FACT_LENGTHS["unit"] for unit in units):
            raise InvalidOrder("co_units", f"are more than {MOST_CO_UNITS}, or one name is too long")
        score = DEFAULT_SCORE if self.is_default and not self.score else self.score
        return replace(self, **texts, co_units=units, score=score)


FACT_LENGTHS = {
    "reason": 1_000,
    "unit": 100,
    "opinion": 2_000,
    "reply": 10_000,
    "into": 40,
    "legal_basis": 500,
    "reject_reason": 10,
    "text": 2_000,
}
FACT_LABELS = {
    "reason": "理由",
    "unit": "主办单位",
    "opinion": "拟办意见",
    "reply": "答复内容",
    "into": "并入的工单编号",
    "legal_basis": "法定依据",
    "reject_reason": "不予受理的情形",
    "days": "天数",
    "score": "评价",
    "text": "补充内容",
}
MOST_CO_UNITS = 20
# 基本满意 when nobody rates in time: Guangdong's trial rule of 2019, not known to hold today. Stored with
# `is_default_rating` and reported apart.
DEFAULT_SCORE = 3
LOW_SCORES = (1, 2)  # 非常不满意, 不满意: 差评工单, redone


@dataclass(frozen=True)
class MoveRow:
    """One line of the table."""

    move: Move
    label: str
    sources: tuple[State, ...]
    target: State | None
    roles: tuple[Role, ...]
    needs: tuple[str, ...] = ()


S, R, M = State, Role, Move
RATABLE = (S.CLOSED, S.ANSWERED_DIRECTLY, S.VISITING)  # from the first two the visit begins in the same act
FLAGGABLE = (*(state for state in OPEN_STATES if state is not S.SUPERVISED), S.VISITING)
ROWS: tuple[MoveRow, ...] = (
    MoveRow(M.ACCEPT, "受理", (S.SUBMITTED,), S.ACCEPTED, (R.ACCEPTANCE,)),
    MoveRow(M.ASK_INFO, "要求补充", (S.SUBMITTED,), S.NEED_INFO, (R.ACCEPTANCE,), ("reason",)),
    MoveRow(M.SUPPLEMENT, "补充信息", (S.NEED_INFO,), S.SUBMITTED, (R.CITIZEN, R.ACCEPTANCE), ("text",)),
    MoveRow(M.CLOSE_TIMEOUT, "超时未补充关闭", (S.NEED_INFO,), S.CLOSED_TIMEOUT, (R.SYSTEM,)),
    MoveRow(M.CANCEL, "撤回", (S.DRAFT, S.SUBMITTED, S.NEED_INFO), S.CANCELLED, (R.CITIZEN,)),
    MoveRow(M.REJECT, "不予受理", (S.SUBMITTED,), S.REJECTED, (R.ACCEPTANCE,), ("reject_reason",)),
    MoveRow(M.MERGE, "重复并单", (S.SUBMITTED,), S.MERGED, (R.ACCEPTANCE, R.SYSTEM), ("into",)),
    MoveRow(M.ANSWER_DIRECTLY, "直接答复", (S.SUBMITTED,), S.ANSWERED_DIRECTLY, (R.ACCEPTANCE,), ("reply",)),
    MoveRow(M.PROPOSE, "拟办", (S.ACCEPTED, S.RETURNED), S.PENDING_AUDIT, (R.DISPATCHER,), ("unit", "opinion")),
    MoveRow(M.APPROVE, "审核派单", (S.PENDING_AUDIT,), S.DISPATCHED, (R.AUDITOR,)),
    MoveRow(M.SEND_BACK, "退回拟办", (S.PENDING_AUDIT,), S.ACCEPTED, (R.AUDITOR,), ("reason",)),
    MoveRow(M.SIGN, "签收", (S.DISPATCHED,), S.SIGNED, (R.UNIT,)),
    MoveRow(M.RETURN, "退单", (S.DISPATCHED, S.SIGNED), S.RETURNED, (R.UNIT,), ("reason", "legal_basis")),
    MoveRow(M.COORDINATE, "会商协调", (S.RETURNED,), S.COORDINATING, (R.DISPATCHER,), ("reason",)),
    MoveRow(M.ASSIGN, "改派", (S.RETURNED, S.COORDINATING), S.DISPATCHED, (R.DISPATCHER,), ("unit", "opinion")),
    MoveRow(M.REQUEST_EXTENSION, "申请延期", (S.SIGNED,), S.EXTENSION_REQ, (R.UNIT,), ("reason", "days")),
    MoveRow(M.GRANT_EXTENSION, "同意延期", (S.EXTENSION_REQ,), S.SIGNED, (R.DISPATCHER,)),
    MoveRow(M.REFUSE_EXTENSION, "不同意延期", (S.EXTENSION_REQ,), S.SIGNED, (R.DISPATCHER,), ("reason",)),
    MoveRow(M.REPLY, "答复", (S.SIGNED, S.REDO), S.REPLIED, (R.UNIT,), ("reply",)),
    MoveRow(M.APPROVE_REPLY, "审核办结", (S.REPLIED,), S.CLOSED, (R.AUDITOR,)),
    MoveRow(M.REJECT_REPLY, "答复退回重办", (S.REPLIED,), S.REDO, (R.AUDITOR,), ("reason",)),
    MoveRow(M.START_VISIT, "开始回访", (S.CLOSED, S.ANSWERED_DIRECTLY), S.VISITING, (R.VISITOR, R.SYSTEM)),
    MoveRow(M.RATE, "评价", RATABLE, S.EVALUATED, (R.CITIZEN, R.VISITOR, R.SYSTEM), ("score",)),
    MoveRow(M.REDO, "重办", (S.VISITING, S.EVALUATED), None, (R.VISITOR, R.SYSTEM), ("reason",)),
    MoveRow(M.SUPERVISE, "督办", FLAGGABLE, S.SUPERVISED, (R.SUPERVISOR, R.VISITOR, R.SYSTEM), ("reason",)),
    MoveRow(M.RELEASE, "解除督办", (S.SUPERVISED,), None, (R.SUPERVISOR, R.SYSTEM)),
    MoveRow(M.ARCHIVE, "归档", (S.REJECTED, S.MERGED, S.EVALUATED), S.ARCHIVED, (R.ACCEPTANCE, R.SYSTEM)),
)
MOVES = {row.move: row for row in ROWS}
