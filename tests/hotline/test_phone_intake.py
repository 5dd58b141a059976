from __future__ import annotations

import argparse
import io
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from hotline import cli_phone, store
from hotline.model import Card, OrderType, Privacy, Urgency
from hotline.people import Actor
from hotline.phone_intake import Call, InvalidCall, draft_of, take_call
from hotline.states import Role
from tests.hotline.factories import TUESDAY_MORNING

OPERATOR = Actor("李", Role.ACCEPTANCE)
CALL = Call(
    call_id="示例-1",
    type=OrderType.COMPLAINT,
    content="示例路口的夜宵摊每晚占道经营到两点。",
    privacy=Privacy.PUBLIC,
    town="龙归圩",
    location="示例路1号",
    incident_time="昨晚",
    name="王女士（示例）",
    phone="0751 6001234",
)


def problems(**changes: Any) -> list[str]:
    with pytest.raises(InvalidCall) as caught:
        draft_of(replace(CALL, **changes))
    return [problem.field for problem in caught.value.problems]


def test_a_call_becomes_a_draft_with_source_and_official_names() -> None:
    draft = draft_of(CALL)
    assert (draft.source, draft.town, draft.town_code) == ("电话", "龙归镇", "440203102000")
    assert (draft.appellant_phone, draft.proposed_unit) == ("0751-6001234", "区城管执法局")
    assert draft.routing_explanation


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert problems(content=" ", town="浈江区", phone="123", urgency=Urgency.EMERGENCY) == [
        "content",
        "urgency",
        "town",
        "phone",
    ]


def test_a_complaint_needs_a_contact_and_a_place() -> None:
    assert problems(phone="", town="", location="") == ["location", "phone"]


@pytest.mark.parametrize("kind", [OrderType.CONSULT, OrderType.SUGGESTION, OrderType.HELP])
def test_a_question_needs_neither(kind: OrderType) -> None:
    draft = draft_of(replace(CALL, type=kind, phone="", town="", location=""))
    assert draft.appellant_phone == ""


def test_an_anonymous_caller_leaves_no_name_and_no_phone() -> None:
    draft = draft_of(replace(CALL, privacy=Privacy.ANONYMOUS, phone="不留"))
    assert (draft.appellant_name, draft.appellant_phone) == ("", "")


@pytest.mark.parametrize("field", ["content", "location", "name", "title", "call_id"])
def test_a_text_that_is_too_long_is_told_with_its_field(field: str) -> None:
    assert problems(**{field: "长" * 10_001}) == [field]


def test_a_matter_of_the_town_names_the_town_itself() -> None:
    draft = draft_of(replace(CALL, content="村委会不给开证明，村道破损", title=""))
    assert draft.proposed_unit in ("龙归镇", "")
    assert draft.proposed_unit != "所在镇街"


def test_the_same_call_is_filed_once_in_the_operators_name(engine: Engine) -> None:
    order = take_call(engine, CALL, OPERATOR, now=TUESDAY_MORNING)
    assert take_call(engine, CALL, OPERATOR, now=TUESDAY_MORNING).number == order.number
    (event,) = store.history(engine, order.number)
    assert (event.actor, event.role) == ("李", "acceptance")


def test_a_threat_is_escalated_at_once(engine: Engine) -> None:
    assert take_call(engine, replace(CALL, is_threat=True), OPERATOR, now=TUESDAY_MORNING).card is Card.RED


def run(engine: Engine, *words: str) -> int:
    parser = argparse.ArgumentParser()
    cli_phone.add_commands(parser.add_subparsers(required=True))
    args = parser.parse_args(["take", "--operator", "李", *words])
    status: int = args.run(args, engine)
    return status


def test_take_by_options_prints_the_receipt(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--content", "示例小区垃圾没人清运", "--town", "西联", "--phone", "13900000000", "--privacy", "保密"]
    assert run(engine, *words) == 0
    (order,) = store.list_orders(engine)
    assert (order.privacy, order.town, order.type) == (Privacy.CONFIDENTIAL, "西联镇", OrderType.COMPLAINT)
    assert f"已登记 {order.number}，查询码 {order.query_code}" in capsys.readouterr().out


def test_take_without_content_asks_for_each_item(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = "聊天\n建议\n\n建议加装路灯（示例）\n新华街道\n示例路\n\n张先生（示例）\n13900000000\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    assert run(engine) == 0
    (order,) = store.list_orders(engine)
    assert (order.type, order.content, order.town) == (OrderType.SUGGESTION, "建议加装路灯（示例）", "新华街道")
    assert "诉求内容：" in capsys.readouterr().out


def test_take_names_what_is_missing(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(engine, "--content", "示例") == 1
    assert capsys.readouterr().err.splitlines() == [
        "具体位置：投诉、举报请问明镇街或具体位置",
        "联系电话：投诉、举报请留联系电话；市民坚持不留的，选“匿名”",
    ]
