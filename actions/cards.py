"""Turn an answer, a choice or an order into the card that channels draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from actions.say import words
from hotline.deadlines import SHANGHAI
from hotline.masks import mask_phone
from hotline.model import EventKind, Privacy, WorkOrder, WorkOrderEvent
from hotline.public import Main, public_state, public_steps, question_asked
from hotline.states import State
from knowledge_base.answer import Answer, wording
from knowledge_base.aspects import aspect_table
from knowledge_base.model import Confidence, Entry, Guide, Material


def answer_card(answer: Answer) -> dict[str, Any]:
    """Card of kind `answer`."""
    entry, use, card = answer.entry, answer.channel, answer.channel_card
    channel = None
    if use is not None and card is not None:
        channel = {"name": card.name, "entry": use.entry, "url": use.url or card.url, "how": card.how}
    return {
        "code": entry.code,
        "name": entry.name,
        "aspect": answer.aspect.value,
        "aspect_label": aspect_table()[answer.aspect].label,
        "lead": [] if answer.materials else [{"text": line.text, "note": line.note} for line in answer.lead],
        "materials": [
            {
                "name": material.text,
                "necessity": material.necessity,
                "note": material_note(material),
                "is_exempt": material.is_exempt,
            }
            for material in answer.materials
        ],
        "channel": channel,
        "place": answer.place,
        "source": "、".join(answer.sources),
        "source_url": entry.source_url,
        "verified_at": entry.verified_at.isoformat() if entry.verified_at else None,
        "unit": entry.owner_unit,
        "disclaimer": wording()["disclaimer"],
        "level_note": "\n".join(note for note in (answer.expiry_note, answer.level_note, entry.notice) if note),
        "ratable": True,
    }


def material_note(material: Material) -> str:
    """Which case a material is for, what to mind, and how far the statement may be trusted."""
    general = wording()["general_note"] if material.confidence is Confidence.GENERAL else ""
    return "；".join(part.rstrip("。；") for part in (material.situation, material.note, general) if part)


def choices_card(question: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """Card of kind `choices`."""
    offered = [
        {"code": entry.code, "name": entry.name, "contrast": entry.contrast if isinstance(entry, Guide) else ""}
        for entry in entries
    ]
    return {"question": question, "choices": offered}


def receipt_card(order: WorkOrder) -> dict[str, Any]:
    """Card of kind `receipt`."""
    return {
        "number": order.number,
        "query_code": order.query_code,
        "due_on": order.due_on.isoformat(),
        "limit_text": f"{order.limit_days}个工作日",
        "type_label": order.type.label,
        "town": order.town.replace("|", "、"),
        "notice": order.limit_basis,
    }


def status_card(order: WorkOrder, history: Sequence[WorkOrderEvent], main: Main | None = None) -> dict[str, Any]:
    """Card of kind `order_status`: public steps only. `main` is the order that a duplicate was merged into."""
    state = public_state(order, history)
    label = state.public_label
    return {
        "number": order.number,
        "state": state.value,
        "state_label": words("merged_state", state=label, main=main.label) if main else label,
        "history": [
            {"at": event.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"), "label": event_label(event)}
            for event in public_steps(history)
        ],
        "due_on": order.due_on.isoformat(),
        "reply": main.reply if main else order.reply_text,
        "question": question_asked(history) if state is State.NEED_INFO else "",
    }


def event_label(event: WorkOrderEvent) -> str:
    """What a line of the history says to the citizen."""
    return words("urge_label") if event.kind is EventKind.URGE else event.to_state.public_label


def form_card(field: str, slots: dict[str, Any]) -> dict[str, Any]:
    """Card of kind `form`: the field asked and what has been given so far, phone masked."""
    phone = str(slots.get("order_phone") or "")
    privacy = str(slots.get("order_privacy") or "")
    return {
        "field": field,
        "progress": {
            "content": slots.get("order_content") or "",
            "town": str(slots.get("order_town") or "").replace("|", "、"),
            "location": slots.get("order_location") or "",
            "time": slots.get("order_time") or "",
            "phone": mask_phone(phone) if phone and phone != words("not_given") else phone,
            "privacy": Privacy(privacy).label if privacy in set(Privacy) else privacy,
        },
    }
