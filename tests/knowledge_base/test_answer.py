"""An answer quotes the asked aspect first and word for word, and never says what nobody vouches for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from knowledge_base.answer import Answer, compose, render, shown, wording
from knowledge_base.aspects import aspect_table
from knowledge_base.model import (
    Aspect,
    Bundle,
    BundleMember,
    ChannelUse,
    Confidence,
    Entry,
    Faq,
    Fee,
    Gap,
    Guide,
    Law,
    Level,
    Material,
    Place,
    Question,
)
from tests.knowledge_base.factories import make_channel, make_guide, make_statement

CHANNELS = {
    "yss": make_channel("yss"),
    "gdzwfw": make_channel("gdzwfw", name="广东政务服务网", kind="web"),
    "h12345": make_channel("h12345", name="12345热线", kind="phone"),
}
GENERAL, UNCERTAIN = Confidence.GENERAL, Confidence.UNCERTAIN
COPY: dict[str, Any] = {"confidence": Confidence.VERIFIED_COPY, "source": "示例文件"}
YSS = ChannelUse(channel="yss", entry="搜索“示例”", condition="本省户籍", confidence=GENERAL)

FULL = make_guide(
    name="高龄津贴申领",
    owner_unit="示例区民政局",
    notice="每年认证一次。",
    summary=make_statement("年满八十周岁的老人可以申领。"),
    conditions=(make_statement("年满八十周岁。", situation="本地户籍"), make_statement("未领过同类津贴。")),
    materials=(
        Material(text="身份证", **COPY),
        Material(text="户口簿", is_exempt=True, note="系统自动核查", **COPY),
        Material(text="委托书", necessity="非必要", situation="代办", **COPY),
    ),
    steps=(make_statement("先登记，后审核。", confidence=GENERAL),),
    time_limits=(make_statement("二十个工作日内办结。"),),
    fees=(Fee(text="不收费。", **COPY),),
    places=(Place(name="区政务服务中心民政窗口", level=Level.DISTRICT, **COPY),),
    channels=(ChannelUse(channel="h12345", confidence=GENERAL), YSS),
    laws=(Law(name="示例法", article="第三条", confidence=GENERAL, source="法规文本"),),
    delegated_to=(Level.TOWN,),
    verified_at=date(2025, 1, 31),
)


def said(entry: Entry, aspect: Aspect, *, town: str = "", faq: Question | None = None) -> str:
    return render(compose(entry, aspect, CHANNELS, town=town, faq=faq))


def leads(answer: Answer) -> list[str]:
    return [line.text for line in answer.lead]


# --- what was asked comes first --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("aspect", "quoted"),
    [
        (Aspect.GENERAL, "年满八十周岁的老人可以申领。"),
        (Aspect.CONDITION, "年满八十周岁。"),
        (Aspect.MATERIALS, "身份证"),
        (Aspect.PROCESS, "先登记，后审核。"),
        (Aspect.TIME, "二十个工作日内办结。"),
        (Aspect.FEE, "不收费。"),
        (Aspect.LAW, "示例法第三条"),
    ],
)
def test_the_asked_aspect_stands_first_and_word_for_word(aspect: Aspect, quoted: str) -> None:
    answer = compose(FULL, aspect, CHANNELS)
    heading, first, *_ = render(answer).splitlines()
    assert heading == f"【高龄津贴申领】{aspect_table()[aspect].label}"
    assert leads(answer)[0] == quoted
    assert quoted in first
    assert not answer.is_missing


def test_all_statements_of_the_aspect_are_quoted_in_their_order_with_the_case_they_hold_for() -> None:
    lines = said(FULL, Aspect.CONDITION).splitlines()
    assert lines[1:3] == ["1. 年满八十周岁。（本地户籍）", "2. 未领过同类津贴。"]


def test_materials_say_what_need_not_be_handed_in() -> None:
    text = said(FULL, Aspect.MATERIALS)
    assert "1. 身份证\n" in text
    assert "2. 户口簿（免提交；系统自动核查）" in text
    assert "3. 委托书（非必要；代办）" in text
    assert [material.text for material in compose(FULL, Aspect.MATERIALS, CHANNELS).materials] == [
        "身份证",
        "户口簿",
        "委托书",
    ]


def test_the_best_online_entry_follows_and_a_telephone_is_not_taken_for_one() -> None:
    answer = compose(FULL, Aspect.FEE, CHANNELS)
    assert answer.channel == YSS
    assert answer.channel_card == CHANNELS["yss"]
    lines = render(answer).splitlines()
    assert lines[2] == "线上办（优先）：粤省事，搜索“示例”"


def test_source_date_unit_and_disclaimer_stand_at_the_end() -> None:
    *_, source, unit, disclaimer = said(FULL, Aspect.FEE).splitlines()
    assert source == "来源：示例文件；核对日期 2025-01-31"
    assert unit == "责任单位：示例区民政局"
    assert disclaimer == "本回答仅供参考，以广东政务服务网办事指南或窗口答复为准。"


def test_an_entry_that_nobody_verified_says_so() -> None:
    assert "尚未经责任单位核验" in said(make_guide(conditions=(make_statement(),)), Aspect.CONDITION)


def test_the_notice_of_the_entry_stands_under_each_answer() -> None:
    assert all("每年认证一次。" in said(FULL, aspect).splitlines() for aspect in Aspect)


def test_other_aspects_that_the_entry_holds_are_offered_and_the_asked_one_is_not() -> None:
    offered = compose(FULL, Aspect.MATERIALS, CHANNELS).other_aspects
    assert offered == (Aspect.WHERE, Aspect.ONLINE, Aspect.TIME, Aspect.FEE, Aspect.CONDITION)
    assert compose(make_guide(fees=FULL.fees), Aspect.FEE, CHANNELS).other_aspects == ()


# --- what is not known -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("aspect", [aspect for aspect in Aspect if aspect is not Aspect.GENERAL])
def test_a_missing_field_says_that_it_is_missing(aspect: Aspect) -> None:
    answer = compose(make_guide(), aspect, CHANNELS)
    assert answer.is_missing
    assert leads(answer) == [wording()["missing"].format(label=aspect_table()[aspect].label)]
    assert answer.sources == ()


def test_a_missing_field_is_never_filled_from_another_one() -> None:
    text = said(FULL, Aspect.COURIER)
    assert "还没有经核实的“快递送达”信息" in text
    assert "二十个工作日" not in text
    assert "不收费" not in text


def test_a_general_rule_is_shown_with_its_note() -> None:
    text = said(make_guide(conditions=(make_statement("年满八十周岁。", confidence=GENERAL),)), Aspect.CONDITION)
    assert "年满八十周岁。（一般规定，以当地办事指南为准）" in text


def test_what_was_read_in_a_source_carries_no_such_note() -> None:
    assert "一般规定" not in said(FULL, Aspect.CONDITION)


SECRET = make_statement("每月一百元。", confidence=UNCERTAIN)
UNCERTAIN_GUIDE = make_guide(
    summary=SECRET,
    conditions=(SECRET,),
    materials=(Material(text="每月一百元。", confidence=UNCERTAIN),),
    steps=(SECRET,),
    time_limits=(SECRET,),
    legal_time_limits=(SECRET,),
    fees=(Fee(text="每月一百元。", confidence=UNCERTAIN),),
    places=(Place(name="每月一百元。", level=Level.TOWN, confidence=UNCERTAIN),),
    channels=(ChannelUse(channel="yss", entry="每月一百元。", confidence=UNCERTAIN),),
    online=(SECRET,),
    appointment=(SECRET,),
    proxy=(SECRET,),
    results=(SECRET,),
    phones=(SECRET,),
    complaint_phones=(SECRET,),
    courier=(SECRET,),
    visits=(SECRET,),
    laws=(Law(name="每月一百元。", confidence=UNCERTAIN),),
)


@pytest.mark.parametrize("aspect", list(Aspect))
def test_an_uncertain_value_is_never_shown_whatever_field_it_stands_in(aspect: Aspect) -> None:
    faq = Question(question="每月多少", answer=SECRET)
    for text in (said(UNCERTAIN_GUIDE, aspect), said(UNCERTAIN_GUIDE, aspect, town="龙归镇", faq=faq)):
        assert "每月一百元" not in text
    assert shown(UNCERTAIN_GUIDE, aspect) == []


@pytest.mark.parametrize("aspect", [Aspect.FEE, Aspect.TIME, Aspect.LEGAL_TIME])
@pytest.mark.parametrize(
    "claim",
    [
        "工本费20元。",
        "一般三十日。",
        "两个月左右。",
        "不收费。",
        "免费办理。",
        "当场办结。",
        "一般当天就好。",
        "半个月。",
        "线上即时办结。",
    ],
)
def test_a_figure_of_a_general_rule_is_never_given_as_a_fee_or_a_time_limit(aspect: Aspect, claim: str) -> None:
    statement = make_statement(claim, confidence=GENERAL)
    guide = make_guide(
        fees=(Fee(text=claim, confidence=GENERAL),), time_limits=(statement,), legal_time_limits=(statement,)
    )
    assert claim not in said(guide, aspect)
    assert compose(guide, aspect, CHANNELS).is_missing
    assert claim not in said(guide, aspect, faq=Question(question="多少", answer=statement, aspect=aspect))


def test_a_general_line_without_a_figure_may_stand_beside_a_time_limit() -> None:
    line = "办结时限以窗口答复为准，可拨打12345或12333询问。"
    assert line in said(make_guide(time_limits=(make_statement(line, confidence=GENERAL),)), Aspect.TIME)


def test_a_figure_that_was_read_in_a_source_is_given() -> None:
    assert "工本费20元。" in said(make_guide(fees=(Fee(text="工本费20元。", **COPY),)), Aspect.FEE)


# --- where -----------------------------------------------------------------------------------------------------


def test_where_is_answered_online_first_then_near_then_the_district_hall() -> None:
    assert leads(compose(FULL, Aspect.WHERE, CHANNELS, town="龙归镇")) == [
        "线上办（优先）：粤省事，搜索“示例”",
        wording()["near_town"].format(town="龙归镇"),
        "区政务服务中心民政窗口",
    ]


def test_the_counter_of_the_citizens_town_is_named_for_a_delegated_matter() -> None:
    answer = compose(FULL, Aspect.WHERE, CHANNELS, town="龙归镇")
    assert answer.place == "龙归镇政务服务中心"
    assert "龙归镇政务服务中心" in render(answer)


def test_without_a_town_a_delegated_matter_points_to_the_counter_of_ones_town() -> None:
    assert "所在镇街政务服务中心" in said(FULL, Aspect.WHERE)


def test_a_matter_that_is_not_delegated_never_sends_people_to_the_town() -> None:
    answer = compose(FULL.model_copy(update={"delegated_to": ()}), Aspect.WHERE, CHANNELS, town="龙归镇")
    assert answer.place == "区政务服务中心民政窗口"
    assert "龙归镇" not in render(answer)


def test_a_matter_delegated_to_villages_names_the_station_in_the_village() -> None:
    assert "村（社区）服务站" in said(make_guide(delegated_to=(Level.VILLAGE,)), Aspect.WHERE)


def test_an_address_is_only_given_when_it_is_known() -> None:
    place = Place(
        name="示例窗口", level=Level.DISTRICT, address="示例路1号", hours="周一至周五", phone="0751-0000000", **COPY
    )
    assert "示例窗口，示例路1号，周一至周五，电话 0751-0000000" in said(make_guide(places=(place,)), Aspect.WHERE)
    assert "电话" not in said(FULL, Aspect.WHERE)


@pytest.mark.parametrize("aspect", list(Aspect))
def test_a_municipal_matter_says_that_the_district_cannot_decide_it(aspect: Aspect) -> None:
    municipal = FULL.model_copy(update={"is_municipal": True})
    assert wording()["municipal"] in said(municipal, aspect).splitlines()
    assert wording()["municipal"] not in said(FULL, aspect)


# --- online ----------------------------------------------------------------------------------------------------


def test_online_lists_the_statements_and_each_online_channel_with_who_may_use_it() -> None:
    web = ChannelUse(channel="gdzwfw", confidence=Confidence.VERIFIED_COPY, source="门户说明")
    guide = make_guide(online=(make_statement("可以全程网办。"),), channels=(YSS, web))
    answer = compose(guide, Aspect.ONLINE, CHANNELS)
    assert [(line.text, line.note) for line in answer.lead] == [
        ("可以全程网办。", ""),
        ("线上办（优先）：粤省事，搜索“示例”", "本省户籍"),
        ("线上办（优先）：广东政务服务网", ""),
    ]
    assert answer.sources == ("示例文件", "门户说明")


def test_a_channel_that_the_base_does_not_hold_is_left_out() -> None:
    guide = make_guide(channels=(ChannelUse(channel="gone", confidence=GENERAL),))
    assert compose(guide, Aspect.ONLINE, CHANNELS).is_missing
    assert compose(guide, Aspect.FEE, CHANNELS).channel is None


# --- other kinds of entries ------------------------------------------------------------------------------------


def test_a_frequent_question_is_answered_with_its_own_answer() -> None:
    faq = Question(question="儿女可以代领吗", answer=make_statement("可以，带双方身份证。"), aspect=Aspect.PROXY)
    answer = compose(FULL, Aspect.PROXY, CHANNELS, faq=faq)
    assert leads(answer) == ["可以，带双方身份证。"]
    assert answer.sources == ("示例文件",)


def test_a_bundle_lists_its_matters_in_order() -> None:
    bundle = Bundle(
        code="B1",
        name="示例一件事",
        summary=make_statement("几件事一起办。"),
        members=(BundleMember(name="先办的"), BundleMember(name="后办的")),
    )
    assert "按顺序办理：1. 先办的；2. 后办的" in said(bundle, Aspect.GENERAL)


@pytest.mark.parametrize("aspect", list(Aspect))
@pytest.mark.parametrize("kind", [Faq, Gap])
def test_an_entry_that_has_only_a_summary_gives_it_whatever_is_asked(kind: type[Faq | Gap], aspect: Aspect) -> None:
    entry = kind(code="G1", name="示例服务", summary=make_statement("打开页面即可。"))
    answer = compose(entry, aspect, CHANNELS)
    assert leads(answer) == ["打开页面即可。"]
    assert not answer.is_missing
    assert "怎么办" in render(answer).splitlines()[0]


def test_a_guide_without_a_summary_answers_how_with_its_conditions() -> None:
    guide: Guide = make_guide(conditions=(make_statement("依法登记的单位。"),), fees=FULL.fees)
    assert leads(compose(guide, Aspect.GENERAL, CHANNELS)) == ["依法登记的单位。"]
