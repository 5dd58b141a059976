"""Reading facts and wishes out of one message, in the voices that citizens use."""

from __future__ import annotations

import time
from datetime import date

import pytest

from hotline.intake import Control, Facts, order_type_of, read_control, read_facts
from hotline.model import OrderType, Privacy

TODAY = date(2025, 3, 10)


def read(text: str) -> Facts:
    return read_facts(text, TODAY)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800000000", "13800000000"),
        ("我電話係一三八零零零零零零零零", "13800000000"),
        ("电话幺三八 0000 零零零零", "13800000000"),
        ("139-0000-0001", "13900000001"),
        ("手机 139 0000 0001 姓梁", "13900000001"),
        ("１３９００００００００１", None),
        ("１３９００００００１１", "13900000011"),
        ("+86 13900000001", "13900000001"),
        ("打0751-0001234找我", "0751-0001234"),
        ("座机 0751 0001234", "0751-0001234"),
        ("家里电话(0751)8000123", "0751-8000123"),
        ("电话8000123", "8000123"),
        ("对方电话13800000000，我电话13900000001", "13900000001"),
        ("骗子的电话是13800000000", None),
        ("5栋 13800000000 昨天下午", "13800000000"),
        ("WJ2025010100001 查询码 483920", None),
        ("身份证号440203199001011234", None),
        ("我打过400-000-1234没人接", None),
        ("拖欠13800元", None),
    ],
)
def test_a_phone_number_is_read_in_every_spelling(text: str, phone: str | None) -> None:
    assert read(text).phone == phone


@pytest.mark.parametrize(
    "text", ["1380000000", "电话：138000000001", "我的手机是13912", "手机号1390000", "电话 12345678901"]
)
def test_a_number_that_cannot_be_a_phone_is_reported_when_long_enough(text: str) -> None:
    facts = read(text)
    assert facts.phone is None
    assert (facts.invalid_phone is not None) == (sum(char.isdigit() for char in text) >= 7)


@pytest.mark.parametrize(
    "text", ["一共13800000元", "WJ2025010100001", "三点五十分", "查询码 483920", "老板电话 138000"]
)
def test_other_figures_are_not_reported_as_phones(text: str) -> None:
    assert read(text).invalid_phone is None


@pytest.mark.parametrize(
    "text", ["不方便留电话", "唔想留電話", "电话就不留了", "我不想提供手机号", "没有电话", "不留了"]
)
def test_refusing_a_phone_is_understood(text: str) -> None:
    assert read(text).refuses_phone


@pytest.mark.parametrize("text", ["我电话13800000000", "不要公开我的电话", "电话打不通没人接", "老板不接"])
def test_other_talk_of_phones_is_no_refusal(text: str) -> None:
    assert not read(text).refuses_phone


@pytest.mark.parametrize(
    ("text", "towns"),
    [
        ("我在龍歸墟", ("龙归镇",)),
        ("西联芙蓉新城那边", ("西联镇",)),
        ("龙归镇和江湾镇交界的路", ("龙归镇", "江湾镇")),
        ("江湾镇到龙归镇的班车", ("江湾镇", "龙归镇")),
        ("不是江湾镇，是龙归镇", ("龙归镇",)),
        ("唔系西河，系西聯", ("西联镇",)),
        ("江湾镇写错了，应该是龙归镇", ("龙归镇",)),
        ("新华书店门口", ()),
        ("重阳节活动", ()),
        ("惠民政策", ()),
    ],
)
def test_towns_are_read_in_order_and_denied_ones_left_out(text: str, towns: tuple[str, ...]) -> None:
    assert read(text).towns == towns


def test_several_towns_stand_in_one_field() -> None:
    assert read("龙归镇和江湾镇交界的路").town == "龙归镇|江湾镇"


