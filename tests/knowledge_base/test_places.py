"""Towns and regions by name, in the spellings that people use."""

from __future__ import annotations

import pytest

from knowledge_base.model import Level
from knowledge_base.places import is_served_in, other_region_asked, town_code, towns, towns_in
from tests.knowledge_base.factories import make_guide


def test_there_are_seven_towns_each_with_its_code() -> None:
    assert len(towns()) == 7
    assert len({town.code for town in towns()}) == 7
    assert all(len(town.code) == 12 and town.code.startswith("440203") for town in towns())


@pytest.mark.parametrize("name", [town.name for town in towns()])
def test_a_town_is_found_by_its_official_name(name: str) -> None:
    assert towns_in(f"我住在{name}，怎么办居住证") == (name,)
    assert town_code(name)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("我在龙归", ("龙归镇",)),
        ("龍歸圩邊度辦", ("龙归镇",)),
        ("從江灣鎮搬到西聯", ("江湾镇", "西联镇")),
        ("西联镇和江湾镇都有", ("西联镇", "江湾镇")),
        ("芙蓉新城附近", ("西联镇",)),
        ("重阳节高龄津贴怎么领", ()),
        ("怎么惠民利民", ()),
        ("", ()),
    ],
)
def test_towns_stand_in_the_order_in_which_they_are_named(message: str, found: tuple[str, ...]) -> None:
    assert towns_in(message) == found


def test_an_unknown_town_has_no_code() -> None:
    assert town_code("不存在镇") == ""


@pytest.mark.parametrize(
    ("message", "region"),
    [
        ("深圳的居住证怎么办", "深圳"),
        ("广州社保怎么交", "广州"),
        ("广州居住证去哪里办", "广州"),
        ("曲江区的低保怎么申请", "曲江区"),
        ("浈江那边高龄津贴找谁", "浈江区"),
        ("湞江區點樣辦低保", "浈江区"),
    ],
)
def test_a_matter_of_another_region_is_noticed(message: str, region: str) -> None:
    assert other_region_asked(message) == region


@pytest.mark.parametrize(
    "message",
    [
        "身份证丢了怎么补",
        "我户口在深圳，在武江能补身份证吗",
        "从广州迁户口回来要什么材料",
        "老家在清远，怎么办居住证",
        "深圳交的社保怎么转回韶关",
        "孩子在佛山出生，回武江上户口",
        "我在龙归镇，想去广州看病怎么备案",
        "异地就医备案去东莞住院",
        "",
    ],
)
def test_a_region_where_someone_comes_from_or_goes_to_is_not_meant(message: str) -> None:
    assert other_region_asked(message) == ""


@pytest.mark.parametrize(
    ("level", "unit", "area", "is_served"),
    [
        (Level.PROVINCE, "广东省公安厅", "广东省", True),
        (Level.NATION, "国家移民管理局", "", True),
        (Level.CITY, "广州市公安局", "广东省广州市", True),
        (Level.CITY, "韶关市公安局", "广东省韶关市", False),
        (Level.DISTRICT, "区民政局", "", False),
    ],
)
def test_an_entry_serves_the_region_of_its_office_and_all_below(
    level: Level, unit: str, area: str, is_served: bool
) -> None:
    guide = make_guide(use_level=level, owner_unit=unit, handle_area=area)
    assert is_served_in(guide, "广州") is is_served
