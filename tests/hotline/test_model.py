from __future__ import annotations

import pytest

from hotline.errors import InvalidOrder
from hotline.model import OrderType, Privacy, Urgency
from tests.hotline.factories import make_draft


def test_every_enum_value_has_a_chinese_label() -> None:
    assert all(value.label for kind in (OrderType, Privacy, Urgency) for value in kind)
    assert OrderType.CONSULT.label == "咨询"


def test_a_missing_title_is_taken_from_the_first_line() -> None:
    assert make_draft(content="路灯坏了\n晚上很黑").checked().title == "路灯坏了"
    assert make_draft(content="很" * 100).checked().title == "很" * 39 + "…"
    assert make_draft(title="我的标题").checked().title == "我的标题"


@pytest.mark.parametrize("content", ["", "   ", "\n\t", "\x00\x07"])
def test_an_empty_demand_is_refused(content: str) -> None:
    with pytest.raises(InvalidOrder) as refusal:
        make_draft(content=content).checked()
    assert refusal.value.field == "content"


def test_a_text_over_its_length_is_refused() -> None:
    with pytest.raises(InvalidOrder, match="10000 characters"):
        make_draft(content="字" * 10_001).checked()


def test_an_emergency_never_becomes_an_order() -> None:
    with pytest.raises(InvalidOrder, match="110"):
        make_draft(urgency=Urgency.EMERGENCY).checked()


@pytest.mark.parametrize(("lat", "lng"), [(91, 0), (0, -181), (24.8, None), (None, 113.6), (float("nan"), 113.6)])
def test_a_point_that_is_none_is_refused(lat: float | None, lng: float | None) -> None:
    with pytest.raises(InvalidOrder):
        make_draft(lat=lat, lng=lng).checked()
    assert make_draft(lat=24.8, lng=113.6).checked().lat == 24.8


def test_an_anonymous_order_keeps_no_identity() -> None:
    draft = make_draft(privacy=Privacy.ANONYMOUS).checked()
    assert (draft.appellant_name, draft.appellant_phone) == ("", "")


def test_a_confidential_order_keeps_the_contact() -> None:
    assert make_draft(privacy=Privacy.CONFIDENTIAL).checked().appellant_phone == "13900000000"


def test_what_a_database_refuses_is_taken_out() -> None:
    assert make_draft(content=" 路\x00灯\ud800坏了\x1b\n谢谢 ").checked().content == "路灯坏了\n谢谢"
