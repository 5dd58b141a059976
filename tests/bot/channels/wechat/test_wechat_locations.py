"""A position on the map: the place of an order, or the nearest counter; what is not known is not guessed."""

from __future__ import annotations

import pytest

from bot.channels.wechat.locations import Place, counters_text, distance, nearest, place_of, shipped_counters, town_at
from bot.channels.wechat.messages import Incoming
from bot.channels.wechat.wording import words
from hotline.form import Field, begin, take
from hotline.model import OrderType
from tests.bot.channels.wechat.account_double import WeChatDouble
from tests.bot.channels.wechat.conftest import HALLS, EchoDialogue, Start

LI = "openid-of-li-0001"
COUNTERS = {"H001": (24.80, 113.58), "H004": (24.70, 113.50)}  # made up


def location(label: str, lat: str = "24.79", lng: str = "113.58") -> dict[str, str]:
    return {"MsgType": "location", "Location_X": lat, "Location_Y": lng, "Scale": "16", "Label": label}


def test_the_town_comes_from_the_address_and_else_from_the_nearest_counter() -> None:
    assert town_at(Place("广东省韶关市武江区西联镇示例路", (24.8, 113.58)), HALLS, COUNTERS) == "西联镇"
    assert town_at(Place("示例路", (24.701, 113.501)), HALLS, COUNTERS) == "西联镇"
    assert town_at(Place("示例路", (24.701, 113.501)), HALLS, {}) == ""


def test_the_nearest_counter_is_named_with_its_distance() -> None:
    found = nearest(Place("", (24.801, 113.58)), HALLS, COUNTERS)
    assert found is not None
    assert (found[0].code, round(found[1])) == ("H001", 111)
    assert nearest(Place("", (39.9, 116.4)), HALLS, COUNTERS) is None


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    assert distance((24.0, 113.0), (25.0, 113.0)) == pytest.approx(111_195, rel=1e-3)


def test_without_positions_the_counter_of_the_town_is_named_and_gaps_are_said() -> None:
    text = counters_text(Place("武江区西联镇示例路", None), HALLS, {})
    assert "西联镇政务服务中心" in text
    assert text.count(words("place_to_fill")) == 3


def test_elsewhere_and_unclear_places_are_said_to_be_so() -> None:
    assert counters_text(Place("广东省广州市天河区示例路", None), HALLS, {}) == words("place_elsewhere")
    assert counters_text(Place("", (24.79, 113.58)), HALLS, {}) == words("place_unclear")


@pytest.mark.parametrize("number", ["nan", "inf", "x", "", "91"])
def test_numbers_that_are_no_position_are_none(number: str) -> None:
    fields = {"Location_X": number, "Location_Y": "113.5", "Label": "示例路"}
    assert place_of(Incoming("o", "a", 1, "location", "1", fields)) == Place("示例路", None)


def test_no_position_of_a_counter_is_shipped_that_nobody_measured() -> None:
    assert shipped_counters() == {}


async def test_a_position_is_the_place_of_the_order_in_progress(
    start: Start, wechat: WeChatDouble, dialogue: EchoDialogue
) -> None:
    worker = await start()
    for text in ("我要投诉", "示例路口占道经营", "西联镇"):
        await wechat.say(worker.url, LI, text)
    await wechat.send(worker.url, LI, location("广东省韶关市武江区西联镇示例路1号"))
    assert dialogue.turns[-1][1] == "广东省韶关市武江区西联镇示例路1号"
    await wechat.send(worker.url, LI, location("广东省韶关市武江区西河镇"))
    assert dialogue.turns[-1][1] == "地点改成广东省韶关市武江区西河镇"


async def test_a_position_alone_is_answered_with_the_counter(start: Start, wechat: WeChatDouble) -> None:
    worker = await start()
    await wechat.send(worker.url, LI, location("广东省韶关市武江区西联镇示例路1号"))
    assert "您的位置在西联镇。" in wechat.texts(LI)[0]


def test_the_real_form_takes_both_sentences_for_the_place() -> None:
    from dataclasses import replace
    from datetime import date

    form = begin(OrderType.COMPLAINT, "示例路口的夜宵摊每晚占道经营到两点", date(2026, 3, 5)).form
    asked = replace(form, asked=Field.LOCATION)
    assert take(asked, "广东省韶关市武江区西联镇示例路1号", date(2026, 3, 5)).form.town == "西联镇"
    later = take(replace(asked, asked=Field.TIME), "地点改成广东省韶关市武江区西联镇示例路1号", date(2026, 3, 5)).form
    assert (later.town, "示例路1号" in later.location) == ("西联镇", True)
