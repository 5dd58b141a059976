"""Fill in a work order in conversation, and file it when the citizen has confirmed it."""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import replace
from datetime import date
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.cards import receipt_card
from actions.emergency import alarm_of, sound_alarm
from actions.own_orders import take_for_order
from actions.questions import REGISTER, context_of, tell
from actions.resolve import SHORT, is_plain_question, resolve
from actions.say import options, say, words
from actions.services import Services, current
from hotline import routing, scope, store
from hotline.deadlines import SHANGHAI
from hotline.form import NOT_GIVEN, Ending, Field, OrderForm, Step, begin, has_substance, take
from hotline.model import OrderDraft, OrderType, Privacy, WorkOrder
from knowledge_base.places import town_code
from knowledge_base.search import Found
from knowledge_base.text import normalise

TYPES = {
    "complain": OrderType.COMPLAINT,
    "report": OrderType.REPORT,
    "seek_help": OrderType.HELP,
    "suggest": OrderType.SUGGESTION,
    "praise": OrderType.PRAISE,
}
SLOTS = ("draft", "type", "content", "town", "location", "time", "phone", "privacy", "confirm")
DOUBT_AT = 0.13  # share of ask_guide from which a message that sounds like a complaint may be a question
SURE_AT = 0.7  # confidence of the search from which it then is one
_WISH = re.compile(r"投诉|举报|建议|意见|反映|表扬|感谢|点赞|希望|求助|帮帮|安排")
ASIDE_AT = 0.7  # intent confidence from which a question inside the form is answered as a question


class ValidateWorkOrderForm(Action):
    """Read a message into the form; answer a question asked in between; notice cancelling and confirming."""

    def name(self) -> str:
        return "validate_work_order_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        services, message = current(), str(tracker.latest_message.get("text") or "")
        today = services.now().astimezone(SHANGHAI).date()
        if not tracker.get_slot("order_draft"):
            taken = await take_for_order(dispatcher, tracker, message)
            if taken is not None:
                return [*taken, *_no_form()]
            question = await _question_after_all(dispatcher, tracker, services, message)
            return question or _begin(dispatcher, tracker, message, today)
        form = form_of(tracker)
        if alarm_of(tracker):
            sound_alarm(dispatcher, tracker)
            return [*_ask(dispatcher, form), SlotSet("alarm", alarm_of(tracker)["value"])]
        step = take(form, message, today)
        if step.ending is not None:
            return [*_events(step.form, None), SlotSet("order_confirm", step.ending.value)]
        if _is_aside(tracker, step):
            events = await _answer_aside(dispatcher, tracker, services, message)
            if events is not None:
                return [*events, *_ask(dispatcher, form)]
        _comment(dispatcher, form, step)
        return _ask(dispatcher, step.form)


class ActionFinishWorkOrder(Action):
    """File the confirmed order and give its receipt, or say that nothing was filed."""

    def name(self) -> str:
        return "action_finish_work_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        ending = tracker.get_slot("order_confirm")
        cleared = [SlotSet(f"order_{name}", None) for name in SLOTS]
        if ending == Ending.SUBMITTED.value:
            services = current()
            order = await asyncio.to_thread(_file, services, tracker)
            _give_receipt(dispatcher, order)
            return [*cleared, SlotSet("last_order", order.number), SlotSet("last_question", None)]
        if ending == Ending.CANCELLED.value:
            meta = {"outcome": "work_order", "work_order": "cancelled", "previous": "cancelled"}
            say(dispatcher, words("form_cancelled"), quick_replies=options("starters"), meta=meta)
        return cleared


