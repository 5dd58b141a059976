"""Draw made-up demands: when they come in, what they are about, who files them. Visibly fictional; data in demo.yml."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import yaml

from hotline.deadlines import SHANGHAI, STATE_COUNCIL, Calendar
from hotline.model import OrderDraft, OrderType, Privacy, Urgency
from knowledge_base.places import town_code

DEMO_FILE = Path(__file__).with_name("demo.yml")
MARK = "【示例】"
URGENT_SHARE, THREAT_SHARE, PUBLIC_REPLY_SHARE = 0.02, 0.002, 0.3


@dataclass(frozen=True)
class Topic:
    """What a demand is about: the unit that handles it, and one that it is mistaken for or that helps."""

    unit: str
    other: str
    category: str
    place: str


@cache
def content() -> dict[str, Any]:
    """The data file."""
    return dict(yaml.safe_load(DEMO_FILE.read_text(encoding="utf-8")))


def draw_moments(
    rng: random.Random, count: int, first: date, until: datetime, calendar: Calendar = STATE_COUNCIL
) -> list[datetime]:
    """So many moments from the first day (Asia/Shanghai) until a moment, in order, by month, weekday and hour."""
    last = until.astimezone(SHANGHAI).date()
    days = [first + timedelta(days=step) for step in range((last - first).days + 1)]
    day_weights = list(accumulate(_weight(day, calendar) for day in days))
    hour_weights = list(accumulate(content()["hours"]))
    moments: list[datetime] = []
    while len(moments) < count:
        day = rng.choices(days, cum_weights=day_weights)[0]
        hour = rng.choices(range(24), cum_weights=hour_weights)[0]
        moment = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), SHANGHAI)
        if moment <= until:
            moments.append(moment)
    return sorted(moments)


def draw_draft(rng: random.Random, draft_id: str, conversation_id: str) -> tuple[OrderDraft, Topic]:
    """A demand ready to be filed, and what it is about."""
    data = content()
    kind, town = OrderType(_pick(rng, data["types"])), _pick(rng, data["towns"])
    row = rng.choices(data["topics"], weights=[topic["weight"] for topic in data["topics"]])[0]
    place = f"{rng.choice(data['places'])}{rng.randint(1, 60)}号"
    unit, other = (row[key].format(town=town) for key in ("unit", "other"))
    text = rng.choice(data.get(f"{kind.value}_texts") or row["texts"]).format(place=place)
    draft = OrderDraft(
        draft_id=draft_id,
        conversation_id=conversation_id,
        type=kind,
        title=f"{MARK}{text}"[:60],
        content=f"{MARK}{text}，希望尽快处理。此件为系统生成的示例数据。",
        source=_pick(rng, data["sources"]),
        urgency=Urgency.URGENT if rng.random() < URGENT_SHARE else Urgency.NORMAL,
        privacy=Privacy(_pick(rng, data["privacy"])),
        public_reply=rng.random() < PUBLIC_REPLY_SHARE,
        category=row["category"],
        town=town,
        town_code=town_code(town),
        location=place,
        incident_time="近日（示例）",
        appellant_name=rng.choice(data["surnames"]) + rng.choice(data["titles"]),
        appellant_phone=f"0751-000{rng.randrange(10_000):04d}",
        proposed_unit=unit if rng.random() < 0.7 else "",
        routing_explanation="示例数据",
        is_threat=rng.random() < THREAT_SHARE,
        is_fictional=True,
    )
    return draft.checked(), Topic(unit, other, row["category"], place)


def _weight(day: date, calendar: Calendar) -> float:
    data = content()
    is_off = day.weekday() < 5 and not calendar.is_working_day(day)
    share: float = data["months"][day.month - 1] * data["weekdays"][day.weekday()]
    return share * (data["day_off"] if is_off else 1)


def _pick(rng: random.Random, shares: Mapping[str, float]) -> str:
    names: Sequence[str] = list(shares)
    return rng.choices(names, weights=list(shares.values()))[0]
