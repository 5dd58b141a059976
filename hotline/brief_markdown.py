"""The brief as Markdown (with tables, as GitHub and most editors read them)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from hotline.brief import Brief, growth_text, headlines, made_at_text, names, town_header, town_rows, units_text
from hotline.topics import Topic

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|~!&])")


def markdown(brief: Brief) -> str:
    """The whole brief; texts of citizens are escaped, so that they are neither markup nor HTML."""
    return "\n".join(_lines(brief)) + "\n"


def _lines(brief: Brief) -> Iterator[str]:
    yield f"# {brief.title}"
    yield f"\n生成时间：{made_at_text(brief)}\n"
    yield "## 一、总体情况\n"
    yield from _table(("指标", "数值"), headlines(brief))
    yield "\n## 二、热点诉求\n"
    if not brief.topics:
        yield "本期没有达到热点标准的诉求。"
    else:
        yield from _topics(brief.topics)
    yield "\n## 三、镇街与诉求类型\n"
    yield from _table(town_header(brief), town_rows(brief))
    yield "\n## 四、承办单位与超期\n"
    units = ((each.unit, each.received, each.overdue, each.due_soon) for each in brief.figures.units)
    yield from _table(("承办单位", "本期登记", "超期未办结", "即将到期"), units)
    yield "\n## 说明\n"
    yield from (f"- {escaped(note)}" for note in brief.notes)


def _topics(topics: tuple[Topic, ...]) -> Iterator[str]:
    rows = (
        (place, topic.title, topic.messages, topic.citizens, growth_text(topic), "、".join(topic.marks))
        for place, topic in enumerate(topics, start=1)
    )
    yield from _table(("序号", "诉求", "件数", "人数", "增长", "标记"), rows)
    for place, topic in enumerate(topics, start=1):
        yield f"\n### {place}. {escaped(topic.title)}\n"
        yield f"- 地点：{escaped(topic.place or '—')}；镇街：{escaped(names(topic.towns))}"
        yield f"- 人群：{escaped(topic.people or '—')}；关键词：{escaped('、'.join(topic.keywords) or '—')}"
        yield f"- 单位：{escaped(units_text(topic))}"
        yield f"- 时间：{topic.first_on} 至 {topic.last_on}，其中{topic.active_days}天有诉求；热度 {topic.heat:g}"
        for example in topic.examples:
            yield f"- {example.on} {escaped(example.number)} {escaped(example.title)}"


def _table(header: Iterable[object], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    cells = tuple(header)
    yield _row(cells)
    yield _row("---" for _ in cells)
    yield from map(_row, rows)


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) if cell == '---' else escaped(str(cell)) for cell in cells)} |"


def escaped(text: str) -> str:
    """The text as Markdown shows it, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
