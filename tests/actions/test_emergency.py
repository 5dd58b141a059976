"""What is said after an alarm fits the danger and the person who reads it."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.emergency import SELF_HARM_OR_THREAT, ActionEmergency
from bot import guards

COMFORT = "您现在的感受很重要"


def tracker_of(message: str, *, entities: list[dict[str, Any]] | None = None, **slots: Any) -> Tracker:
    """A tracker whose latest message is read as the pipeline reads it."""
    alarm = guards.check(message)
    kind = alarm.kind if alarm else "ask_guide"
    if entities is None:
        entities = [] if alarm is None else [_entity(alarm)]
    latest = {"text": message, "intent": {"name": kind}, "entities": entities}
    return Tracker("sender", slots, latest, [], False, None, {}, "action_listen")


def _entity(alarm: guards.Alarm) -> dict[str, Any]:
    found = {"numbers": list(alarm.numbers), "topic": alarm.topic, "who": alarm.who}
    return {"entity": "alarm", "value": alarm.kind, **found}


async def said(tracker: Tracker) -> tuple[str, list[str]]:
    """The words and the numbers on the buttons."""
    dispatcher = CollectingDispatcher()
    await ActionEmergency().run(dispatcher, tracker, {})
    (message,) = dispatcher.messages
    return message["text"], [call["number"] for call in message["custom"]["data"]["calls"]]


@pytest.mark.parametrize("message", ["我不想活了", "我想死", "我把遗书写好了", "唔想做人喇"])
async def test_the_person_at_risk_is_comforted_and_given_the_support_line(message: str) -> None:
    text, numbers = await said(tracker_of(message))
    assert COMFORT in text
    assert {"110", "120", "12356"} <= set(numbers)


@pytest.mark.parametrize("message", ["有人要跳楼", "隔壁有人想自杀", "我女儿说不想活了", "佢話要跳樓"])
async def test_a_helper_is_told_whom_to_call_and_what_to_do_now(message: str) -> None:
    text, numbers = await said(tracker_of(message))
    assert COMFORT not in text
    assert {"110", "119", "120"} <= set(numbers)
    assert all(each in text for each in ("110", "119", "120", "12356", "不要让对方独处", "刺激"))


@pytest.mark.parametrize("message", ["我要跳楼", "我在天台上 准备跳了"])
async def test_the_fire_service_is_named_to_whoever_stands_at_a_height(message: str) -> None:
    text, numbers = await said(tracker_of(message))
    assert "119" in numbers
    assert "119" in text


@pytest.mark.parametrize("message", ["再不给钱我就砍了他", "信不信我炸了你们大厅", "跟他同归于尽"])
async def test_a_threat_gets_the_police_and_no_comfort(message: str) -> None:
    text, numbers = await said(tracker_of(message))
    assert numbers == ["110"]
    assert "110" in text
    assert "12356" not in text
    assert COMFORT not in text
    assert "法律责任" in text


@pytest.mark.parametrize("message", ["前夫威胁要杀了我和孩子", "有人扬言要去学校砍人"])
async def test_whoever_reports_a_threat_is_told_to_get_to_safety(message: str) -> None:
    text, numbers = await said(tracker_of(message))
    assert numbers == ["110"]
    assert "安全的地方" in text
    assert "法律责任" not in text


async def test_danger_to_life_names_the_numbers_of_the_guard() -> None:
    text, numbers = await said(tracker_of("厨房着火了"))
    assert numbers[0] == "119"
    assert "119（火警）" in text


async def test_an_alarm_of_the_classifier_alone_is_taken_as_the_writers_own() -> None:
    tracker = tracker_of("……", entities=[])
    tracker.latest_message["intent"] = {"name": SELF_HARM_OR_THREAT}
    text, numbers = await said(tracker)
    assert COMFORT in text
    assert numbers == ["110", "120", "12356"]


async def test_a_message_that_all_is_well_is_acknowledged_after_an_alarm() -> None:
    tracker = tracker_of("没事了", entities=[{"entity": "alarm_over", "value": "true"}], alarm="emergency")
    dispatcher = CollectingDispatcher()
    events = await ActionEmergency().run(dispatcher, tracker, {})
    text = dispatcher.messages[0]["text"]
    assert "平安就好" in text
    assert {event["name"]: event["value"] for event in events} == {"alarm": None, "pending": None}
