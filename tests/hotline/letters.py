"""Made-up letters of citizens, each in other words, for finding topics and duplicates."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hotline.deadlines import SHANGHAI
from hotline.topics import Message

NOON = datetime(2025, 3, 31, 12, 0, tzinfo=SHANGHAI)  # the last day of the period in the tests

MIXER = (
    ("示例花园旁边的搅拌站日夜施工", "搅拌站的水泥罐车整夜进出，示例花园的居民睡不着觉，灰尘也大。"),
    ("搅拌站离示例花园太近，噪音扰民", "示例花园东侧新建了一座混凝土搅拌站，噪音和粉尘都很大，居民不敢开窗。"),
    ("投诉示例花园附近违建搅拌站", "没有任何公示就在示例花园边上建搅拌站，粉尘污染严重，居民要求拆除。"),
    ("示例花园搅拌站粉尘污染", "家住示例花园，搅拌站的粉尘飘进家里，老人咳嗽不止，噪音也受不了。"),
    ("请查处示例花园旁的混凝土搅拌站", "混凝土搅拌站紧挨示例花园，夜间噪音很大，粉尘到处都是，是否合法？"),
    ("示例花园小区遭搅拌站噪音粉尘困扰", "搅拌站凌晨还在生产，罐车来回，示例花园居民多次反映都没有结果。"),
)
WATER = (
    ("样板新村三天没有自来水", "样板新村从周一起停水，供水公司没有通知，做饭洗澡都成问题。"),
    ("样板新村停水无人处理", "样板新村一直停水，打供水公司电话没有人接，希望尽快恢复供水。"),
    ("样板新村又停水了", "这个月样板新村第三次停水，供水公司说管道破裂，什么时候修好？"),
    ("什么时候恢复样板新村的供水", "样板新村停水几天了，老人小孩没有水用，供水公司只说在抢修管道。"),
)
REFUND = (
    ("虚构舞蹈培训班关门不退费", "在虚构舞蹈培训班交了一年学费，上了两次课就关门，负责人联系不上。"),
    ("虚构舞蹈培训机构拖延退费", "虚构舞蹈培训班答应七天退学费，拖了两个月还没有退。"),
    ("虚构舞蹈培训班卷款跑路", "家长们在虚构舞蹈培训班充值的学费全部拿不回来，机构已经关门。"),
)
OTHERS = (
    ("公交车晚点", "早上等了四十分钟才来一趟，上班迟到，建议增加班次。"),
    ("路灯不亮", "晚上走路看不清，摔了一跤，请派人维修。"),
    ("咨询公积金提取", "想提前还清房贷，需要带哪些材料，可以在网上办吗？"),
    ("表扬窗口人员", "办事耐心细致，一次就办好了，特此表扬。"),
    ("流浪狗伤人", "有几只流浪狗追咬路人，孩子不敢上学。"),
    ("宽带装不上", "说好三天内上门安装，到现在都没有人来。"),
    ("养老金少发", "这个月到账比上个月少了一百多，想知道原因。"),
    ("学区划分疑问", "今年买的房，孩子九月入学，不清楚属于哪个学区。"),
)


def make_message(**changes: Any) -> Message:
    message = Message("WJ2025033100001", *MIXER[0], at=NOON, citizen="示例一")
    return replace(message, **changes)


def letters(
    texts: tuple[tuple[str, str], ...], *, days_ago: int = 0, first: int = 1, **changes: Any
) -> tuple[Message, ...]:
    """One letter for each text, by another citizen each, one a day, the latest `days_ago`."""
    return tuple(
        make_message(
            number=f"{texts[0][0][:2]}{place:03}",
            title=title,
            content=content,
            at=NOON - timedelta(days=days_ago + place - first),
            citizen=f"{texts[0][0][:2]}{place}",
            **changes,
        )
        for place, (title, content) in enumerate(texts, start=first)
    )
