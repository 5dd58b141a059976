"""Frightening words of everyday speech raise no alarm; every real alarm does, and tells who is at risk."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.concerned import OTHER, SELF
from bot.guards import EMERGENCY, SELF_HARM_OR_THREAT, Alarm, check
from tests.bot import guard_messages_everyday as messages

CONTENT = Path(__file__).resolve().parents[2] / "knowledge_base" / "content"


def alarm_of(text: str) -> Alarm:
    alarm = check(text)
    assert alarm is not None
    return alarm


def test_the_collection_is_large_and_says_nothing_twice() -> None:
    alarms = [*messages.EMERGENCIES, *messages.SELF_HARM_SELF, *messages.SELF_HARM_OTHER, *messages.THREATS]
    assert len(set(messages.ORDINARY)) == len(messages.ORDINARY) >= 150
    assert len(set(alarms)) == len(alarms) >= 80


@pytest.mark.parametrize("text", messages.ORDINARY)
def test_everyday_words_raise_no_alarm(text: str) -> None:
    assert check(text) is None


def test_no_question_of_the_knowledge_base_raises_an_alarm() -> None:
    entries = [entry for file in CONTENT.glob("*.yml") for entry in yaml.safe_load(file.read_text()).get("entries", ())]
    questions = [question for entry in entries for question in entry.get("similar_questions", ())]
    assert len(questions) > 1000
    assert [question for question in questions if check(question)] == []


@pytest.mark.parametrize("text", messages.EMERGENCIES)
def test_danger_to_life_is_caught(text: str) -> None:
    assert alarm_of(text).kind == EMERGENCY


@pytest.mark.parametrize("text", messages.SELF_HARM_SELF)
def test_self_harm_of_the_writer_is_known_as_such(text: str) -> None:
    alarm = alarm_of(text)
    assert (alarm.kind, alarm.topic, alarm.who) == (SELF_HARM_OR_THREAT, "self_harm", SELF)
    assert "12356" in alarm.numbers


@pytest.mark.parametrize("text", messages.SELF_HARM_OTHER)
def test_self_harm_of_another_person_names_who_can_rescue(text: str) -> None:
    alarm = alarm_of(text)
    assert (alarm.kind, alarm.topic, alarm.who) == (SELF_HARM_OR_THREAT, "self_harm", OTHER)
    assert {"110", "119", "120"} <= set(alarm.numbers)


@pytest.mark.parametrize("text", messages.THREATS)
def test_a_threat_is_told_apart_from_self_harm(text: str) -> None:
    alarm = alarm_of(text)
    assert (alarm.kind, alarm.topic, alarm.numbers) == (SELF_HARM_OR_THREAT, "threat", ("110",))


@pytest.mark.parametrize("text", ["我要跳楼", "我在天台上准备跳了", "站在桥上不想活了"])
def test_the_fire_service_is_named_when_the_writer_stands_at_a_height(text: str) -> None:
    assert "119" in alarm_of(text).numbers


def test_the_fire_service_is_not_named_for_pills() -> None:
    assert "119" not in alarm_of("我吃了一整瓶安眠药").numbers


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("我要杀了他全家", SELF),
        ("再不给钱我就砍了他", SELF),
        ("前夫威胁要杀了我", OTHER),
        ("他说今晚过来杀我", OTHER),
        ("有人扬言要去学校砍学生", OTHER),
    ],
)
def test_who_threatens_is_told_apart(text: str, who: str) -> None:
    assert alarm_of(text).who == who


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("我女儿说不想活了", OTHER),
        ("老公不要我了我想跳楼", SELF),
        ("老婆跑了，我不想活了", SELF),
        ("没有人在乎我，不想活了", SELF),
        ("带着孩子一起走算了", SELF),
        ("不想活了，是我妈说的", OTHER),
        ("我怕他想不开，他说要跳河", OTHER),
        ("有人欺负我，我想死", SELF),
    ],
)
def test_the_subject_named_last_decides_who_is_at_risk(text: str, who: str) -> None:
    assert alarm_of(text).who == who