async def _question_after_all(
    dispatcher: CollectingDispatcher, tracker: Tracker, services: Services, message: str
) -> list[EventType]:
    """Answer instead of filing, when the classifier was in doubt and the base is sure; else nothing."""
    ranking = tracker.latest_message.get("intent_ranking") or ()
    doubt = max((float(each["confidence"]) for each in ranking if each["name"] == "ask_guide"), default=0.0)
    context, text = context_of(tracker), normalise(message)
    if REGISTER.search(text):
        return []
    may_choose = bool(context.choices) and len(text) <= SHORT
    meaning = await asyncio.to_thread(resolve, services.knowledge, message, context)
    is_choice = may_choose and meaning.from_context
    is_doubtful = doubt >= DOUBT_AT and not _WISH.search(text)
    is_answered = is_choice or (is_doubtful and meaning.result.confidence >= SURE_AT)
    if meaning.result.found is not Found.ANSWER:
        return []
    if not is_answered and not is_plain_question(services.knowledge, message, meaning):
        return []
    events = tell(dispatcher, tracker, services, meaning, message)
    return [*events, *_no_form()]


def _no_form() -> list[EventType]:
    """The message was answered, so no form begins."""
    return [SlotSet("order_confirm", "answered"), SlotSet("requested_slot", None), ActiveLoop(None)]


def form_of(tracker: Tracker) -> OrderForm:
    """The form as the slots hold it."""
    values = {name: tracker.get_slot(f"order_{name}") or "" for name in SLOTS}
    asked = str(tracker.get_slot("requested_slot") or "").removeprefix("order_")
    return OrderForm(
        type=OrderType(values["type"] or OrderType.COMPLAINT),
        content=values["content"],
        town=values["town"],
        location=values["location"],
        time=values["time"],
        phone=values["phone"],
        privacy=values["privacy"],
        asked=Field(asked) if asked in set(Field) else None,
    )


def _begin(dispatcher: CollectingDispatcher, tracker: Tracker, message: str, today: date) -> list[EventType]:
    intent = str((tracker.latest_message.get("intent") or {}).get("name"))
    question = tracker.get_slot("last_question") if intent not in TYPES else None
    order_type = TYPES.get(intent, OrderType.CONSULT if question else OrderType.COMPLAINT)
    refusal = scope.check(normalise(message))
    if refusal is not None:
        text = words("form_refused", reason=refusal.reason, channel=refusal.channel)
        meta = {"outcome": "out_of_scope", "reject_reason": refusal.code}
        say(dispatcher, text, quick_replies=options("out_of_scope_options"), meta=meta)
        return [SlotSet("order_confirm", "refused"), SlotSet("requested_slot", None), ActiveLoop(None)]
    step = begin(order_type, message, today)
    if question:
        extra = f"\n补充：{message.strip()}" if has_substance(message) else ""
        step = replace(step, form=replace(step.form, content=f"{question}{extra}"))
    started = words("form_started", label=order_type.label, notice=words("form_notice"))
    say(dispatcher, started, kind="notice", meta=_meta(step.form, "started", message))
    _comment(dispatcher, step.form, replace(step, corrected=()))
    draft = SlotSet("order_draft", secrets.token_hex(8))
    return [draft, SlotSet("order_type", order_type.value), SlotSet("pending", None), *_ask(dispatcher, step.form)]


def _ask(dispatcher: CollectingDispatcher, form: OrderForm) -> list[EventType]:
    """Read back when all is there; Rasa then asks for the field."""
    if form.missing is Field.CONFIRM:
        _read_back(dispatcher, form)
    return _events(form, form.missing)


def _events(form: OrderForm, field: Field | None) -> list[EventType]:
    values = {name: getattr(form, name) for name in ("content", "town", "location", "time", "phone", "privacy")}
    events = [SlotSet(f"order_{name}", value or None) for name, value in values.items()]
    return [*events, SlotSet("requested_slot", f"order_{field.value}" if field else None)]


def _read_back(dispatcher: CollectingDispatcher, form: OrderForm) -> None:
    text = words(
        "form_read_back",
        type=form.type.label,
        content=form.content,
        place=_place(form),
        time=form.time or NOT_GIVEN,
        phone=form.phone or NOT_GIVEN,
        privacy=Privacy(form.privacy).label if form.privacy else NOT_GIVEN,
    )
    say(dispatcher, text, kind="notice", meta=_meta(form, "confirming", ""))


