"""Made-up orders for tests. People: 李 files, 王 works in the unit, 赵 is an outsider."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from hotline.deadlines import SHANGHAI
from hotline.model import OrderDraft, OrderType

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
