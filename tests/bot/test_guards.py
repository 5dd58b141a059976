"""Guards: alarms are raised in any voice, and ordinary sentences with frightening words stay ordinary."""

from __future__ import annotations

import time

import pytest

from bot.guards import EMERGENCY, SELF_HARM_OR_THREAT, check, is_abuse, is_alarm_resolved, second_opinion
from tests.bot import guard_messages as messages


@pytest.mark.parametrize(
    "text", [text for group in messages.EMERGENCIES.values() for text in group] + list(messages.MORE_EMERGENCIES)
)
def test_danger_to_life_is_an_emergency_with_a_number_to_call(text: str) -> None:
    alarm = check(text)
    assert alarm is not None
    assert alarm.kind == EMERGENCY
    assert set(alarm.numbers) & {"110", "119", "120", "122"}


@pytest.mark.parametrize("text", [*messages.SELF_HARM, *messages.THREATS, *messages.MORE_SELF_HARM_OR_THREATS])
def test_self_harm_and_threats_are_caught_as_such(text: str) -> None:
    alarm = check(text)
    assert alarm is not None
    assert alarm.kind == SELF_HARM_OR_THREAT


@pytest.mark.parametrize("text", [*messages.ORDINARY, *messages.MORE_ORDINARY])
def test_ordinary_sentences_raise_no_alarm(text: str) -> None:
    assert check(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("着火了", "119"),
        ("我爸突然倒下叫不醒", "120"),
        ("有贼入屋", "110"),
        ("出车祸了有人躺在地上", "122"),
        ("我被困在电梯里了", "119"),
    ],
)
def test_the_most_fitting_number_stands_first(text: str, number: str) -> None:
    alarm = check(text)
    assert alarm is not None
    assert alarm.numbers[0] == number


def test_an_alarm_names_the_concept_groups_that_matched() -> None:
    alarm = check("快来人啊厨房着火了")
    assert alarm is not None
    assert alarm.groups[:2] == ("fire", "now")


def test_a_suspicion_of_the_classifier_raises_an_alarm_for_an_unknown_wording() -> None:
    alarm = second_opinion("我妈像睡着了一样怎么推都没用", EMERGENCY)
    assert alarm is not None
    assert alarm.kind == EMERGENCY


@pytest.mark.parametrize("text", ["工伤认定要什么材料", "如果地震了要怎么跑", "去年那件事怎么赔偿"])
def test_a_suspicion_is_dropped_when_the_message_speaks_against_it(text: str) -> None:
    assert second_opinion(text, EMERGENCY) is None


@pytest.mark.parametrize("text", messages.RESOLVED)
def test_an_alarm_can_be_taken_back(text: str) -> None:
    assert is_alarm_resolved(text)


@pytest.mark.parametrize("text", messages.UNRESOLVED)
def test_other_messages_do_not_take_an_alarm_back(text: str) -> None:
    assert not is_alarm_resolved(text)


@pytest.mark.parametrize("text", messages.ABUSE)
def test_an_insult_alone_is_abuse(text: str) -> None:
    assert is_abuse(text)


@pytest.mark.parametrize("text", messages.NOT_ABUSE)
def test_a_matter_told_in_anger_is_not_abuse(text: str) -> None:
    assert not is_abuse(text)


@pytest.mark.parametrize("text", ["", " ", "\x00", "😀" * 50, "\u202eמרחק", "/restart", "<b>着</b>"])
def test_odd_input_raises_no_alarm(text: str) -> None:
    assert check(text) is None
    assert not is_abuse(text)


@pytest.mark.parametrize(
    "text", ["救" * 50_000, "被人在刚" * 20_000, "孩子刚刚" * 20_000, "我要去想" * 20_000, "死了" * 50_000]
)
def test_a_hostile_long_message_is_searched_quickly(text: str) -> None:
    check("着火了")  # the lexicon is compiled once
    started = time.perf_counter()
    check(text)
    is_abuse(text)
    is_alarm_resolved(text)
    assert time.perf_counter() - started < 1.0


def test_an_alarm_at_the_end_of_a_long_message_is_caught() -> None:
    assert check("我今天去办事大厅。" * 400 + "楼下着火了快来人") is not None