def _place(form: OrderForm) -> str:
    return " ".join(part for part in (form.town.replace("|", "、"), form.location) if part) or NOT_GIVEN


def _comment(dispatcher: CollectingDispatcher, before: OrderForm, step: Step) -> None:
    """Say what was understood otherwise than asked: a correction, a bad phone, a refused one."""
    if step.invalid_phone:
        say(dispatcher, words("form_phone_invalid", phone=step.invalid_phone), meta={"invalid": "phone"})
    if step.phone_refused:
        say(dispatcher, words("form_phone_refused"), meta={"accepts_refusal": True})
    if step.corrected and before.asked is not step.corrected[0]:
        what = "；".join(
            _place(step.form) if name is Field.LOCATION else _value(step.form, name) for name in step.corrected
        )
        say(dispatcher, words("form_correction", what=what))
    if step.needs_what_to_change:
        say(dispatcher, words("form_what_to_change"))


def _value(form: OrderForm, field: Field) -> str:
    value = str(getattr(form, field.value))
    return Privacy(value).label if field is Field.PRIVACY else value


def _meta(form: OrderForm, stage: str, message: str) -> dict[str, Any]:
    meta: dict[str, Any] = {"outcome": "work_order", "order_type": form.type.value, "town": form.town}
    if stage:
        meta["work_order"] = stage
    if message:
        meta["department"] = routing.propose(normalise(message), form.town).unit or ""
    return meta


def _is_aside(tracker: Tracker, step: Step) -> bool:
    intent = tracker.latest_message.get("intent") or {}
    is_question = intent.get("name") == "ask_guide" and float(intent.get("confidence") or 0.0) >= ASIDE_AT
    return is_question and not (step.form.phone and step.changed and step.form.asked is Field.PHONE)


async def _answer_aside(
    dispatcher: CollectingDispatcher, tracker: Tracker, services: Services, message: str
) -> list[EventType] | None:
    """Answer a guide question inside the form; None when the base has no certain answer, so it is a detail."""
    meaning = await asyncio.to_thread(resolve, services.knowledge, message, context_of(tracker))
    if meaning.result.found is not Found.ANSWER:
        return None
    events = tell(dispatcher, tracker, services, meaning, message)
    say(dispatcher, words("form_kept"), meta={"form": "kept", "work_order": "resumed"})
    return events


def _file(services: Services, tracker: Tracker) -> WorkOrder:
    form = form_of(tracker)
    proposal = routing.propose(normalise(form.content), form.town)
    first_town = form.town.split("|")[0]
    draft = OrderDraft(
        draft_id=tracker.get_slot("order_draft"),
        type=form.type,
        content=form.content,
        conversation_id=tracker.sender_id,
        privacy=Privacy(form.privacy) if form.privacy else Privacy.CONFIDENTIAL,
        town=form.town,
        town_code=town_code(first_town),
        location="" if form.location == NOT_GIVEN else form.location,
        incident_time="" if form.time == NOT_GIVEN else form.time,
        appellant_phone="" if form.phone == NOT_GIVEN else form.phone,
        category=proposal.category,
        proposed_unit=proposal.unit or "",
        routing_explanation=proposal.explanation,
        linked_entry=tracker.get_slot("matter") or "",
        nlu={"routing_score": proposal.score},
    )
    return store.submit(services.engine, draft, now=services.now())


def _give_receipt(dispatcher: CollectingDispatcher, order: WorkOrder) -> None:
    text = words(
        "receipt",
        type=order.type.label,
        number=order.number,
        query_code=order.query_code,
        due=order.due_on.isoformat(),
        days=order.limit_days,
        basis=order.limit_basis,
        provisional=words("provisional") if order.is_due_provisional else "",
    )
    meta = {
        "outcome": "work_order",
        "work_order": "submitted",
        "order_type": order.type.value,
        "town": order.town,
        "department": order.proposed_unit,
        "tells_deadline": True,
        "number": order.number,
    }
    say(dispatcher, text, kind="receipt", data=receipt_card(order), meta=meta)
