"""The figures by which handling is judged: each rate with its label and formula, computed from plain counts.

The formulas follow the practice collected in the domain notes (办结率 and 满意率 as other places publish them); the
district's own rules of appraisal were not available, so every one is a labelled, editable default. docs/kpi.md explains
them one by one and is tested against this table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Literal


@dataclass(frozen=True)
class Counts:
    """What one group of orders comes to. Every count is of orders unless it says otherwise."""

    registered: int = 0  # 登记
    accepted: int = 0  # 受理
    dispatched: int = 0  # 派单
    dispatches: int = 0  # 派单次数, counted in dispatches
    repeats: int = 0  # 重复派单次数
    returns: int = 0  # 退单次数, by the unit that returned
    closed: int = 0  # 办结
    closed_on_time: int = 0
    closed_early: int = 0
    overdue: int = 0  # closed late, or open and late
    assessed: int = 0  # 纳入考核: closed by a unit
    resolved: int = 0
    extended: int = 0
    closed_at_once: int = 0  # neither returned nor redone
    sign_due: int = 0  # signed, or not signed though the time for it is over
    signed_in_time: int = 0
    responded: int = 0
    response_hours: float = 0.0  # sum over `responded`, natural hours
    visited: int = 0  # rated, default ratings included; executive handling left out, as in the four below
    dissatisfied: int = 0  # 1 or 2, given by a person
    rated: int = 0  # given by a person
    satisfied: int = 0  # 3 to 5, given by a person
    default_rated: int = 0
    left_out: int = 0  # rated orders of enforcement and mediation

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})


@dataclass(frozen=True)
class Measure:
    """One figure. `formula` is for people (Chinese); `unit` says how its value is written."""

    code: str
    label: str
    formula: str
    top: Callable[[Counts], float] = field(repr=False)
    bottom: Callable[[Counts], float] = field(repr=False)
    unit: Literal["%", "小时"] = "%"

    def value(self, counts: Counts) -> float | None:
        """A share (0–1) or hours; None when there is nothing to divide by."""
        bottom = self.bottom(counts)
        return self.top(counts) / bottom if bottom else None


MEASURES: tuple[Measure, ...] = (
    Measure("closing", "办结率", "办结数 ÷ 受理数", lambda c: c.closed, lambda c: c.accepted),
    Measure("on_time", "按时办结率", "按时办结数 ÷ 派单数", lambda c: c.closed_on_time, lambda c: c.dispatched),
    Measure(
        "overdue",
        "超时率",
        "超时数（办结晚于期限，或未办结且已过期限）÷ 受理数",
        lambda c: c.overdue,
        lambda c: c.accepted,
    ),
    Measure("early", "提前办结率", "办结日早于期限日的办结数 ÷ 办结数", lambda c: c.closed_early, lambda c: c.closed),
    Measure(
        "resolving",
        "解决率",
        "承办单位填“已解决”的办结数 ÷ 纳入考核数（由承办单位办结的工单）",
        lambda c: c.resolved,
        lambda c: c.assessed,
    ),
    Measure(
        "repeating",
        "重派率",
        "重复派单次数 ÷ 派单次数",
        lambda c: c.repeats,
        lambda c: c.dispatches,
    ),
    Measure("extending", "延期率", "获准延期的工单数 ÷ 派单数", lambda c: c.extended, lambda c: c.dispatched),
    Measure("returning", "退单率", "退单次数 ÷ 派单次数，记在退单的单位", lambda c: c.returns, lambda c: c.dispatches),
    Measure(
        "satisfaction",
        "满意率（按回访）",
        "1 − 不满意数 ÷ 已评价数（含默认评价）",
        lambda c: c.visited - c.dissatisfied,
        lambda c: c.visited,
    ),
    Measure(
        "satisfaction_rated",
        "满意率（按有效评价）",
        "评价 3 分及以上 ÷ 有效评价数（不含默认评价）",
        lambda c: c.satisfied,
        lambda c: c.rated,
    ),
    Measure(
        "at_once",
        "一次办结率",
        "没有退单也没有重办的办结数 ÷ 办结数",
        lambda c: c.closed_at_once,
        lambda c: c.closed,
    ),
    Measure(
        "signing",
        "签收及时率",
        "派单后 1 个工作日内签收的工单数 ÷ 应签收数（已签收，或逾期未签收）",
        lambda c: c.signed_in_time,
        lambda c: c.sign_due,
    ),
    Measure(
        "first_response",
        "首响时长",
        "从登记到首次联系、询问或答复市民的平均自然小时数",
        lambda c: c.response_hours,
        lambda c: c.responded,
        "小时",
    ),
)
RANKED_BY = "satisfaction_rated"  # ranking of units
