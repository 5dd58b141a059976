"""Filling in the form: what each message does to it, whatever the order in which the facts come."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from hotline.form import NOT_GIVEN, PLACELESS, Ending, Field, OrderForm, Step, begin, has_substance, take
from hotline.model import OrderType

TODAY = date(2025, 3, 10)
CONTENT = "夜里装卸货物吵得睡不着"
PLACE, WHEN, PHONE, PRIVACY = "在龙归镇龙归市场后门", "昨晚十一点", "13800000000", "保密"

FULL = OrderForm(
    OrderType.COMPLAINT,
    content=CONTENT,
    town="龙归镇",
    location="龙归市场后门",
    time="昨晚十一点",
    phone="13800000000",
    privacy="confidential",
    asked=Field.CONFIRM,
)


def make_form(**changes: str | Field | None) -> OrderForm:
    """A complaint with its content told, the place asked."""
    values = {"content": CONTENT, "asked": Field.LOCATION} | changes
    return OrderForm(OrderType.COMPLAINT, **values)  # type: ignore[arg-type]


def say(form: OrderForm, *messages: str) -> Step:
    """Take messages one after the other; each time the next missing field has been asked."""
    step = Step(form)
    for message in messages:
        step = take(replace(step.form, asked=step.form.missing), message, TODAY)
    return step


def change(message: str, form: OrderForm = FULL) -> Step:
    """One message after everything was read back."""
    return take(form, message, TODAY)


@pytest.mark.parametrize("messages", list(permutations((PLACE, WHEN, PHONE, PRIVACY))))
def test_facts_are_taken_in_any_order(messages: tuple[str, ...]) -> None:
    step = say(OrderForm(OrderType.COMPLAINT, content=CONTENT), *messages)
    assert step.form.missing is Field.CONFIRM
    assert (step.form.town, step.form.phone, step.form.privacy) == ("龙归镇", "13800000000", "confidential")
    assert "龙归市场后门" in step.form.location
    assert step.form.time == "昨晚十一点"
    assert CONTENT in step.form.content


def test_one_message_can_give_everything() -> None:
    message = f"我要投诉，{PLACE}{CONTENT}，{WHEN}开始的，电话{PHONE}，请{PRIVACY}"
    step = begin(OrderType.COMPLAINT, message, TODAY)
    assert step.form.missing is Field.CONFIRM
    assert step.ending is None
    assert step.form.content == message


def test_content_that_comes_together_with_a_phone_is_kept() -> None:
    step = say(OrderForm(OrderType.COMPLAINT), f"楼下烧烤店油烟很大，我的电话{PHONE}")
    assert "楼下烧烤店油烟很大" in step.form.content
    assert step.form.phone == PHONE


@pytest.mark.parametrize(
    "message", ["我要投诉", "我想举报一下", "帮我登记个工单", f"我要投诉，我的电话{PHONE}", "13800000000"]
)
def test_the_wish_or_a_phone_alone_is_no_content(message: str) -> None:
    assert begin(OrderType.COMPLAINT, message, TODAY).form.missing is Field.CONTENT


@pytest.mark.parametrize(
    ("message", "tells"),
    [
        ("我要投诉", False),
        ("你好，我想反映一个情况", False),
        ("", False),
        ("我要投诉楼下烧烤店", True),
        ("路灯坏了没人修", True),
    ],
)
def test_substance_is_what_remains_beside_the_wish(message: str, tells: bool) -> None:
    assert has_substance(message) is tells


def test_two_messages_for_one_place_are_both_kept() -> None:
    step = say(make_form(), "在龙归市场后门", "昨晚，就在第二小学旁边")
    assert "龙归市场" in step.form.location
    assert "小学旁边" in step.form.location


def test_two_times_that_are_told_one_after_the_other_are_both_kept() -> None:
    step = say(make_form(), "昨晚在龙归市场后门，上个月开始就这样", "上周六也一样，电话13800000000")
    assert "上个月" in step.form.time
    assert "上周六" in step.form.time


def test_a_place_that_nobody_could_read_is_kept_when_it_was_asked() -> None:
    assert "老榕树" in say(make_form(), "昨晚在老榕树下").form.location


@pytest.mark.parametrize("message", ["龙归镇", "就在龙归圩", "村口大榕树那里"])
def test_the_answer_to_the_place_is_taken_as_it_is(message: str) -> None:
    assert say(make_form(), message).form.location == message


def test_an_answer_with_a_place_and_a_time_fills_both() -> None:
    form = say(make_form(), "昨晚十一点在龙归市场后门").form
    assert form.missing is Field.PHONE
    assert (form.location, form.time) == ("龙归市场后门", "昨晚十一点")


@pytest.mark.parametrize("asked", [Field.TIME, Field.PHONE, Field.PRIVACY, Field.CONFIRM])
def test_a_corrected_town_replaces_the_wrong_one(asked: Field) -> None:
    form = replace(FULL, town="江湾镇", location="江湾镇市场后门", asked=asked)
    step = take(form, "不是江湾镇，是龙归镇", TODAY)
    assert step.form.town == "龙归镇"
    assert "江湾" not in step.form.location
    assert "市场后门" in step.form.location
    assert Field.LOCATION in step.corrected
    assert step.ending is None


def test_a_correction_while_the_place_is_asked_leaves_no_wrong_town_in_the_place() -> None:
    step = take(make_form(town="江湾镇"), "不是江湾镇，是龙归镇", TODAY)
    assert step.form.town == "龙归镇"
    assert "江湾" not in step.form.location


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        ("电话改成13900000001", Field.PHONE, "13900000001"),
        ("13900000001", Field.PHONE, "13900000001"),
        ("时间改成前天晚上", Field.TIME, "前天晚上"),
        ("改为公开", Field.PRIVACY, "public"),
        ("还是匿名吧", Field.PRIVACY, "anonymous"),
        ("内容改成：楼下酒吧音响太大声", Field.CONTENT, "楼下酒吧音响太大声"),
    ],
)
def test_each_field_can_be_corrected_after_it_was_read_back(message: str, field: Field, value: str) -> None:
    step = change(message)
    assert getattr(step.form, field.value) == value
    assert step.corrected == (field,)
    assert step.ending is None


def test_a_place_can_be_corrected_to_a_shorter_one() -> None:
    step = change("地点改成龙归市场", replace(FULL, location="龙归市场后门旁边的工地"))
    assert step.form.location == "龙归市场"


def test_a_later_wish_for_secrecy_holds_without_being_called_a_correction() -> None:
    step = take(make_form(privacy="public", asked=Field.PHONE), "13800000000，还是保密吧", TODAY)
    assert step.form.privacy == "confidential"
    assert step.corrected == (Field.PRIVACY,)


def test_a_second_phone_replaces_the_first() -> None:
    step = take(make_form(phone="13800000000", asked=Field.PRIVACY), "电话13900000001", TODAY)
    assert step.form.phone == "13900000001"


@pytest.mark.parametrize("message", ["不留电话", "不方便留", "不想留电话", "不留", "没有电话"])
def test_a_refused_phone_goes_on_to_the_next_field(message: str) -> None:
    form = make_form(town="龙归镇", location="龙归市场后门", time="昨晚", asked=Field.PHONE)
    step = take(form, message, TODAY)
    assert step.phone_refused
    assert step.form.phone == NOT_GIVEN
    assert step.form.missing is Field.PRIVACY


def test_a_phone_can_be_taken_back_at_the_end() -> None:
    step = change("不想留电话")
    assert step.form.phone == NOT_GIVEN
    assert step.ending is None


def test_a_phone_that_was_refused_can_still_be_given() -> None:
    assert change("13900000001", replace(FULL, phone=NOT_GIVEN)).form.phone == "13900000001"


def test_anonymous_needs_no_phone() -> None:
    form = begin(OrderType.REPORT, f"我要匿名举报{PLACE}{CONTENT}，{WHEN}", TODAY).form
    assert form.phone == NOT_GIVEN
    assert form.missing is Field.CONFIRM


def test_an_invalid_phone_is_reported_and_asked_again() -> None:
    step = take(make_form(location="龙归市场后门", time="昨晚", asked=Field.PHONE), "1380000000", TODAY)
    assert step.invalid_phone == "1380000000"
    assert step.form.missing is Field.PHONE


@pytest.mark.parametrize("asked", [Field.CONTENT, Field.LOCATION, Field.TIME, Field.PHONE, Field.PRIVACY])
@pytest.mark.parametrize("message", ["提交", "确认", "好的", "没问题"])
def test_a_yes_before_all_was_read_back_files_nothing(asked: Field, message: str) -> None:
    names = [field.value for field in Field if field is not Field.CONFIRM]
    empty = dict.fromkeys(names[names.index(asked.value) :], "")
    step = take(replace(FULL, asked=asked, **empty), message, TODAY)  # type: ignore[arg-type]
    assert step.ending is None
    assert step.form.content in ("", CONTENT)


@pytest.mark.parametrize("message", ["提交", "确认", "对", "没问题", "可以", "好的", "係", "OK", "没错，提交吧"])
def test_a_yes_after_all_was_read_back_submits(message: str) -> None:
    assert change(message).ending is Ending.SUBMITTED


@pytest.mark.parametrize(
    "message", ["不可以", "先别交", "先不要提交", "等一下", "不对", "不行", "还没说完", "不", "慢着", "修改"]
)
def test_a_no_or_not_yet_does_not_submit(message: str) -> None:
    step = change(message)
    assert step.ending is None
    assert step.needs_what_to_change
    assert step.form == FULL


@pytest.mark.parametrize("message", ["提交了吗？", "可以提交吗", "这样写行吗"])
def test_a_question_about_submitting_does_not_submit_and_changes_nothing(message: str) -> None:
    step = change(message)
    assert step.ending is None
    assert step.form == FULL


@pytest.mark.parametrize("message", ["没问题", "没关系", "都可以", "随便"])
@pytest.mark.parametrize("asked", [Field.CONFIRM, Field.PHONE, Field.TIME])
def test_never_mind_does_not_lift_secrecy(message: str, asked: Field) -> None:
    assert take(replace(FULL, asked=asked), message, TODAY).form.privacy == "confidential"


def test_never_mind_answers_the_question_about_privacy() -> None:
    assert take(replace(FULL, privacy="", asked=Field.PRIVACY), "随便", TODAY).form.privacy == "public"


def test_a_yes_with_a_new_fact_is_read_back_again() -> None:
    step = change("可以，不过电话是13900000001")
    assert step.ending is None
    assert step.form.phone == "13900000001"


@pytest.mark.parametrize("asked", list(Field))
@pytest.mark.parametrize("message", ["取消", "算了", "不投诉了", "取消投诉"])
def test_cancelling_is_possible_at_every_field(asked: Field, message: str) -> None:
    assert take(replace(FULL, asked=asked), message, TODAY).ending is Ending.CANCELLED


@pytest.mark.parametrize("order_type", sorted(PLACELESS))
def test_questions_suggestions_and_praise_are_not_asked_for_place_and_time(order_type: OrderType) -> None:
    form = OrderForm(order_type, content="请问养犬登记要带什么")
    assert form.missing is Field.PHONE
    assert say(form, "不留", "公开").form.missing is Field.CONFIRM


@pytest.mark.parametrize("order_type", [OrderType.COMPLAINT, OrderType.REPORT, OrderType.HELP])
def test_other_orders_are_asked_for_place_and_time(order_type: OrderType) -> None:
    assert OrderForm(order_type, content=CONTENT).missing is Field.LOCATION
    assert OrderForm(order_type, content=CONTENT, location="村口").missing is Field.TIME


def test_a_place_that_is_given_with_a_suggestion_is_kept_nonetheless() -> None:
    assert begin(OrderType.SUGGESTION, "建议在西联镇多装路灯", TODAY).form.town == "西联镇"


@pytest.mark.parametrize("asked", [Field.LOCATION, Field.TIME, Field.PHONE])
def test_what_is_not_known_is_left_out(asked: Field) -> None:
    given = {"location": "龙归市场", "time": "昨晚", "phone": PHONE} | {asked.value: ""}
    step = take(make_form(**given, asked=asked), "不知道", TODAY)
    assert getattr(step.form, asked.value) == NOT_GIVEN


def test_no_wish_for_privacy_means_confidential() -> None:
    assert take(replace(FULL, privacy="", asked=Field.PRIVACY), "跳过", TODAY).form.privacy == "confidential"


@pytest.mark.parametrize("asked", [Field.PHONE, Field.PRIVACY])
def test_details_that_nobody_asked_for_are_appended(asked: Field) -> None:
    missing = {asked.value: ""}
    step = take(replace(FULL, asked=asked, **missing), "他们还把货堆在消防通道上", TODAY)  # type: ignore[arg-type]
    assert step.form.content.startswith(CONTENT)
    assert "消防通道" in step.form.content
    assert step.form.missing is asked


def test_details_beside_a_fact_are_appended() -> None:
    form = make_form(town="龙归镇", location="龙归市场后门", asked=Field.TIME)
    step = take(form, "昨晚十一点开始的，保安来了也劝不住", TODAY)
    assert step.form.time.startswith("昨晚十一点")
    assert "劝不住" in step.form.content


@pytest.mark.parametrize(
    "message",
    [
        "补充一下，他们还威胁我们",
        "还有，昨天他们又来敲门威胁",
        "另外他们没有营业执照",
        "昨天晚上他们又来敲门威胁我们一家人",
    ],
)
def test_what_is_added_after_reading_back_is_appended_and_overwrites_nothing_of_the_content(message: str) -> None:
    step = change(message)
    assert step.ending is None
    assert step.form.content.startswith(CONTENT)
    assert len(step.form.content) > len(CONTENT)
    assert not step.needs_what_to_change


def test_an_addition_keeps_the_time_told_before() -> None:
    step = change("补充一下，前天晚上他们又来敲门威胁")
    assert "昨晚十一点" in step.form.time
    assert "前天晚上" in step.form.time


def test_the_same_detail_is_appended_once() -> None:
    form = make_form(location="龙归市场后门", time="昨晚", asked=Field.PHONE)
    detail = "他们还把货堆在消防通道上"
    twice = take(take(form, detail, TODAY).form, detail, TODAY).form
    assert twice.content.count(detail) == 1


@pytest.mark.parametrize("message", ["为什么要留电话？", "电话拿来做什么"])
def test_a_question_about_the_form_is_no_detail(message: str) -> None:
    form = make_form(location="龙归市场后门", time="昨晚", asked=Field.PHONE)
    assert take(form, message, TODAY).form == form


@pytest.mark.parametrize("message", ["继续", "接着填", "", "   ", "好的"])
def test_going_on_is_no_content(message: str) -> None:
    assert take(OrderForm(OrderType.COMPLAINT, asked=Field.CONTENT), message, TODAY).form.content == ""


def test_nothing_that_was_given_is_lost_on_the_way() -> None:
    messages = [
        "楼下烧烤店油烟很大",
        "在惠民街道一号楼旁边，垃圾也乱倒",
        "每天晚上",
        "13800000000，老板态度还很差",
        "保密",
    ]
    form = say(OrderForm(OrderType.COMPLAINT), *messages).form
    told = "\n".join((form.content, form.town, form.location, form.time, form.phone))
    for word in ("烧烤店", "油烟", "惠民街道", "一号楼", "垃圾", "每天晚上", "13800000000", "态度"):
        assert word in told


def test_a_place_nobody_could_find_is_asked_for_again_once() -> None:
    vague = begin(OrderType.COMPLAINT, "楼下的夜宵摊每天吵到半夜", TODAY).form
    assert vague.missing is Field.LOCATION
    asked = replace(vague, asked=Field.LOCATION)
    assert take(asked, "就在我家楼下那条小路", TODAY).form.missing is not Field.LOCATION
