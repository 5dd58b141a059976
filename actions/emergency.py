"""Danger to life, self-harm and threats: the number to call, before anything else and never into a queue."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.say import options, say, words

EMERGENCY = "emergency"
SELF_HARM_OR_THREAT = "self_harm_or_threat"
SERVICES = {"110": "报警", "119": "火警", "120": "急救", "122": "交通事故", "12356": "心理援助"}
OTHER = "other"  # somebody else is at risk, or threatens
DEFAULT_NUMBERS = {EMERGENCY: ("110", "119", "120"), SELF_HARM_OR_THREAT: ("110", "120", "12356")}
WORDS = {  # for the topic of an alarm: what is said to the person it concerns, and to somebody beside that person
    "self_harm": ("self_harm", "self_harm_other"),
    "threat": ("threat", "threat_other"),
}


class ActionEmergency(Action):
    """Give the emergency numbers; a work order is only offered for afterwards."""

    def name(self) -> str:
        return "action_emergency"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if events := acknowledge(dispatcher, tracker):
            return events
        sound_alarm(dispatcher, tracker)
        return [
            SlotSet("alarm", alarm_of(tracker)["value"]),
            SlotSet("pending", "alarm"),
            SlotSet("last_question", None),
        ]


def alarm_of(tracker: Tracker) -> dict[str, Any]:
    """What the guard found in the latest message; empty when it is no alarm.

    `value` is the kind, `numbers` whom to call, `topic` the hazard, `who` whom it concerns ("" when unknown).
    """
    intent = str((tracker.latest_message.get("intent") or {}).get("name"))
    for entity in tracker.latest_message.get("entities") or ():
        if entity.get("entity") == "alarm":
            return _alarm(entity["value"], entity)
    return _alarm(intent, {}) if intent in DEFAULT_NUMBERS else {}


def _alarm(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    return {
        "value": kind,
        "numbers": found.get("numbers") or DEFAULT_NUMBERS[kind],
        "topic": found.get("topic") or ("self_harm" if kind == SELF_HARM_OR_THREAT else kind),
        "who": found.get("who") or "",
    }


def wording_of(alarm: dict[str, Any]) -> str:
    """Under which key of `wording.yml` the words for an alarm stand."""
    to_the_person, to_another = WORDS.get(alarm["topic"], ("emergency", "emergency"))
    return to_another if alarm["who"] == OTHER else to_the_person


def acknowledge(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """After an alarm, a message that says all is well is acknowledged and the alarm not repeated."""
    is_over = any(entity.get("entity") == "alarm_over" for entity in tracker.latest_message.get("entities") or ())
    if not is_over or not tracker.get_slot("alarm"):
        return []
    say(dispatcher, words("alarm_resolved"), meta={"emergency_resolved": True})
    return [SlotSet("alarm", None), SlotSet("pending", None)]


def sound_alarm(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """Say whom to call, once, as the first thing of the turn."""
    alarm = alarm_of(tracker)
    numbers = [str(number) for number in alarm["numbers"]]
    calls = [{"number": number, "label": SERVICES.get(number, "")} for number in numbers]
    meta = {"outcome": alarm["value"], "hotlines": numbers, "offers": ["work_order"]}
    text = words(wording_of(alarm), numbers="、".join(f"{number}（{SERVICES.get(number, '')}）" for number in numbers))
    say(dispatcher, text, kind="alarm", data={"calls": calls}, quick_replies=options("emergency_options"), meta=meta)
