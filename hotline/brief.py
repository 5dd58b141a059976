"""研判简报: what came in during a period, what is growing, where, and what is late. Gathered here, written elsewhere.

Phones, card numbers and names are masked; confidential and anonymous orders are counted, but none of them is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Engine

from hotline.brief_figures import SOON_DAYS, Figures, count
from hotline.deadlines import SHANGHAI
from hotline.kpi_period import Period
from hotline.surge import RULE
from hotline.topic_sources import MOST_MESSAGES, read_orders
from hotline.topics import LEAST_CITIZENS, LOOSE_BELOW, Topic, find_topics, period_before

MOST_TOPICS = 20
LONGEST = 366  # days that one brief may span


@dataclass(frozen=True)
class Brief:
    """Everything that a brief says; texts are for people (Chinese)."""

    period: Period
    made_at: datetime
    figures: Figures
    topics: tuple[Topic, ...]
    notes: tuple[str, ...]

    @property
    def surging(self) -> tuple[Topic, ...]:
        return tuple(topic for topic in self.topics if topic.is_surging)

    @property
    def title(self) -> str:
        return f"武江区12345热线研判简报（{span(self.period)}）"


def gather(engine: Engine, period: Period, *, now: datetime, most_topics: int = MOST_TOPICS) -> Brief:
    """Count and group. A month takes seconds; the texts of at most MOST_MESSAGES orders are held at once."""
    with engine.connect() as connection:
        figures = count(connection, period, now)
        material = read_orders(connection, period)
    topics = find_topics(material.messages, period, has_before=material.has_before, most=most_topics)
    return Brief(period, now, figures, topics, _notes(figures, period, material.has_before, material.is_cut))


def headlines(brief: Brief) -> tuple[tuple[str, str], ...]:
    """The first figures of the brief: label and value for people."""
    figures = brief.figures
    return (
        ("登记", f"{figures.received}件"),
        ("环比（与上期相比）", change(figures.received, figures.received_before)),
        ("同比（与上年同期相比）", change(figures.received, figures.received_year_before)),
        ("本期办结", f"{figures.closed}件"),
        ("在办", f"{figures.open_now}件"),
        ("超期未办结", f"{figures.overdue}件"),
        (f"{SOON_DAYS}天内到期", f"{figures.due_soon}件"),
        ("黄牌 / 红牌", f"{figures.yellow} / {figures.red}"),
        ("催办", f"{figures.urges}次"),
        ("紧急", f"{figures.urgent}件"),
        ("扬言、自伤", f"{figures.threats}件"),
        ("热点预警", f"{len(brief.surging)}项"),
    )


def town_header(brief: Brief) -> tuple[str, ...]:
    """The header of the table of towns and types."""
    return ("镇街", *(kind.label for kind in brief.figures.by_type), "合计")


def town_rows(brief: Brief) -> tuple[tuple[str | int, ...], ...]:
    """One row for each town, and the sum."""
    figures = brief.figures
    rows: list[tuple[str | int, ...]] = [
        (town, *(row.get(kind, 0) for kind in figures.by_type), sum(row.values()))
        for town, row in figures.by_town.items()
    ]
    return (*rows, ("合计", *figures.by_type.values(), figures.received))


def change(now: int, before: int | None) -> str:
    """`+12.5%（80件）`: the change, and the number it is compared with."""
    return "无可比数据" if not before else f"{(now - before) / before:+.1%}（{before}件）"


def growth_text(topic: Topic) -> str:
    """What a topic's growth is called."""
    if topic.growth is None:
        return "无可比数据"
    if topic.growth.ratio is None:
        return "新出现"
    return f"{topic.growth.ratio:.1f}倍（上期{topic.growth.before}人）"


def names(shares: tuple[tuple[str, int], ...], most: int = 3) -> str:
    """`西联镇 3、惠民街道 1`; a dash for none."""
    return "、".join(f"{name} {number}" for name, number in shares[:most]) or "—"


def units_text(topic: Topic) -> str:
    """The units of a topic, and whether they are only proposed by the rules."""
    return names(topic.units) + ("（按规则推测）" if topic.units and topic.is_unit_guessed else "")


def span(period: Period) -> str:
    return f"{period.first:%Y-%m-%d} 至 {period.last:%Y-%m-%d}"


def made_at_text(brief: Brief) -> str:
    return f"{brief.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _notes(figures: Figures, period: Period, has_before: bool, is_cut: bool) -> tuple[str, ...]:
    before = period_before(period)
    notes = [
        f"统计口径：登记时间（北京时间）在{span(period)}之内的工单，不含草稿和已撤回的；上期为{span(before)}。",
        "在办、超期、即将到期和黄红牌为生成时的全部在办工单，不限于本期登记。",
        f"热点：对标题和内容按文字相似度自动归并，至少{LEAST_CITIZENS}位诉求人；诉求人按电话或会话区分，匿名的每件计一人。",
        f"热度：每位诉求人每天计1，半个统计期以前的减半。标“较分散”的，共同词语覆盖不足{LOOSE_BELOW:.0%}，请人工核对。",
        RULE,
        "电话、证件号和自报姓名已遮盖；保密、匿名诉求只计数，不展示原文。自动归并结果供研判参考，以人工核实为准。",
    ]
    if not has_before:
        notes.append("上期数据不完整，未计算热点增长和预警。")
    if is_cut:
        notes.append(f"工单较多，热点只依据最近的{MOST_MESSAGES}件。")
    if figures.fictional:
        notes.append(f"本期含示例数据{figures.fictional}件（虚构，非真实诉求）。")
    return tuple(notes)
