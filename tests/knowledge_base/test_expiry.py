"""After its last day an entry is not answered as current: it says so, and no figure of it is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from actions.cards import answer_card
from knowledge_base.answer import Answer, compose, render, wording
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
    Level,
    Material,
    Place,
    Question,
)
from knowledge_base.publishable import has_expired
from tests.knowledge_base.factories import make_channel, make_guide, make_statement

LAST_DAY = date(2025, 6, 30)
AFTER = LAST_DAY + timedelta(days=1)
CHANNELS = {"yss": make_channel("yss")}
NOTE = wording()["expired"].format(date=LAST_DAY)
COPY = {"confidence": Confidence.VERIFIED_COPY, "source": "示例文件"}
GUIDE = make_guide(
    summary=make_statement("年满80周岁可以申领，每月100元。"),
    conditions=(make_statement("本区户籍。"),),
    materials=(Material(text="2寸照片", **COPY),),
    steps=(make_statement("先登记，后审核。"), make_statement("5个工作日内发证。")),
    time_limits=(make_statement("20个工作日。"),),
    legal_time_limits=(make_statement("三个月。"),),
    fees=(Fee(text="不收费。", **COPY),),
    places=(Place(name="示例窗口", level=Level.DISTRICT, **COPY),),
    phones=(make_statement("0751-0000000"),),
    results=(make_statement("证件有效期五年。"),),
    channels=(ChannelUse(channel="yss", confidence=Confidence.GENERAL),),
    valid_to=LAST_DAY,
)


def told(entry: Entry, aspect: Aspect, today: date | None = AFTER, faq: Question | None = None) -> Answer:
    return compose(entry, aspect, CHANNELS, faq=faq, today=today)


@pytest.mark.parametrize(
    ("today", "is_expired"), [(LAST_DAY, False), (AFTER, True), (LAST_DAY - timedelta(days=1), False), (None, False)]
)
def test_the_last_day_itself_still_counts(today: date | None, is_expired: bool) -> None:
    assert has_expired(GUIDE, today) is is_expired


def test_an_entry_without_a_last_day_never_expires() -> None:
    assert not has_expired(make_guide(), date(2099, 1, 1))


@pytest.mark.parametrize("aspect", [Aspect.FEE, Aspect.TIME, Aspect.LEGAL_TIME, Aspect.CONDITION, Aspect.RESULT])
def test_figures_and_conditions_are_withheld_and_the_way_to_ask_is_shown(aspect: Aspect) -> None:
    answer = told(GUIDE, aspect)
    text = render(answer)
    assert answer.is_missing
    assert answer.sources == ()
    assert wording()["withheld"].format(label=aspect_table()[aspect].label) in text
    assert NOTE in text
    assert "12345" in text
    assert "粤省事" in text
    assert [each for each in ("20个工作日", "三个月", "不收费", "本区户籍", "五年") if each in text] == []


@pytest.mark.parametrize("aspect", list(Aspect))
def test_every_answer_of_an_expired_entry_says_so_first(aspect: Aspect) -> None:
    text = render(told(GUIDE, aspect))
    assert text.splitlines()[1] == NOTE
    assert [each for each in ("100元", "80周岁", "5个工作日", "20个工作日", "不收费", "本区户籍") if each in text] == []


def test_materials_places_and_telephones_are_still_told_under_the_note() -> None:
    assert "2寸照片" in render(told(GUIDE, Aspect.MATERIALS))
    assert "示例窗口" in render(told(GUIDE, Aspect.WHERE))
    assert "0751-0000000" in render(told(GUIDE, Aspect.PHONE))


def test_of_the_steps_only_those_without_a_figure_are_told() -> None:
    assert [line.text for line in told(GUIDE, Aspect.PROCESS).lead] == ["先登记，后审核。"]


def test_what_is_withheld_is_not_offered_either() -> None:
    offered = told(GUIDE, Aspect.MATERIALS).other_aspects
    assert set(offered).isdisjoint({Aspect.FEE, Aspect.TIME, Aspect.LEGAL_TIME, Aspect.CONDITION})


def test_before_the_last_day_everything_is_told_without_a_note() -> None:
    answer = told(GUIDE, Aspect.FEE, LAST_DAY)
    assert "不收费。" in render(answer)
    assert answer.expiry_note == ""
    assert NOTE not in render(answer)


def test_what_was_never_there_is_missing_and_not_withheld() -> None:
    text = render(told(make_guide(valid_to=LAST_DAY), Aspect.FEE))
    assert wording()["missing"].format(label=aspect_table()[Aspect.FEE].label) in text


@pytest.mark.parametrize("aspect", [Aspect.FEE, Aspect.CONDITION, None])
def test_a_frequent_question_is_withheld_with_the_figures(aspect: Aspect | None) -> None:
    faq = Question(question="多少钱", answer=make_statement("工本费20元。"), aspect=aspect)
    assert "20元" not in render(told(GUIDE, aspect or Aspect.GENERAL, faq=faq))


def test_a_frequent_question_without_a_figure_is_told_under_the_note() -> None:
    faq = Question(question="能代办吗", answer=make_statement("可以委托他人。"), aspect=Aspect.PROXY)
    text = render(told(GUIDE, Aspect.PROXY, faq=faq))
    assert "可以委托他人。" in text
    assert NOTE in text


def test_a_general_entry_and_a_life_event_expire_too() -> None:
    faq = Faq(code="F01", name="示例说明", summary=make_statement("补贴每年300元。"), valid_to=LAST_DAY)
    event = Bundle(
        code="B01",
        name="示例一件事",
        summary=make_statement("三件事一次办。"),
        members=(BundleMember(name="出生登记"),),
        time_limits=(make_statement("10个工作日。"),),
        valid_to=LAST_DAY,
    )
    assert "300元" not in render(told(faq, Aspect.GENERAL))
    assert "10个工作日" not in render(told(event, Aspect.TIME))
    assert "出生登记" in render(told(event, Aspect.GENERAL))


def test_the_card_carries_the_note() -> None:
    assert NOTE in answer_card(told(GUIDE, Aspect.FEE))["level_note"]
