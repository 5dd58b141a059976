"""Orders of one month for the tests of the brief: a surge, some others, hostile titles, one confidential order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.engine import Engine

from hotline import store
from hotline.brief import Brief, gather
from hotline.deadlines import SHANGHAI
from hotline.kpi_period import Period
from hotline.model import OrderType, Privacy
from tests.hotline.factories import make_draft
from tests.hotline.letters import MIXER, OTHERS

MARCH = Period(date(2025, 3, 1), date(2025, 3, 31))
NOW = datetime(2025, 4, 1, 1, 0, tzinfo=UTC)
HOSTILE = '=HYPERLINK("http://x")<script>|'  # before each title
SECRET = "示例花园搅拌站保密举报人的秘密"


def fill(engine: Engine) -> None:
    """Six neighbours complain of one mixer in March; others write in February, March, and a year before."""
    base = make_draft(proposed_unit="市生态环境局武江分局", town="西联镇", town_code="440203100000")
    for place, (title, content) in enumerate(MIXER):
        draft = replace(
            base,
            draft_id=f"mixer{place}",
            title=SECRET if place == 1 else HOSTILE + title,
            content=f"{content}请联系我13900000000。",
            privacy=Privacy.CONFIDENTIAL if place == 1 else Privacy.PUBLIC,
            appellant_phone=f"0751-000{place:04}",
            location="示例花园",
        )
        store.submit(engine, draft, now=datetime(2025, 3, 20 + place, 9, 0, tzinfo=SHANGHAI))
    for place, (title, content) in enumerate(OTHERS):
        draft = make_draft(draft_id=f"other{place}", title=title, content=content, type=OrderType.CONSULT, town="")
        month_before = place % 2 == 1
        at = datetime(2025, 3, 5, 9, 0, tzinfo=SHANGHAI) - timedelta(days=30 * month_before)
        store.submit(engine, replace(draft, appellant_phone=f"0751-001{place:04}", town_code=""), now=at)
    old = make_draft(draft_id="old", title="去年的", appellant_phone="0751-0020000", is_fictional=True)
    store.submit(engine, old, now=datetime(2024, 3, 1, 9, 0, tzinfo=SHANGHAI))


def make_brief(engine: Engine) -> Brief:
    fill(engine)
    return gather(engine, MARCH, now=NOW)
