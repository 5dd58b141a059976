"""Which names become patterns."""

from __future__ import annotations

from bot.gazetteer import LABELS, Pattern, patterns_of, shipped_patterns
from knowledge_base.model import Gap, Guide


def guide(code: str, name: str, *aliases: str) -> Guide:
    return Guide(code=code, name=name, aliases=aliases, owner_unit="区测试单位")


def test_names_and_aliases_lead_to_the_code_of_their_entry() -> None:
    patterns = patterns_of([guide("M98", "测试证办理", "測試證")])
    assert Pattern("matter", "测试证办理", "M98") in patterns
    assert Pattern("matter", "测试证", "M98") in patterns  # simplified
    assert Pattern("unit", "区测试单位", "区测试单位") in patterns


def test_a_name_of_two_matters_is_left_to_search() -> None:
    patterns = patterns_of([guide("M98", "测试证办理", "测试证"), guide("M99", "测试证注销", "测试证")])
    assert not [pattern for pattern in patterns if pattern.text == "测试证"]


def test_a_matter_that_the_base_does_not_hold_gives_no_name() -> None:
    assert not [each for each in patterns_of([Gap(code="X99", name="测试证办理")]) if each.label == "matter"]


def test_a_town_wins_over_a_matter_of_the_same_name() -> None:
    patterns = patterns_of([guide("M98", "龙归镇")])
    assert [pattern.label for pattern in patterns if pattern.text == "龙归镇"] == ["town"]


def test_every_label_occurs_in_the_shipped_names_and_no_text_twice() -> None:
    patterns = shipped_patterns()
    assert {pattern.label for pattern in patterns} == set(LABELS)
    assert len({pattern.text for pattern in patterns}) == len(patterns)
