"""The brief as one HTML page: no script, nothing loaded from elsewhere, readable on a phone and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from hotline.brief import Brief, growth_text, headlines, made_at_text, names, town_header, town_rows, units_text

TEMPLATE = "brief.html.j2"
MOST_BARS = 62  # bars of a trend; longer periods are added up


def page(brief: Brief) -> str:
    """The whole page; every text is escaped."""
    return _template().render(
        brief=brief,
        headlines=headlines(brief),
        made_at=made_at_text(brief),
        town_header=town_header(brief),
        town_rows=town_rows(brief),
        bars=bars,
        growth_text=growth_text,
        names=names,
        units_text=units_text,
        days_per_bar=days_per_bar(len(brief.figures.per_day)),
    )


def days_per_bar(days: int) -> int:
    return -(-days // MOST_BARS)


def bars(trend: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """For each bar its number and its height, 0–100; a bar that is not empty can be seen."""
    width = days_per_bar(len(trend)) or 1
    sums = [sum(trend[at : at + width]) for at in range(0, len(trend), width)]
    most = max(sums, default=0)
    return tuple((number, max(4, round(100 * number / most)) if number else 0) for number in sums)


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(TEMPLATE)