@pytest.mark.parametrize(
    ("text", "location"),
    [
        ("昨天晚上在西联镇芙蓉园附近三栋楼下，很吵", "西联镇芙蓉园附近三栋楼下"),
        ("工业西路二十号门口", "工业西路二十号门口"),
        ("就在政务中心对面那条巷子", "政务中心对面那条巷子"),
        ("喺菜市場側邊嘅燒烤檔", "菜市场侧边嘅烧烤档"),
        ("村委会往里走五百米左手边", "村委会往里走五百米左手边"),
        ("小学后门到加油站那一段路", "小学后门到加油站那一段路"),
        ("路灯不亮，地点在新华街道利民社区向阳路口", "新华街道利民社区向阳路口"),
        ("新华书店门口的路灯坏了", "新华书店门口"),
        ("河堤北边第二个排水口", "河堤北边第二个排水口"),
        ("不是龙归小学门口，是龙归市场后门", "龙归市场后门"),
        ("西河镇", None),
        ("楼下太吵", None),
        ("公司拖欠工资", None),
        ("我的电话是13800000000", None),
    ],
)
def test_the_exact_spot_is_read(text: str, location: str | None) -> None:
    assert read(text).location == location


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("昨天下午在市场", "昨天下午"),
        ("上周五", "上周五"),
        ("從上個月到今天", "从上个月到今天"),
        ("每晚十一点后都在吵", "每晚十一点后"),
        ("3月5日", "3月5日"),
        ("三月五号", "三月五号"),
        ("3月12日下午三点", "3月12日下午三点"),
        ("前日夜晚", "前日夜晚"),
        ("去年底开始的", "去年底开始"),
        ("已经持续半年了", "已经持续半年了"),
        ("差唔多兩個禮拜", "差唔多两个礼拜"),
        ("国庆期间", "国庆期间"),
        ("昨天三点五十分在门口", "昨天三点五十分"),
        ("2024-12-03 停水", "2024-12-03"),
        ("从上个月到今天，每晚十一点后很吵", "从上个月到今天，每晚十一点后"),
        ("三天前报过", "三天前"),
        ("2099年3月5日", None),
        ("快一点处理", None),
        ("拖欠三个月工资", None),
        ("工业西路二十号门口", None),
        ("我提三点建议", None),
        ("今年78岁", None),
    ],
)
def test_the_time_is_read_in_the_citizens_words(text: str, when: str | None) -> None:
    assert read(text).incident_time == when


@pytest.mark.parametrize(
    ("text", "privacy"),
    [
        ("公开吧", Privacy.PUBLIC),
        ("可以公開", Privacy.PUBLIC),
        ("公不公开都无所谓", Privacy.PUBLIC),
        ("无所谓", Privacy.PUBLIC),
        ("不用保密", Privacy.PUBLIC),
        ("我要实名举报", Privacy.PUBLIC),
        ("不公开", Privacy.CONFIDENTIAL),
        ("不同意公开", Privacy.CONFIDENTIAL),
        ("姓名保密", Privacy.CONFIDENTIAL),
        ("不要透露我的电话", Privacy.CONFIDENTIAL),
        ("别让他知道是我", Privacy.CONFIDENTIAL),
        ("唔好講我個名", Privacy.CONFIDENTIAL),
        ("怕被报复", Privacy.CONFIDENTIAL),
        ("匿名", Privacy.ANONYMOUS),
        ("不留名", Privacy.ANONYMOUS),
        ("唔想留名", Privacy.ANONYMOUS),
        ("村委会不公开账目", None),
        ("申请信息公开怎么弄", None),
        ("接到匿名电话骚扰", None),
        ("楼下太吵", None),
    ],
)
def test_the_wish_for_privacy_is_read(text: str, privacy: Privacy | None) -> None:
    assert read(text).privacy == privacy


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("我叫李小明，电话13900000001", "李小明"),
        ("我姓陈", "陈"),
        ("陈女士 13900000001", "陈女士"),
        ("我姓名保密", None),
        ("路灯坏了", None),
    ],
)
def test_a_name_is_read_when_it_is_given(text: str, name: str | None) -> None:
    assert read(text).name == name


def test_several_facts_are_read_from_one_message() -> None:
    assert read("惠民街道市场后门，上周六晚上，电话13500000007，保密") == Facts(
        phone="13500000007",
        towns=("惠民街道",),
        location="惠民街道市场后门",
        incident_time="上周六晚上",
        privacy=Privacy.CONFIDENTIAL,
    )


@pytest.mark.parametrize("text", ["", "\x00", "😀", "/restart", "<b>", "' OR 1=1 --"])
def test_odd_input_gives_no_facts(text: str) -> None:
    assert read(text) == Facts()
    assert read_control(text) is Control.NONE


