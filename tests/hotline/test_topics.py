from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from hotline.deadlines import SHANGHAI
from hotline.kpi_period import Period
from hotline.topics import CONFIDENTIAL, Message, Topic, find_topics, period_before
from tests.hotline.letters import MIXER, NOON, OTHERS, WATER, letters

MARCH = Period(date(2025, 3, 1), date(2025, 3, 31))
BACKGROUND = letters(OTHERS)


def topics(*messages: Message, has_before: bool = True, **options: int) -> tuple[Topic, ...]:
    return find_topics((*messages, *BACKGROUND), MARCH, has_before=has_before, **options)


def test_a_topic_tells_what_where_who_and_since_when() -> None:
    (topic,) = topics(*letters(MIXER, town="西联镇", unit="市生态环境局武江分局"))
    assert topic.messages == topic.citizens == 6
    assert topic.title in [title for title, _ in MIXER]
    assert "搅拌站" in topic.keywords
    assert topic.place.startswith("示例花园")
    assert topic.people == "居民"
    assert topic.towns == (("西联镇", 6),)
    assert (topic.units, topic.is_unit_guessed) == ((("市生态环境局武江分局", 6),), False)
    assert (topic.first_on, topic.last_on, topic.active_days) == (date(2025, 3, 26), date(2025, 3, 31), 6)
    assert topic.trend == (0,) * 25 + (1,) * 6
    assert not topic.is_loose


def test_towns_are_read_from_the_text_and_units_proposed_when_orders_have_none() -> None:
    texts = tuple((f"西联镇{title}", body) for title, body in MIXER)
    (topic,) = topics(*letters(texts))
    assert topic.towns == (("西联镇", 6),)
    assert topic.is_unit_guessed
    assert topic.units[0][0] == "市生态环境局武江分局"


def test_growth_compares_with_the_period_before() -> None:
    (topic,) = topics(*letters(MIXER[:4]), *letters(MIXER[4:], days_ago=40, first=5))
    assert topic.messages == 4
    assert topic.growth is not None
    assert (topic.growth.now, topic.growth.before) == (4, 2)
    assert topic.growth.ratio == 2.0


def test_six_new_citizens_are_a_surge() -> None:
    (topic,) = topics(*letters(MIXER))
    assert topic.is_surging
    assert topic.marks == ("预警",)


def test_one_citizen_who_writes_often_is_neither_a_topic_nor_a_surge() -> None:
    same = (replace(message, citizen="示例一") for message in letters(MIXER))
    assert topics(*same) == ()


def test_growth_is_not_told_when_the_period_before_is_unknown() -> None:
    (topic,) = topics(*letters(MIXER), has_before=False)
    assert topic.growth is None
    assert not topic.is_surging


def test_a_matter_of_the_period_before_alone_is_no_topic() -> None:
    assert topics(*letters(MIXER, days_ago=40)) == ()


@pytest.mark.parametrize(
    ("at", "is_in"),
    [
        (datetime(2025, 3, 1, 0, 0, tzinfo=SHANGHAI), True),
        (datetime(2025, 2, 28, 23, 59, tzinfo=SHANGHAI), False),
        (datetime(2025, 3, 31, 23, 59, tzinfo=SHANGHAI), True),
        (datetime(2025, 4, 1, 0, 0, tzinfo=SHANGHAI), False),
    ],
)
def test_days_are_those_of_shanghai(at: datetime, is_in: bool) -> None:
    (topic,) = topics(*letters(MIXER[:5]), *(replace(each, at=at) for each in letters(MIXER[5:], first=6)))
    assert topic.messages == 5 + is_in


def test_confidential_orders_count_and_are_never_shown() -> None:
    hidden = letters(MIXER[:2], is_private=True)
    (topic,) = topics(*hidden, *letters(MIXER[2:], first=3))
    assert topic.messages == 6
    assert {example.number for example in topic.examples}.isdisjoint(message.number for message in hidden)
    assert topic.title not in [message.title for message in hidden]


def test_a_topic_of_confidential_orders_only_says_nothing_of_their_text() -> None:
    (topic,) = topics(*letters(MIXER, is_private=True, location="示例花园3栋"))
    assert topic.title == CONFIDENTIAL
    assert (topic.keywords, topic.place, topic.people, topic.examples) == ((), "", "", ())


def test_recent_matters_are_hotter_and_come_first() -> None:
    found = topics(*letters(WATER), *letters(MIXER[:4], days_ago=20))
    assert [topic.title[:4] == "样板新村" or "样板新村" in topic.title for topic in found] == [True, False]
    assert found[0].heat > found[1].heat


def test_likes_warm_a_topic() -> None:
    found = topics(*letters(WATER), *letters(MIXER[:4], days_ago=20, support=500))
    assert "搅拌站" in found[0].keywords
    assert found[0].support == 2000


def test_only_the_hottest_are_given() -> None:
    assert len(topics(*letters(WATER), *letters(MIXER), most=1)) == 1
    assert len(topics(*letters(WATER), *letters(MIXER), least=5)) == 1


def test_numbers_come_latest_first() -> None:
    (topic,) = topics(*letters(MIXER))
    assert topic.numbers == tuple(message.number for message in letters(MIXER))
    assert letters(MIXER)[0].at == NOON


def test_no_messages_no_topics() -> None:
    assert find_topics((), MARCH, has_before=True) == ()


def test_the_period_before_is_as_long() -> None:
    assert period_before(MARCH) == Period(date(2025, 1, 29), date(2025, 2, 28))
    assert period_before(Period(date(2025, 3, 1), date(2025, 3, 1))) == Period(date(2025, 2, 28), date(2025, 2, 28))
    assert MARCH.first - timedelta(days=1) == period_before(MARCH).last
