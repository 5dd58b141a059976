from __future__ import annotations

from hotline.topic_words import common_people, common_place, keywords
from tests.hotline.letters import MIXER, OTHERS, WATER

OWN = [f"{title}\n{body}" for title, body in MIXER]
ALL = [f"{title}\n{body}" for title, body in (*MIXER, *WATER, *OTHERS)]


def test_keywords_name_place_and_problem_as_whole_words() -> None:
    found = keywords(OWN, ALL)
    assert {"示例花园", "搅拌站"} <= set(found)
    assert "例花园" not in found
    assert len(found) <= 6


def test_a_word_of_one_member_is_no_keyword() -> None:
    assert not any("违建" in word for word in keywords(OWN, ALL))


def test_house_numbers_and_formulas_are_no_keywords() -> None:
    own = ["请问示例路12号何时修路灯\n坏了", "反映示例路12号路灯\n坏了", "咨询示例路12号路灯问题\n坏了"]
    assert keywords(own, own + ALL) == ("示例路", "路灯")


def test_without_members_there_is_nothing_in_common() -> None:
    assert keywords([], ALL) == ()
    assert common_place([]) == ""
    assert common_people([]) == ""


def test_the_place_is_what_most_titles_name() -> None:
    assert common_place(OWN).startswith("示例花园")


def test_places_that_are_known_are_preferred() -> None:
    spots = ["样板大道南段", "样板大道中段", "样板大道北段"]
    own = [f"{spot} 虚构路口路灯不亮\n晚上很黑" for spot in spots]
    assert common_place(own, spots) == "样板大道"


def test_no_place_is_common_when_each_names_another() -> None:
    own = ["甲示例路路灯不亮\n黑", "乙样板街路灯不亮\n黑", "丙虚构巷路灯不亮\n黑"]
    assert common_place(own) == ""


def test_people_are_named_when_enough_members_speak_of_them() -> None:
    assert common_people(OWN) == "居民"
    assert common_people([f"{title}\n{body}" for title, body in OTHERS]) == ""