@pytest.mark.parametrize(
    "text", ["一" * 100_000, "在路" * 50_000, "1 3" * 30_000, "昨天下午" * 20_000, "不要透露" * 20_000]
)
def test_a_hostile_long_message_is_read_quickly(text: str) -> None:
    started = time.perf_counter()
    read(text)
    read_control(text)
    order_type_of(text)
    assert time.perf_counter() - started < 2.0


@pytest.mark.parametrize(
    ("control", "texts"),
    [
        (
            Control.CONFIRM,
            "对 对的没错 没错 是的 可以 可以提交 提交吧 发了吧 好的交 確認 係 係呀冇錯 得 OK ok的 没问题 "
            "行 嗯嗯 就这样吧 都对，提交 無誤 冇問題交啦 可以了 内容没错 同意 不用改了，提交",
        ),
        (
            Control.CANCEL,
            "算了 不弄了 取消 撤销 唔整喇 算了不投诉了 不想填了 撤回我的投诉 放弃 退出 都系算啦 不用了 "
            "当我没说 唔好投訴喇 把单子作废 取消登记 太麻烦了不填了",
        ),
        (
            Control.CORRECTION,
            "不对 改成龙归镇 不是江湾镇，是龙归镇 写错了 电话错了 改一下地址 地址写错了应该是西河 唔啱 "
            "不可以 先别交 还没完 还没写完 等等 先不要提交 唔好交住 仲未講完 补充一下",
        ),
        (Control.RESUME, "继续 继续刚才的投诉 接着填 回到刚才 繼續填"),
        (Control.ASK_STATUS, "我的投诉到哪一步了 查一下工单 处理得怎么样了 有结果了吗 WJ2025010100001"),
        (Control.SKIP, "跳过 不知道 不清楚 记不清了 唔知 唔記得 忘了 没有 不详 电话不记得了"),
        (
            Control.NONE,
            "13800000000 龙归镇 昨天下午 路灯坏了三天没人修 身份证怎么补 保密 对面那家店很吵 "
            "行政服务中心在哪 好像是上周 不锈钢厂噪音",
        ),
    ],
)
def test_what_is_wanted_with_the_form_is_understood(control: Control, texts: str) -> None:
    wrong = {text: read_control(text) for text in texts.split(" ") if read_control(text) is not control}
    assert wrong == {}


@pytest.mark.parametrize("text", ["先别取消", "我不想取消", "低保被取消资格了", "订单取消了商家不退钱"])
def test_talk_of_cancelling_something_else_does_not_cancel(text: str) -> None:
    assert read_control(text) is not Control.CANCEL


@pytest.mark.parametrize(
    "text",
    [
        "不可以提交",
        "还没好先别发",
        "可以吗",
        "提交了吗",
        "不对 先不要交",
        "对了还有一件事要讲，昨天他又来了一次把我门口堵住了",
    ],
)
def test_a_negated_or_asked_yes_is_no_confirmation(text: str) -> None:
    assert read_control(text) is not Control.CONFIRM


@pytest.mark.parametrize(
    ("text", "order_type"),
    [
        ("我要投诉楼下烧烤摊", OrderType.COMPLAINT),
        ("投訴物業", OrderType.COMPLAINT),
        ("我要举报有人无证行医", OrderType.REPORT),
        ("匿名檢舉私煙", OrderType.REPORT),
        ("建议加装红绿灯", OrderType.SUGGESTION),
        ("我有个建议", OrderType.SUGGESTION),
        ("我要求助", OrderType.HELP),
        ("想表扬三号窗口", OrderType.PRAISE),
        ("给社保窗口点个赞", OrderType.PRAISE),
        ("我想咨询一下低保", OrderType.CONSULT),
        ("投诉电话是多少", None),
        ("举报有奖励吗，举报电话多少", None),
        ("上次的投诉处理得怎么样", None),
        ("我被人投诉了怎么办", None),
        ("楼下太吵", None),
        ("身份证怎么补", None),
    ],
)
def test_the_order_type_is_told_only_when_it_is_said_plainly(text: str, order_type: OrderType | None) -> None:
    assert order_type_of(text) is order_type
