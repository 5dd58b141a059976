from __future__ import annotations

from collections import Counter

import pytest

from hotline.routing_rules import MATTER_POINTS, POINTS, TOWN_UNIT, _load, find_unit, known_unit, units


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("楼下烧烤档晚上油烟好大，熏得睡不着", "区城管执法局"),
        ("公司拖欠我三个月工资不给", "区人社局"),
        ("龙归镇这边的工地半夜还在打桩，吵得小孩睡不着", "市生态环境局武江分局"),
        ("楼上邻居天天半夜蹦迪太吵", "市公安局武江分局"),
        ("在超市买到过期的牛奶，老板不肯退", "区市场监管局"),
        ("路灯坏了好多天，晚上看不见", "区住建局"),
        ("家里自来水很黄，不敢喝", "供水企业"),
        ("电压低，空调都开不了", "供电企业"),
        ("管道天然气什么时候开通", "燃气企业"),
        ("家里手机信号很差", "通信企业"),
        ("村里有人偷偷砍树", "区林业局"),
        ("有人在河里挖沙", "区水务局"),
        ("老师打学生", "区教育局"),
        ("医院护士态度很差", "区卫健局"),
        ("健身房关门了，办的卡不给退", "区市场监管局"),
        ("驾校不退学费", "区交通运输局"),
        ("门口的红绿灯时间太短", "市公安局交警支队"),
        ("邻居在楼道堆杂物，还给电动车充电", "消防大队"),
        ("村干部不公开账目", "所在镇街"),
        ("占用耕地建房子", "市自然资源局武江分局"),
        ("残疾证一直办不下来", "区残联"),
        ("老人高龄津贴没到账", "区民政局"),
        ("异地就医报销比例怎么这么低", "市医保局武江分局"),
        ("饭店不给开发票", "区税务局"),
        ("有人非法储存烟花爆竹", "区应急局"),
        ("网吧让未成年人上网", "区文广旅体局"),
        ("窗口工作人员态度差，让我跑了三趟", "区政务服务数据管理局"),
    ],
)
def test_clear_demands_get_their_unit(text: str, unit: str) -> None:
    assert find_unit(text).unit == unit


@pytest.mark.parametrize("text", ["", "我要投诉", "谢谢你们", "事情一直没有解决", "😀", "邻居", "x" * 10_000])
def test_without_evidence_the_unit_stays_empty(text: str) -> None:
    finding = find_unit(text)
    assert finding.unit is None
    assert finding.explanation


def test_evidence_for_two_units_leaves_it_to_the_dispatcher() -> None:
    finding = find_unit("不发工资，还有废水")
    assert finding.unit is None
    assert "区人社局" in finding.explanation
    assert "市生态环境局武江分局" in finding.explanation


def test_the_explanation_names_the_words_that_decided() -> None:
    assert "“路灯”" in find_unit("这里没有安装路灯").explanation


def test_a_longer_phrase_hides_the_shorter_one_inside_it() -> None:
    assert find_unit("施工许可证怎么还没批").unit == "区住建局"


def test_a_place_is_not_mistaken_for_a_topic() -> None:
    assert find_unit("惠民街道小学门口").unit is None


def test_an_order_for_the_town_says_which_town() -> None:
    finding = find_unit("村务不公开", town="龙归镇")
    assert finding.unit == TOWN_UNIT
    assert "龙归镇" in finding.explanation


def test_the_score_lies_between_zero_and_one() -> None:
    scores = [find_unit(text).score for text in ("", "路灯", "停水停电停气", "工资社保退休金" * 50)]
    assert all(0 <= score <= 1 for score in scores)


def test_every_unit_of_the_district_is_there_once() -> None:
    names = [unit.name for unit in units()]
    assert len(names) == len(set(names)) == 35
    assert {unit.level for unit in units()} == {"district", "city", "utility", "town"}


def test_no_phrase_stands_twice_or_decides_for_two_units() -> None:
    phrases = _load()[1]
    assert [key for key, n in Counter((p.unit, p.parts) for p in phrases).items() if n > 1] == []
    decisive = Counter(parts for parts, _ in {(p.parts, p.unit) for p in phrases if p.points >= 2})
    assert [parts for parts, n in decisive.items() if n > 1] == []


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("区残联", "区残联"),
        ("民政局", "区民政局"),
        ("市公安局交警支队车管所", "市公安局交警支队"),
        ("韶关市12345政务服务便民热线、武江区政务服务数据管理局", "区政务服务数据管理局"),
        ("市教育局", ""),
        ("", ""),
    ],
)
def test_the_unit_of_a_guide_is_found_among_the_units(name: str, unit: str) -> None:
    assert known_unit(name) == unit


def test_the_unit_of_the_matter_decides_like_a_decisive_word() -> None:
    finding = find_unit("办了好久没下来", matter_unit="区民政局")
    assert finding.unit == "区民政局"
    assert "所涉办事事项" in finding.explanation
    assert POINTS["decides"] == MATTER_POINTS


def test_words_for_another_unit_than_that_of_the_matter_leave_it_to_the_dispatcher() -> None:
    finding = find_unit("拖欠工资", matter_unit="区民政局")
    assert finding.unit is None
    assert {"区民政局", "区人社局"} <= {unit.name for unit in units() if unit.name in finding.explanation}


def test_an_unknown_unit_of_a_matter_changes_nothing() -> None:
    assert find_unit("拖欠工资", matter_unit="市教育局") == find_unit("拖欠工资")
