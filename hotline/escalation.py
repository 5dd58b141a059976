"""Threats and self-harm (扬言/自伤): what is done at once when such an order is filed.

The order stays in the queue where it can be accepted, with a red card, a line in its history and an urgent notice to
those who accept and those who supervise. It is not put under supervision by itself: it would leave that queue, and wait
until somebody releases it.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from hotline.model import EventKind, WorkOrder, WorkOrderEvent
from hotline.people import SYSTEM
from hotline.states import Role
from storage.outbox import post

REASON = "红牌；涉及扬言或自伤风险，立即升级，请先电话联系并按预案处置"
TOLD = (Role.ACCEPTANCE, Role.SUPERVISOR)


def escalation_line(order: WorkOrder, now: datetime) -> WorkOrderEvent:
    """The line that tells of the red card."""
    state = order.state
    return WorkOrderEvent(order.number, EventKind.CARD, now, SYSTEM.name, state, state, REASON, SYSTEM.role.value)


def tell_staff(connection: Connection, order: WorkOrder, now: datetime) -> None:
    """Leave the urgent notices; they carry nothing that the citizen told. Payload as in notices.py."""
    for role in TOLD:
        payload = {
            "role": role.value,
            "unit": "",
            "number": order.number,
            "state": order.state.value,
            "text": f"工单 {order.number}：{REASON}。请登录工单系统查看。",
            "due_on": order.due_on.isoformat(),
            "is_urgent": True,
        }
        key = f"{order.number}:threat:{role.value}"
        post(connection, key=key, target="staff", subject=order.number, payload=payload, now=now)
