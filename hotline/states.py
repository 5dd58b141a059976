"""The life of a work order as data: every state, who acts in it, and where it may go.

`STATES` holds the 20 working states; `cancelled` and `closed_timeout` are the two endings that they lead to. Two ways
are defaults of this system, no rule from outside: a citizen may withdraw an order until it is accepted, and an order
that was answered directly and badly rated goes to the dispatcher, because no unit has it yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Code of a state, as stored."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    NEED_INFO = "need_info"
    REJECTED = "rejected"
    MERGED = "merged"
    ANSWERED_DIRECTLY = "answered_directly"
    ACCEPTED = "accepted"
    PENDING_AUDIT = "pending_audit"
    DISPATCHED = "dispatched"
    RETURNED = "returned"
    COORDINATING = "coordinating"
    SIGNED = "signed"
    EXTENSION_REQ = "extension_req"
    REPLIED = "replied"
    REDO = "redo"
    CLOSED = "closed"
    VISITING = "visiting"
    EVALUATED = "evaluated"
    SUPERVISED = "supervised"
    ARCHIVED = "archived"
    CANCELLED = "cancelled"
    CLOSED_TIMEOUT = "closed_timeout"

    @property
    def label(self) -> str:
        """What staff call it."""
        return ROWS[self].label

    @property
    def public_label(self) -> str:
        """What the citizen is told: the same, without the offices' inner steps."""
        return ROWS[self].public_label or ROWS[self].label

    @property
    def next(self) -> tuple[State, ...]:
        """States that may follow. `supervised` goes back to the state it was flagged in."""
        return ROWS[self].next

    @property
    def is_open(self) -> bool:
        """Is somebody still to answer the citizen?"""
        return ROWS[self].is_open


class Role(StrEnum):
    """Who acts in a state."""

    CITIZEN = "citizen"
    ACCEPTANCE = "acceptance"
    DISPATCHER = "dispatcher"
    AUDITOR = "auditor"
    UNIT = "unit"
    VISITOR = "visitor"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"

    @property
    def label(self) -> str:
        return ROLE_LABELS[self]


ROLE_LABELS = {
    Role.CITIZEN: "市民",
    Role.ACCEPTANCE: "受理员",
    Role.DISPATCHER: "区调度",
    Role.AUDITOR: "审核人",
    Role.UNIT: "承办单位",
    Role.VISITOR: "回访员",
    Role.SUPERVISOR: "督办员",
    Role.SYSTEM: "系统",
}


@dataclass(frozen=True)
class StateRow:
    """One line of the state table."""

    state: State
    label: str
    actor: Role
    next: tuple[State, ...]
    is_open: bool
    public_label: str = ""  # empty: same as label


S = State
STATES: tuple[StateRow, ...] = (
    StateRow(S.DRAFT, "待提交", Role.CITIZEN, (S.SUBMITTED, S.CANCELLED), False),
    StateRow(
        S.SUBMITTED,
        "待受理",
        Role.ACCEPTANCE,
        (S.ACCEPTED, S.NEED_INFO, S.REJECTED, S.ANSWERED_DIRECTLY, S.MERGED, S.CANCELLED),
        True,
        "已提交，待受理",
    ),
    StateRow(S.NEED_INFO, "待补充", Role.CITIZEN, (S.SUBMITTED, S.CLOSED_TIMEOUT, S.CANCELLED), True, "待您补充信息"),
    StateRow(S.REJECTED, "不予受理", Role.ACCEPTANCE, (S.ARCHIVED,), False),
    StateRow(S.MERGED, "重复并单", Role.ACCEPTANCE, (S.ARCHIVED,), False, "已与同一诉求合并办理"),
    StateRow(S.ANSWERED_DIRECTLY, "直接答复", Role.ACCEPTANCE, (S.VISITING,), False, "已答复"),
    StateRow(S.ACCEPTED, "待派单", Role.DISPATCHER, (S.PENDING_AUDIT,), True, "已受理，正在派单"),
    StateRow(S.PENDING_AUDIT, "待审核", Role.AUDITOR, (S.DISPATCHED, S.ACCEPTED), True, "已受理，正在派单"),
    StateRow(S.DISPATCHED, "待签收", Role.UNIT, (S.SIGNED, S.RETURNED), True, "已派单，待承办单位签收"),
    StateRow(
        S.RETURNED,
        "退单待改派",
        Role.DISPATCHER,
        (S.PENDING_AUDIT, S.COORDINATING, S.DISPATCHED),
        True,
        "正在改派承办单位",
    ),
    StateRow(S.COORDINATING, "会商协调", Role.DISPATCHER, (S.DISPATCHED,), True, "正在协调承办单位"),
    StateRow(S.SIGNED, "办理中", Role.UNIT, (S.REPLIED, S.EXTENSION_REQ, S.RETURNED), True),
    StateRow(S.EXTENSION_REQ, "延期审批", Role.DISPATCHER, (S.SIGNED,), True, "办理中"),
    StateRow(S.REPLIED, "待办结审核", Role.AUDITOR, (S.CLOSED, S.REDO), True, "办理中，答复审核中"),
    StateRow(S.REDO, "重办", Role.UNIT, (S.REPLIED,), True, "重新办理中"),
    StateRow(S.CLOSED, "已办结", Role.SYSTEM, (S.VISITING,), False),
    StateRow(
        S.VISITING,
        "待回访",
        Role.VISITOR,
        (S.EVALUATED, S.REDO, S.SUPERVISED, S.ACCEPTED),
        False,
        "已办结，待评价",
    ),
    StateRow(S.EVALUATED, "已评价", Role.SYSTEM, (S.ARCHIVED, S.REDO, S.ACCEPTED), False),
    StateRow(S.SUPERVISED, "督办中", Role.SUPERVISOR, (), True, "办理中"),
    StateRow(S.ARCHIVED, "已归档", Role.SYSTEM, (), False, "已办结归档"),
)
ENDINGS: tuple[StateRow, ...] = (
    StateRow(S.CANCELLED, "已取消", Role.CITIZEN, (), False),
    StateRow(S.CLOSED_TIMEOUT, "超时未补充，已关闭", Role.SYSTEM, (), False),
)
ROWS = {row.state: row for row in (*STATES, *ENDINGS)}
OPEN_STATES = tuple(row.state for row in STATES if row.is_open)


def may_move(state: State, target: State, came_from: State | None = None) -> bool:
    """May an order in `state` go to `target`?

    Any open order may be put under supervision, and goes back to the state it `came_from`.
    """
    if state is State.SUPERVISED:
        return target is came_from
    return target in state.next or (target is State.SUPERVISED and state.is_open)
