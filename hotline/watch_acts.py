"""What the clock does to an order, each in the transaction that claimed it (hotline/watch.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from hotline.deadlines import last_day
from hotline.desk import act_on
from hotline.limits import load_calendar
from hotline.model import Card, EventKind, WorkOrder, WorkOrderEvent
from hotline.moves import Facts, Move
from hotline.notices import chinese_date
from hotline.people import SYSTEM
from hotline.rows import append_event, last_event, update_order
from hotline.states import ROWS, Role, State
from hotline.windows import RECTIFY_BASIS
from storage.outbox import post

DEFAULT_SCORE = 3  # 基本满意, as in the Guangdong trial rule of 2019; stored apart from what people rated


@dataclass(frozen=True)
class Task:
    """One order that one job is due for, in the transaction that claimed it."""

    connection: Connection
    order: WorkOrder
    kind: str
    round: str
    now: datetime


def _remind(task: Task, part: str) -> None:
    text = f"办理时限已过{part}，请抓紧办理"
    _note(task, EventKind.REMINDER, text)
    _notify(task, text)


def _urge(task: Task) -> None:
    text = "派单后一直没有签收，请尽快签收"
    _note(task, EventKind.URGE, text)
    _notify(task, text)


def _give_card(task: Task, card: Card) -> None:
    text = f"{'已严重超期' if card is Card.RED else '已超期'}，记{card.label}，请立即办理"
    _change(task, card=card)
    _note(task, EventKind.CARD, text)
    _notify(task, text, is_urgent=True)


def _settle(task: Task) -> None:
    """Count a provisional due date again, now that the holidays are published."""
    order = task.order
    due_on, is_provisional = _counted_again(task)
    if due_on == order.due_on:
        text = f"节假日安排已公布，答复期限{chinese_date(due_on)}不变"
    else:
        text = f"节假日安排已公布，答复期限由{chinese_date(order.due_on)}改为{chinese_date(due_on)}"
    _change(task, due_on=due_on, is_due_provisional=is_provisional)
    _note(task, EventKind.NOTE, text)
    if due_on != order.due_on:
        _notify(task, text, due_on=due_on)


def _counted_again(task: Task) -> tuple[date, bool]:
    order, days = task.order, task.order.limit_days
    since = order.received_at
    if order.limit_basis == RECTIFY_BASIS:
        redone = last_event(task.connection, order.number, Move.REDO)
        since = redone.at if redone else since
    else:
        days += order.extended_days
    return last_day(since, days, load_calendar(task.connection))


def _move(task: Task, move: Move, facts: Facts) -> None:
    act_on(task.connection, task.order.number, move, SYSTEM, facts, now=task.now)


ACTS: Mapping[str, Callable[[Task], None]] = {
    "settle": _settle,
    "half": lambda task: _remind(task, "一半"),
    "most": lambda task: _remind(task, "八成"),
    "yellow": lambda task: _give_card(task, Card.YELLOW),
    "red": lambda task: _give_card(task, Card.RED),
    "unsigned": _urge,
    "timeout": lambda task: _move(task, Move.CLOSE_TIMEOUT, Facts(reason="超过期限没有补充信息")),
    "visit": lambda task: _move(task, Move.START_VISIT, Facts()),
    "rating": lambda task: _move(
        task, Move.RATE, Facts(score=DEFAULT_SCORE, is_default=True, reason="逾期未评价，按默认评价计，另行统计")
    ),
    "archive": lambda task: _move(task, Move.ARCHIVE, Facts()),
}


def _change(task: Task, **values: Any) -> None:
    after = replace(task.order, **values, version=task.order.version + 1, updated_at=task.now)
    update_order(task.connection, task.order, after)


def _note(task: Task, kind: EventKind, reason: str) -> None:
    """A line of the history that leaves the state as it is."""
    order, state = task.order, task.order.state
    append_event(
        task.connection,
        WorkOrderEvent(
            order.number, kind, task.now, SYSTEM.name, state, state, reason, SYSTEM.role, unit=order.lead_unit
        ),
    )


def _notify(task: Task, what: str, *, is_urgent: bool = False, due_on: date | None = None) -> None:
    """Tell whoever has the order. Nothing about the citizen in it: such messages leave the building."""
    order, due_on = task.order, due_on or task.order.due_on
    role, unit = holder(order)
    what = f"工单 {order.number}（{order.type.label}）：{what}"
    payload = {
        "role": role.value,
        "unit": unit,
        "number": order.number,
        "kind": task.kind,
        "state": order.state.value,
        "text": f"{what}。答复期限：{chinese_date(due_on)}。请登录工单系统查看。",
        "due_on": due_on.isoformat(),
        "is_urgent": is_urgent,
    }
    key = ":".join(("watch", task.kind, order.number, task.round))
    post(task.connection, key=key, target="staff", subject=order.number, payload=payload, now=task.now)


def holder(order: WorkOrder) -> tuple[Role, str]:
    """Who has to act on the order now: a role, and its unit when that is a handling unit."""
    state = State(order.came_from) if order.state is State.SUPERVISED and order.came_from else order.state
    role = ROWS[state].actor
    if role is not Role.UNIT:
        return role, ""
    return (role, order.lead_unit) if order.lead_unit else (Role.DISPATCHER, "")
