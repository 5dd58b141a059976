"""Three rates of the published service guides: 网上可办, 最多跑一次, 一窗受理 (the district's figures of 2020).

A guide that says nothing on the point counts as unknown: it is left out of the rate and shown beside it, so that an
empty field never makes a rate better. Statements that citizens are not shown (`uncertain`) count as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.engine import Engine

from knowledge_base.model import Confidence, Guide, Statement
from knowledge_base.store import load

ONLINE_DEPTHS = ("申请", "全程网办")
_PORTAL_ONLINE = re.compile(r"^网上办理：(是|否)")  # as knowledge_base/portal.py writes it
_NO_VISIT = re.compile(r"不用跑|不用去|零跑动|全程网办|免到现场")
_VISITS = re.compile(r"(\d+|[一两二三四五六])\s*(?:次|趟)")
_FIGURES = {"一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
_ONE_WINDOW = re.compile(r"综合窗口|综合受理|一窗|无差别")
_MOST_VISITS = 1


@dataclass(frozen=True)
class Rate:
    """`fulfilled` of `known` guides; `unknown` ones say nothing. `label` and `formula` are Chinese."""

    code: str
    label: str
    formula: str
    fulfilled: int
    known: int
    unknown: int

    @property
    def value(self) -> float | None:
        """0–1, or None when nothing is known."""
        return self.fulfilled / self.known if self.known else None


def rates(engine: Engine) -> tuple[Rate, ...]:
    """The three rates over all published guides."""
    return rates_of([record for record in load(engine, ("guide",)) if isinstance(record, Guide)])


def rates_of(guides: Iterable[Guide]) -> tuple[Rate, ...]:
    """The three rates over these guides."""
    held = tuple(guides)
    return tuple(_rate(code, label, formula, held, judge) for code, label, formula, judge in RATES)


def is_online(guide: Guide) -> bool | None:
    """Can it be applied for online? None: the guide names no online entry and does not deny one."""
    channels = [use for use in guide.channels if use.confidence is not Confidence.UNCERTAIN]
    if any(use.depth in ONLINE_DEPTHS for use in channels):
        return True
    answers = [match.group(1) for text in _shown(guide.online) if (match := _PORTAL_ONLINE.match(text))]
    if answers:
        return "是" in answers
    return False if channels else None


def visits(guide: Guide) -> int | None:
    """The most visits that the guide speaks of, or None when it gives no number."""
    counted: list[int] = []
    for text in _shown(guide.visits):
        found = [_FIGURES.get(figure) or int(figure) for figure in _VISITS.findall(text) if figure != "0"]
        counted += found or ([0] if _NO_VISIT.search(text) or re.search(r"(?<!\d)0\s*次", text) else [])
    return max(counted, default=None)


def takes_one_window(guide: Guide) -> bool | None:
    """Does one of its counters accept everything (综合窗口)? Judged by the name of the counter; None: no counter."""
    names = [place.name for place in guide.places if place.confidence is not Confidence.UNCERTAIN]
    return any(_ONE_WINDOW.search(name) for name in names) if names else None


def _few_visits(guide: Guide) -> bool | None:
    count = visits(guide)
    return None if count is None else count <= _MOST_VISITS


RATES: tuple[tuple[str, str, str, Callable[[Guide], bool | None]], ...] = (
    (
        "online",
        "网上可办率",
        "有网上申请入口（深度为“申请”或“全程网办”，或省网标明可网上办理）的事项 ÷ 写明线上渠道的事项",
        is_online,
    ),
    ("once", "最多跑一次率", "到办事现场次数不超过 1 次的事项 ÷ 写明到现场次数的事项", _few_visits),
    (
        "one_window",
        "一窗受理率",
        "办理地点名称含综合窗口（综合受理、一窗、无差别）的事项 ÷ 写明办理地点的事项；按名称推定",
        takes_one_window,
    ),
)


def _rate(
    code: str, label: str, formula: str, guides: tuple[Guide, ...], judge: Callable[[Guide], bool | None]
) -> Rate:
    verdicts = [judge(guide) for guide in guides]
    known = [verdict for verdict in verdicts if verdict is not None]
    return Rate(code, label, formula, sum(known), len(known), len(verdicts) - len(known))


def _shown(statements: Iterable[Statement]) -> tuple[str, ...]:
    return tuple(each.text for each in statements if each.confidence is not Confidence.UNCERTAIN)
