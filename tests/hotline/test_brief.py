from __future__ import annotations

from sqlalchemy.engine import Engine

from hotline.brief import change, gather, growth_text, headlines, town_header, town_rows
from hotline.kpi_period import Period
from tests.hotline.briefs import MARCH, NOW, SECRET, make_brief


def test_a_brief_tells_figures_topics_and_rules(engine: Engine) -> None:
    brief = make_brief(engine)
    assert brief.title == "武江区12345热线研判简报（2025-03-01 至 2025-03-31）"
    values = dict(headlines(brief))
    assert values["登记"] == "10件"
    assert values["环比（与上期相比）"] == "+150.0%（4件）"
    assert values["同比（与上年同期相比）"] == "+900.0%（1件）"
    assert values["热点预警"] == "1项"
    (topic,) = brief.topics
    assert (topic.messages, topic.citizens, topic.place, topic.is_surging) == (6, 6, "示例花园", True)
    assert growth_text(topic) == "新出现"
    assert any("非官方" in note for note in brief.notes)


def test_no_identity_and_no_confidential_text_is_in_a_brief(engine: Engine) -> None:
    brief = make_brief(engine)
    everything = repr(brief)
    assert SECRET not in everything
    assert "13900000000" not in everything
    assert "0751-000" not in everything
    assert "李小明" not in everything


def test_towns_stand_against_types_with_sums(engine: Engine) -> None:
    brief = make_brief(engine)
    assert town_header(brief) == ("镇街", "投诉", "咨询", "合计")
    assert town_rows(brief) == (("西联镇", 6, 0, 6), ("（未填镇街）", 0, 4, 4), ("合计", 6, 4, 10))


def test_an_empty_period_gives_a_brief_too(engine: Engine) -> None:
    brief = gather(engine, MARCH, now=NOW)
    assert brief.topics == ()
    assert "上期数据不完整，未计算热点增长和预警。" in brief.notes
    assert town_rows(brief) == (("合计", 0),)


def test_fictional_orders_are_named(engine: Engine) -> None:
    make_brief(engine)
    last_year = gather(engine, Period(MARCH.first.replace(year=2024), MARCH.last.replace(year=2024)), now=NOW)
    assert "本期含示例数据1件（虚构，非真实诉求）。" in last_year.notes


def test_change_is_told_with_its_base() -> None:
    assert change(90, 120) == "-25.0%（120件）"
    assert change(90, None) == "无可比数据"
