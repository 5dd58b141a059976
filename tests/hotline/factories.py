"""Made-up orders for tests. People: 李 files, 王 works in the unit, 赵 is an outsider."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any

from hotline.deadlines import PROVINCE, SHANGHAI
from hotline.model import OrderDraft, OrderType, WorkOrder
from hotline.states import State

TUESDAY_MORNING = datetime(2025, 3, 4, 9, 30, tzinfo=SHANGHAI)


def make_draft(**changes: Any) -> OrderDraft:
    draft = OrderDraft(
        draft_id="draft-1",
        conversation_id="conversation-1",
        type=OrderType.COMPLAINT,
        content="示例路口的夜宵摊每晚占道经营到两点。",
        town="惠民街道",
        town_code="440203002000",
        location="示例路1号",
        incident_time="昨晚",
        appellant_name="李小明",
        appellant_phone="13900000000",
        proposed_unit="区城管执法局",
        nlu={"intent": "complain", "confidence": 0.93},
    )
    return replace(draft, **changes)


def make_order(**changes: Any) -> WorkOrder:
    """A filed order as it would stand in the database, without one."""
    draft = make_draft()
    order = WorkOrder(
        **{field.name: getattr(draft, field.name) for field in fields(draft)},
        number="WJ2025030400001",
        query_code="483920",
        state=State.SUBMITTED,
        version=1,
        limit_days=15,
        limit_basis=PROVINCE,
        is_official_limit=True,
        received_at=TUESDAY_MORNING,
        due_on=date(2025, 3, 25),
        is_due_provisional=False,
        reply_text="",
        closed_at=None,
        created_at=TUESDAY_MORNING,
        updated_at=TUESDAY_MORNING,
    )
    return replace(order, **changes)
