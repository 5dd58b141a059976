"""Where an answer names a counter, it quotes what the table of halls knows of it, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from actions.cards import answer_card
from knowledge_base.answer import Answer, compose, render
from knowledge_base.halls import hall_of_place, hall_of_town, hall_text, is_known
from knowledge_base.model import Aspect, Confidence, Guide, Hall, Level, Place, Record
from tests.knowledge_base.factories import make_guide

ADDRESS, HOURS, PHONE = "示例路1号", "周一至周五", "0751-0000000"


def make_hall(**changes: Any) -> Hall:
    values: dict[str, Any] = {
        "code": "H001",
        "name": "武江区政务服务中心",
        "level": Level.DISTRICT,
        "address": ADDRESS,
        "hours": HOURS,
        "phone": PHONE,
        "confidence": Confidence.OFFICIAL,
        "source": "示例登记表",
    }
    return Hall(**values | changes)


def make_town_hall(**changes: Any) -> Hall:
    return make_hall(code="H002", name="龙归镇政务服务中心", level=Level.TOWN, town="龙归镇", **changes)


def make_place(**changes: Any) -> Place:
    values: dict[str, Any] = {"name": "区政务服务中心民政窗口", "level": Level.DISTRICT}
    return Place(**values | {"confidence": Confidence.VERIFIED_COPY, "source": "示例指南"} | changes)


def where(guide: Guide, *halls: Hall, town: str = "") -> Answer:
    return compose(guide, Aspect.WHERE, {}, town=town, halls=halls)


NOTHING = {"address": "", "hours": "", "phone": ""}
DELEGATED = make_guide(delegated_to=(Level.TOWN,))


def test_a_place_in_the_district_hall_gets_its_address_hours_and_telephone_with_the_source() -> None:
    answer = where(make_guide(places=(make_place(),)), make_hall())
    text = f"区政务服务中心民政窗口，{ADDRESS}，{HOURS}，电话 {PHONE}"
    assert text in render(answer)
    assert answer.sources == ("示例指南、示例登记表",)
    assert answer_card(answer)["place"] == text


def test_what_the_place_itself_says_goes_before_the_table() -> None:
    place = make_place(phone="0751-1111111")
    text = render(where(make_guide(places=(place,)), make_hall()))
    assert "0751-1111111" in text
    assert ADDRESS in text
    assert PHONE not in text


def test_a_place_names_its_hall_by_code() -> None:
    place = make_place(name="三楼A区", hall_id="H009")
    other = make_hall(code="H009", address="别处2号")
    assert hall_of_place(place, [make_hall(), other]) == other
    assert hall_of_place(make_place(hall_id="H404"), [make_hall()]) is None


@pytest.mark.parametrize("name", ["参保地社保经办窗口", "浈江区政务服务中心", "市政务服务中心"])
def test_a_place_elsewhere_gets_no_address_of_ours(name: str) -> None:
    assert ADDRESS not in render(where(make_guide(places=(make_place(name=name),)), make_hall()))


def test_the_counter_of_the_citizens_town_is_quoted_with_its_source() -> None:
    answer = where(DELEGATED, make_hall(), make_town_hall(), town="龙归镇")
    text = f"龙归镇政务服务中心，{ADDRESS}，{HOURS}，电话 {PHONE}"
    assert text in render(answer)
    assert "示例登记表" in answer.sources
    assert answer.place == text


def test_an_unverified_row_is_marked_as_such() -> None:
    hall = make_town_hall(confidence=Confidence.GENERAL)
    assert "以当地办事指南为准" in render(where(DELEGATED, hall, town="龙归镇"))


@pytest.mark.parametrize("changes", [NOTHING, {"confidence": Confidence.UNCERTAIN}])
def test_a_row_that_nobody_vouches_for_or_filled_in_says_nothing(changes: dict[str, Any]) -> None:
    hall = make_town_hall(**NOTHING | changes) if changes is NOTHING else make_town_hall(**changes)
    text = render(where(DELEGATED, hall, town="龙归镇"))
    assert not is_known(hall)
    assert "龙归镇政务服务中心" in text
    assert [each for each in (ADDRESS, HOURS, PHONE, "待补充") if each in text] == []


def test_the_hall_of_another_town_is_not_given() -> None:
    assert hall_of_town("西河镇", [make_town_hall()]) is None
    assert hall_of_town("", [make_town_hall()]) is None


def test_only_what_is_known_is_said() -> None:
    assert hall_text(make_hall(hours="", phone="")) == f"武江区政务服务中心，{ADDRESS}"


def test_no_answer_about_a_place_says_that_something_is_to_be_filled_in(shipped_records: list[Record]) -> None:
    halls = [record for record in shipped_records if isinstance(record, Hall)]
    guides = [record for record in shipped_records if isinstance(record, Guide)]
    texts = {guide.code: render(where(guide, *halls, town="龙归镇")) for guide in guides}
    assert [code for code, text in texts.items() if "待补充" in text] == []
