from __future__ import annotations

from sqlalchemy.engine import Engine

from hotline.brief import gather
from hotline.brief_markdown import escaped, markdown
from tests.hotline.briefs import MARCH, NOW, make_brief


def test_markdown_has_every_part_and_whole_tables(engine: Engine) -> None:
    text = markdown(make_brief(engine))
    assert all(
        f"## {part}" in text
        for part in ("一、总体情况", "二、热点诉求", "三、镇街与诉求类型", "四、承办单位与超期", "说明")
    )
    assert "| 西联镇 | 6 | 0 | 6 |" in text
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("| ")]
    assert len(tables) == 4
    for rows in tables:
        assert len({row.replace("\\|", "").count("|") for row in rows}) == 1


def test_texts_of_citizens_are_no_markup(engine: Engine) -> None:
    text = markdown(make_brief(engine))
    assert "<script>" not in text
    assert "\\<script\\>" in text
    assert escaped("a\n| *b* [c](d) <e>") == "a \\| \\*b\\* \\[c\\]\\(d\\) \\<e\\>"


def test_a_period_without_topics_says_so(engine: Engine) -> None:
    assert "本期没有达到热点标准的诉求。" in markdown(gather(engine, MARCH, now=NOW))
