from __future__ import annotations

import time
from dataclasses import replace

import pytest

from hotline.masks import events_seen_by, hide_text, mask_name, mask_phone, mask_text, masked, may_know, seen_by
from hotline.model import EventKind, Privacy, WorkOrder, WorkOrderEvent
from hotline.people import CITIZEN, SYSTEM, Actor
from hotline.states import State
from tests.hotline.cast import ACCEPTANCE, AUDITOR, CAST, DISPATCHER, LEAD, OTHER, SUPERVISOR, VISITOR, WANG, ZHAO
from tests.hotline.factories import make_order

TOLD = "我叫李小明，请回电13900000000或微信，身份证440203199001010011。"
IDENTITY = ("李小明", "13900000000", "440203199001010011", "****")
HANDLERS = (DISPATCHER, AUDITOR, SUPERVISOR, WANG, ZHAO)


def order_with(privacy: Privacy, **changes: object) -> WorkOrder:
    order = make_order(privacy=privacy, lead_unit=LEAD, title=TOLD, content=TOLD, location=TOLD, reply_text=TOLD)
    return replace(order, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13900000000", "139****0000"),
        ("0751-0001234", "0751-*****34"),
        ("07510001234", "0751*****34"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_a_phone_keeps_only_what_tells_callers_apart(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(("name", "shown"), [("李小明", "李**"), ("李", "*"), ("", "")])
def test_a_name_keeps_its_first_character(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("电话13900000000。", "电话139****0000。"),
        ("139 0000 0000", "139****0000"),
        ("139-0000-0000", "139****0000"),
        ("+86 13900000000", "139****0000"),
        ("１３９００００００００", "139****0000"),
        ("一三九零零零零零零零零", "139****0000"),
        ("幺三九〇〇〇〇〇〇〇〇", "139****0000"),
        ("tel13900000000", "tel139****0000"),
        ("打0751-0001234", "打0751*****34"),
        ("打0001234", "打0001***"),
        ("证号440203199001010011", "证号****************11"),
        ("证号44020319900101001X", "证号***************01"),
        ("写信给 li.xm@example.com", "写信给 ***"),
        ("13900000000元旦", "139****0000元旦"),
        ("2025-03-04 19:30 和 20250304", "2025-03-04 19:30 和 20250304"),
        ("欠薪1200000元、3000000 元、1234567万", "欠薪1200000元、3000000 元、1234567万"),
        ("工单WJ2025030400001", "工单WJ2025030400001"),
        ("住示例路123456号", "住示例路123456号"),
        ("", ""),
    ],
)
def test_numbers_that_lead_to_a_person_are_masked_in_texts(text: str, shown: str) -> None:
    assert mask_text(text) == shown


def test_a_hidden_text_keeps_nothing_of_a_number_or_name() -> None:
    assert hide_text(TOLD, "李小明") == "我叫***，请回电***或微信，身份证***。"


def test_a_long_text_is_masked_in_no_time() -> None:
    started = time.perf_counter()
    for text in ("1 " * 50_000 + "元", "a" * 100_000, "a@" * 50_000, "1((" * 30_000, "零" * 100_000):
        mask_text(text)
    assert time.perf_counter() - started < 3


def test_lists_mask_name_and_phone_in_fields_and_texts() -> None:
    order = masked(order_with(Privacy.PUBLIC))
    assert (order.appellant_name, order.appellant_phone) == ("李**", "139****0000")
    for text in (order.title, order.content, order.location, order.reply_text):
        assert text == "我叫李**，请回电139****0000或微信，身份证****************11。"


@pytest.mark.parametrize("privacy", [Privacy.CONFIDENTIAL, Privacy.ANONYMOUS])
@pytest.mark.parametrize("actor", HANDLERS, ids=lambda actor: actor.name)
def test_handlers_learn_nothing_of_a_citizen_who_stays_unknown(privacy: Privacy, actor: Actor) -> None:
    order = order_with(privacy)
    seen = seen_by(order, actor, co_units=(OTHER,))
    assert not any(part in str(seen) for part in IDENTITY)
    assert (seen.conversation_id, seen.nlu, seen.query_code) == ("", {}, "")
    assert (seen.number, seen.state, seen.version, seen.town) == (order.number, order.state, order.version, order.town)


@pytest.mark.parametrize("actor", [ACCEPTANCE, VISITOR], ids=lambda actor: actor.name)
def test_those_who_speak_with_the_citizen_know_who_it_is(actor: Actor) -> None:
    seen = seen_by(order_with(Privacy.CONFIDENTIAL), actor)
    assert (seen.appellant_name, seen.appellant_phone, seen.content) == ("李小明", "13900000000", TOLD)


@pytest.mark.parametrize(
    ("actor", "co_units", "knows"),
    [
        (WANG, (), True),
        (ZHAO, (), False),
        (ZHAO, (OTHER,), True),
        (Actor("无单位", WANG.role), (), False),
        (DISPATCHER, (), True),
        (AUDITOR, (), True),
    ],
)
def test_of_units_only_those_that_handle_it_know_the_citizen(
    actor: Actor, co_units: tuple[str, ...], knows: bool
) -> None:
    order = order_with(Privacy.PUBLIC)
    seen = seen_by(order, actor, co_units)
    assert may_know(order, actor, co_units) is knows
    assert seen.appellant_phone == ("13900000000" if knows else "139****0000")
    assert seen.content == (TOLD if knows else masked(order).content)


def test_a_unit_without_a_name_does_not_handle_orders_without_a_unit() -> None:
    assert not may_know(order_with(Privacy.PUBLIC, lead_unit=""), Actor("无单位", WANG.role))


def test_only_the_counter_and_the_owner_see_the_query_code() -> None:
    order = order_with(Privacy.PUBLIC)
    assert {actor for actor in CAST if seen_by(order, actor).query_code} == {CITIZEN, SYSTEM, ACCEPTANCE}


def test_the_owner_sees_the_order_as_it_is() -> None:
    order = order_with(Privacy.CONFIDENTIAL)
    assert seen_by(order, CITIZEN) == order == seen_by(order, SYSTEM)


def test_the_history_tells_handlers_no_more_than_the_order() -> None:
    order = order_with(Privacy.CONFIDENTIAL)
    line = WorkOrderEvent(order.number, EventKind.URGE, order.received_at, "citizen", State.SIGNED, State.SIGNED, TOLD)
    (seen,) = events_seen_by([line], order, WANG)
    assert seen == replace(line, reason="我叫***，请回电***或微信，身份证***。")
    assert events_seen_by([line], order, VISITOR) == (line,)
    (public,) = events_seen_by([line], replace(order, privacy=Privacy.PUBLIC), ZHAO)
    assert "139****0000" in public.reason
