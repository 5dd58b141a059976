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
DEFAULT_NUMBERS = {EMERGENCY: ("110", "119", "120"), SELF_HARM_OR_THREAT: ("110", "120", "12356")}


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
    """What the guard found in the latest message: {"value": kind, "numbers": [...]}; empty when it is no alarm."""
    intent = str((tracker.latest_message.get("intent") or {}).get("name"))
    for entity in tracker.latest_message.get("entities") or ():
        if entity.get("entity") == "alarm":
            return {"value": entity["value"], "numbers": entity.get("numbers") or DEFAULT_NUMBERS[entity["value"]]}
    if intent in DEFAULT_NUMBERS:
        return {"value": intent, "numbers": DEFAULT_NUMBERS[intent]}
    return {}


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
    is_threat = alarm["value"] == SELF_HARM_OR_THREAT
    key = (
        "emergency" if not is_threat else "threat" if numbers[:1] == ["110"] and "12356" not in numbers else "self_harm"
    )
    calls = [{"number": number, "label": SERVICES.get(number, "")} for number in numbers]
    meta = {"outcome": alarm["value"], "hotlines": numbers, "offers": ["work_order"]}
    text = words(key, numbers="、".join(f"{number}（{SERVICES.get(number, '')}）" for number in numbers))
    say(dispatcher, text, kind="alarm", data={"calls": calls}, quick_replies=options("emergency_options"), meta=meta)
