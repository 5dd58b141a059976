"""Answer a question from the knowledge base, ask back, or admit and offer the ways that remain."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.cards import answer_card, choices_card
from actions.emergency import acknowledge
from actions.own_orders import take_for_order
from actions.resolve import Context, Meaning, is_plain_question, resolve
from actions.say import options, say, words
from actions.services import Services, current
from hotline.deadlines import SHANGHAI
from knowledge_base.answer import compose, render
from knowledge_base.aspects import aspect_table
from knowledge_base.model import Entry
from knowledge_base.places import is_served_in, other_region_asked, towns_in
from knowledge_base.search import Found
from knowledge_base.text import normalise

REGISTER = re.compile(
    r"^(?:那就?|好|请|要)?登记(?:一下|咨询|工单|咨询工单|吧)*$|(?:帮|替|给)我.{0,6}(?:登记|登个记|提交|反映|记一下|开个?工单)"
    r"|再(?:次)?反映|(?:开|写|转|建|提)个?工单|留(?:个)?言"
)
_YES = re.compile(r"^(?:好|好的|行|可以|要|需要|嗯|是|是的|对|对的|得|ok|麻烦了|那就.{0,8}吧)[，,。!！\s]*")
DISSATISFIED = re.compile(
    r"看不(?:明白|懂)|没(?:回答|答|听懂|说清)|答非所问|等于没(?:回答|说)"
    r"|不是我(?:要|想)?问的|没用|听不懂|说的什么"
)
OFFERS = ("register", "redo", "alarm", "rate_order")  # values of `pending` after which a yes begins the form
_KEY = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])|wj\s*[0-9]", re.IGNORECASE)
_REPHRASE = re.compile(r"^换个?说法$")


class ActionAnswerQuestion(Action):
    """Find the entry a message asks for and quote it, in the light of the conversation so far."""

    def name(self) -> str:
        return "action_answer_question"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        services, message = current(), str(tracker.latest_message.get("text") or "")
        before = acknowledge(dispatcher, tracker)
        if before and len(normalise(message)) <= LONGEST_REASSURANCE:
            return before
        if (events := await take_for_order(dispatcher, tracker, message)) is not None:
            return [*before, *events]
        if (events := _about_last_question(dispatcher, tracker, message)) is not None:
            return [*before, *events]
        meaning = await asyncio.to_thread(resolve, services.knowledge, message, context_of(tracker))
        region = other_region_asked(message)
        if region and not is_served_in(meaning.result.first, region):
            meta = {"outcome": "out_of_scope"}
            say(dispatcher, words("other_region", region=region), quick_replies=options("starters"), meta=meta)
            return [*before, SlotSet("pending", None)]
        return [*before, *tell(dispatcher, tracker, services, meaning, message)]


class ActionDecline(Action):
    """Refuse what lies outside, unless the base clearly holds an answer."""

    def name(self) -> str:
        return "action_decline"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        services, message = current(), str(tracker.latest_message.get("text") or "")
        if (events := await take_for_order(dispatcher, tracker, message)) is not None:
            return events
        meaning = await asyncio.to_thread(resolve, services.knowledge, message, context_of(tracker))
        is_sure = meaning.from_context or meaning.result.confidence >= SURE_AT
        is_question = is_plain_question(services.knowledge, message, meaning)
        if meaning.result.found is Found.ANSWER and (is_sure or is_question):
            return tell(dispatcher, tracker, services, meaning, message)
        meta = {"outcome": "out_of_scope", "candidates": _candidates(meaning)}
        say(dispatcher, words("out_of_scope"), quick_replies=options("out_of_scope_options"), meta=meta)
        return []


LONGEST_REASSURANCE = 16  # characters up to which "没事了" is all that a message says
SHORTEST_QUESTION = 6  # characters up to which a yes, no or never mind says nothing else
SURE_AT = 0.85  # confidence from which an answer is given although the message sounds out of scope


def context_of(tracker: Tracker) -> Context:
    """What the conversation was about, from the slots."""
    return Context(
        matter=tracker.get_slot("matter") or "",
        aspect=tracker.get_slot("aspect") or "",
        choices=tuple(tracker.get_slot("choices") or ()),
    )


def tell(
    dispatcher: CollectingDispatcher, tracker: Tracker, services: Services, meaning: Meaning, message: str
) -> list[EventType]:
    """Say what the search came to and remember it."""
    towns = towns_in(message)
    town = towns[0] if towns else tracker.get_slot("town") or ""
    remembered = [SlotSet("town", town or None), SlotSet("pending", None)]
    if meaning.result.found is Found.ANSWER:
        return [*remembered, *_answer(dispatcher, services, meaning, town)]
    if meaning.result.found is Found.ASK_BACK:
        return [*remembered, *_ask_back(dispatcher, meaning)]
    return [*remembered, *_admit(dispatcher, meaning, message)]


def _answer(dispatcher: CollectingDispatcher, services: Services, meaning: Meaning, town: str) -> list[EventType]:
    entry, faq = meaning.result.first, meaning.result.faq
    aspect = faq.aspect if faq is not None and faq.aspect is not None else meaning.aspect
    picture, today = services.knowledge.picture, services.now().astimezone(SHANGHAI).date()
    answer = compose(entry, aspect, picture.channels, town=town, faq=faq, halls=picture.halls, today=today)
    follow_ups = [aspect_table()[other].ask for other in answer.other_aspects]
    meta = {
        "outcome": "answer",
        "entries": _codes(meaning),
        "aspect": aspect.value,
        "confidence": round(meaning.result.confidence, 4),
        "candidates": _candidates(meaning),
        "faq": faq.question if faq else None,
        "thresholds": meaning.result.thresholds,
    }
    say(dispatcher, render(answer), kind="answer", data=answer_card(answer), quick_replies=follow_ups, meta=meta)
    return [SlotSet("matter", entry.code), SlotSet("aspect", aspect.value), SlotSet("choices", None)]


def _ask_back(dispatcher: CollectingDispatcher, meaning: Meaning) -> list[EventType]:
    choices = meaning.result.choices
    lines = [f"{place}. {_choice_line(entry)}" for place, entry in enumerate(choices, start=1)]
    meta = {
        "outcome": "ask_back",
        "entries": [entry.code for entry in choices],
        "aspect": meaning.aspect.value,
        "confidence": round(meaning.result.confidence, 4),
        "candidates": _candidates(meaning),
        "thresholds": meaning.result.thresholds,
    }
    text = "\n".join([words("ask_back"), *lines])
    replies = [*(entry.name for entry in choices), words("ask_back_register")]
    say(
        dispatcher,
        text,
        kind="choices",
        data=choices_card(words("ask_back"), choices),
        quick_replies=replies,
        meta=meta,
    )
    return [SlotSet("choices", [entry.code for entry in choices]), SlotSet("aspect", meaning.aspect.value)]


def _choice_line(entry: Entry) -> str:
    contrast = getattr(entry, "contrast", "")
    return f"{entry.name}（{contrast}）" if contrast else entry.name


def _admit(dispatcher: CollectingDispatcher, meaning: Meaning, message: str) -> list[EventType]:
    gap = meaning.result.gap
    text = words("admit_gap", name=gap.name, unit=gap.owner_unit or "相关部门") if gap is not None else words("admit")
    meta = {
        "outcome": "admit",
        "entries": [],
        "aspect": meaning.aspect.value,
        "confidence": round(meaning.result.confidence, 4),
        "candidates": _candidates(meaning),
        "gap": gap.code if gap is not None else None,
        "offers": ["rephrase", "human_agent", "work_order", "hotline"],
        "hotlines": ["12345"],
        "thresholds": meaning.result.thresholds,
    }
    say(dispatcher, text, quick_replies=options("admit_options"), meta=meta)
    return [SlotSet("last_question", message), SlotSet("pending", "register"), SlotSet("choices", None)]


def _about_last_question(dispatcher: CollectingDispatcher, tracker: Tracker, message: str) -> list[EventType] | None:
    """Words about the conversation itself: register it, rephrase, not satisfied. None when it is none of these."""
    text, intent = normalise(message), (tracker.latest_message.get("intent") or {}).get("name")
    pending, last = tracker.get_slot("pending"), tracker.get_slot("last_question")
    if pending in ("order_no", "query_code") and _KEY.search(text):
        return [FollowupAction("action_query_order")]
    if _REPHRASE.match(text) or text == words("ask_back_register"):
        say(dispatcher, words("rephrase"), meta={"outcome": "admit", "offers": ["rephrase"]})
        return [SlotSet("choices", None)]
    if DISSATISFIED.search(text) and len(text) <= 24:
        offers = ["rephrase", "human_agent", "work_order"]
        meta = {"outcome": "admit", "offers": offers}
        say(dispatcher, words("dissatisfied"), quick_replies=options("admit_options"), meta=meta)
        return [SlotSet("pending", "register"), SlotSet("last_question", last or last_user_question(tracker))]
    wants = REGISTER.search(text) is not None and len(text) <= 40
    agrees = pending in OFFERS and (intent == "affirm" or _YES.match(text))
    if wants or agrees:
        return [FollowupAction("work_order_form")]
    if pending in OFFERS and intent in ("deny", "cancel"):
        say(dispatcher, words("no_context"), meta={"outcome": "small_talk"})
        return [SlotSet("pending", None)]
    if intent in ("affirm", "deny", "cancel") and not tracker.get_slot("choices") and len(text) <= SHORTEST_QUESTION:
        say(dispatcher, words("no_context"), quick_replies=options("starters"), meta={"outcome": "small_talk"})
        return []
    return None


def last_user_question(tracker: Tracker) -> str:
    """The message before the latest one."""
    said = [str(event.get("text") or "") for event in tracker.events if event.get("event") == "user"]
    return said[-2] if len(said) > 1 else ""


def _codes(meaning: Meaning) -> list[str]:
    return [meaning.result.first.code]


def _candidates(meaning: Meaning) -> list[dict[str, Any]]:
    return [
        {"code": each.entry.code, "name": each.entry.name, "share": round(each.share, 4)}
        for each in meaning.result.candidates[:5]
    ]
