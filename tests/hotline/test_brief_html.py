from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy.engine import Engine

from hotline.brief import gather
from hotline.brief_html import MOST_BARS, bars, days_per_bar, page
from tests.hotline.briefs import MARCH, NOW, make_brief

VOID = {"meta", "br"}


class Tags(HTMLParser):
    """Notes every tag and checks that each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(text: str) -> Tags:
    parser = Tags()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser


def test_the_page_is_whole_and_loads_nothing(engine: Engine) -> None:
    text = page(make_brief(engine))
    seen = tags(text).seen
    assert {"script", "link", "img", "iframe"}.isdisjoint(tag for tag, _ in seen)
    assert not any(name in ("src", "href") or name.startswith("on") for _, attributes in seen for name in attributes)
    assert "url(" not in text
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in seen


def test_texts_of_citizens_are_escaped(engine: Engine) -> None:
    text = page(make_brief(engine))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_page_tells_topics_towns_and_units(engine: Engine) -> None:
    text = re.sub(r"\s+", " ", page(make_brief(engine)))
    assert "6件 · 6人" in text
    assert '<span class="mark alert">预警</span>' in text
    assert '<th scope="row">西联镇</th><td>6</td><td>0</td><td>6</td>' in text
    assert '<td class="late">9</td>' in text


def test_an_empty_brief_is_a_page_too(engine: Engine) -> None:
    text = page(gather(engine, MARCH, now=NOW))
    tags(text)
    assert "本期没有达到热点标准的诉求。" in text


@pytest.mark.parametrize(("trend", "heights"), [([], []), ([0, 0], [0, 0]), ([1, 100, 50], [4, 100, 50]), ([3], [100])])
def test_bars_are_as_high_as_their_share_of_the_most(trend: list[int], heights: list[int]) -> None:
    assert [height for _, height in bars(trend)] == heights


def test_long_trends_are_added_up() -> None:
    assert days_per_bar(365) == 6
    added = bars([1] * 365)
    assert len(added) <= MOST_BARS
    assert sum(number for number, _ in added) == 365
