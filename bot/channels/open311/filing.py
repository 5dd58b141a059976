"""From a checked form to a work order. Nothing of the sender beyond name and phone is kept: no e-mail, no device."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Engine

from bot import guards
from bot.channels.open311.errors import Open311Error
from bot.channels.open311.messages import Filled, parse_media_url, parse_point
from hotline import routing, store
from hotline.errors import InvalidOrder
from hotline.model import OrderDraft, Privacy, Urgency, WorkOrder, storable
from hotline.open311_requests import SOURCE
from hotline.open311_services import Service
from knowledge_base.places import Town, towns, towns_in
from knowledge_base.text import normalise

NO_PLACE = "未提供"  # address_string of an order that has no place
TOWN_DIGITS = 9  # of the 12-digit code of a village, those that name its town
YES_NO = {"true": True, "false": False}

_LATIN = re.compile(r"[A-Za-z .'-]+")


def draft_of(filled: Filled, service: Service, client: str, key: str) -> OrderDraft:
    """The draft of a form; `key` is the sender's idempotency key, if any. Raises Open311Error."""
    fields, attributes = filled.fields, filled.attributes
    point = parse_point(fields)
    location = storable(fields.get("address_string", ""))
    address = _town_of_code(fields["address_id"], "address_id") if "address_id" in fields else None
    if service.needs_place and point is None and not location and address is None:
        raise Open311Error(
            f"缺少地点：请给出 lat 和 long、address_string 或 address_id；没有地点时 address_string 写“{NO_PLACE}”。"
        )
    location = "" if location == NO_PLACE else location
    town = _town_of_code(attributes["town"], "town") if "town" in attributes else address or _town_named(location)
    description = storable(fields.get("description", ""))
    media_url = parse_media_url(fields)
    draft = OrderDraft(
        draft_id=draft_id(client, key or secrets.token_hex(16)),
        type=service.type,
        content=description or f"{service.name}（未填写说明）",
        source=SOURCE,
        source_sub=client,
        privacy=_privacy(attributes),
        public_reply=_yes(attributes, "public_reply"),
        category=service.category,
        town=town.name if town else "",
        town_code=town.code if town else "",
        location=location,
        incident_time=attributes.get("incident_time", ""),
        appellant_name=_name(fields),
        appellant_phone=fields.get("phone", ""),
        lat=point[0] if point else None,
        lng=point[1] if point else None,
        nlu={"open311": {"media_url": media_url}} if media_url else {},
    )
    return _routed(_screened(draft))


def file(engine: Engine, draft: OrderDraft, *, now: datetime) -> WorkOrder:
    """Raises Open311Error. The same draft filed again gives the same order."""
    try:
        return store.submit(engine, draft, now=now, actor=f"{SOURCE.lower()}:{draft.source_sub}")
    except InvalidOrder as error:
        raise Open311Error(f"内容无法登记：{error.field}。") from error


def draft_id(client: str, key: str) -> str:
    """Of this client's filing alone: two clients may choose the same key."""
    digest = hashlib.sha256(f"{client}\n{key}".encode("utf-8", "replace")).hexdigest()
    return f"{SOURCE.lower()}:{digest}"


def notice(order: WorkOrder) -> str:
    """What the citizen should be told: how to ask for the state, by when, and whom to call in danger."""
    rest = "" if order.is_official_limit else "（非官方时限）"
    parts = [f"已登记。工单编号 {order.number}，查询码 {order.query_code}，办理期限 {order.due_on}{rest}。"]
    if order.urgency is Urgency.URGENT:
        parts.append("如有人身危险，请立即拨打 110、119 或 120。")
    return "".join(parts)


def _screened(draft: OrderDraft) -> OrderDraft:
    """Danger to life and threats are marked for staff at once. Nothing is turned away: the sender may be a hotline."""
    alarm = guards.check(draft.content)
    if alarm is None:
        return draft
    return replace(draft, urgency=Urgency.URGENT, is_threat=alarm.kind == guards.SELF_HARM_OR_THREAT)


def _routed(draft: OrderDraft) -> OrderDraft:
    proposal = routing.propose(normalise(draft.content), draft.town)
    nlu = {**draft.nlu, "routing_score": proposal.score}
    return replace(draft, proposed_unit=proposal.unit or "", routing_explanation=proposal.explanation, nlu=nlu)


def _town_of_code(code: str, name: str) -> Town:
    """The town of a 12-digit town or village code of the statistics bureau."""
    if len(code) == 12 and code.isascii() and code.isdecimal():
        for town in towns():
            if town.code[:TOWN_DIGITS] == code[:TOWN_DIGITS]:
                return town
    raise Open311Error(f"{name} 须为本区镇街或村居的 12 位代码。")


def _town_named(location: str) -> Town | None:
    """The town that an address names, when it names exactly one."""
    names = towns_in(location)
    return next((town for town in towns() if [town.name] == list(names)), None)


def _privacy(attributes: Mapping[str, str]) -> Privacy:
    try:
        return Privacy(attributes.get("privacy", Privacy.PUBLIC))
    except ValueError as error:
        raise Open311Error("attribute[privacy] 只能是 public、confidential 或 anonymous。") from error


def _yes(attributes: Mapping[str, str], name: str) -> bool:
    if (answer := YES_NO.get(attributes.get(name, "false"))) is None:
        raise Open311Error(f"attribute[{name}] 只能是 true 或 false。")
    return answer


def _name(fields: Mapping[str, str]) -> str:
    """Chinese names have the family name first and no space."""
    first, last = fields.get("first_name", ""), fields.get("last_name", "")
    return f"{first} {last}".strip() if _LATIN.fullmatch(first + last) else last + first
