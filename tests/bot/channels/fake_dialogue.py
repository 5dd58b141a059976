"""A small assistant for tests of channels and pages: one guide, one order, a state per conversation.

It stands in for the trained one where only the channel is under test, so every kind of reply occurs.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from typing import Any

from bot.replies import Outcome, RatingRefused, Reply, TurnResult

NAME = "居民身份证丢失补领"
SOURCE = "国家发展改革委、财政部文件（示例）"
DISCLAIMER = "本回答仅供参考，以广东政务服务网办事指南或窗口答复为准。"
MATERIALS = [
    {"name": "数字相片采集回执", "necessity": "必要", "note": "在照相馆采集，当场打印", "is_exempt": False},
    {"name": "居民户口簿", "necessity": "容缺后补", "note": "", "is_exempt": False},
    {"name": "电子身份信息", "necessity": "必要", "note": "", "is_exempt": True},
]
ASPECTS = ("办理费用", "办理材料", "在哪里办", "多久办好")
CHOICES = [
    {"code": "M01", "name": "第一次办身份证", "contrast": "从来没有办过"},
    {"code": "M02", "name": "身份证到期换领", "contrast": "旧证还在，快到期或已到期"},
    {"code": "M03", "name": "身份证丢失补领", "contrast": "旧证丢了或损坏了"},
]
FORM = ("content", "town", "location", "time", "phone", "privacy")
QUESTIONS = {
    "town": "请问发生在哪个镇街？",
    "location": "具体在什么位置？",
    "time": "什么时候发生的？",
    "phone": "请留一个联系电话，只用于办理和回复。",
    "privacy": "需要为您保密吗？",
}
RATED_BEFORE = "这个工单已经有评价了。"
NUMBER, CODE = "WJ2026030500001", "483920"
STATUS: dict[str, Any] = {
    "number": NUMBER,
    "state": "submitted",
    "state_label": "待受理",
    "history": [{"at": "2026-03-05T02:00:00Z", "label": "市民提交"}, {"at": "2026-03-05T02:00:01Z", "label": "待受理"}],
    "due_on": "2026-03-26",
    "reply": None,
}


class FakeDialogue:
    """`gate` can be taken away to keep a turn waiting; `turns` and `ratings` record what arrived.

    What is not an answer of its own is the notice of an order, which is rated once.
    """

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self.turns: list[tuple[str, str, str]] = []
        self.ratings: list[tuple[str, str, int]] = []
        self.busy: dict[str, int] = defaultdict(int)
        self.most_at_once = 0
        self._forms: dict[str, dict[str, str]] = {}
        self._numbers = itertools.count(1)

    async def turn(self, conversation_id: str, text: str, channel: str = "web") -> TurnResult:
        self.busy[conversation_id] += 1
        self.most_at_once = max(self.most_at_once, self.busy[conversation_id])
        try:
            self.turns.append((conversation_id, text, channel))
            await self.gate.wait()
            if text == "请出错":
                raise RuntimeError("the assistant broke")
            outcome, replies = self._answer(conversation_id, text)
        finally:
            self.busy[conversation_id] -= 1
        return TurnResult(
            outcome, replies, entries=("M03",), confidence=0.9, meta={"secret": "meta"}, ms=1.5, message_id=self._next()
        )

    async def rate(self, conversation_id: str, message_id: str, score: int) -> None:
        is_notice = not message_id.startswith("turn-")
        if is_notice and any(message_id == earlier for _, earlier, _ in self.ratings):
            raise RatingRefused(RATED_BEFORE)
        self.ratings.append((conversation_id, message_id, score))

    def _next(self) -> str:
        return f"turn-{next(self._numbers)}"

    def _answer(self, conversation_id: str, text: str) -> tuple[Outcome, tuple[Reply, ...]]:
        if "着火" in text:
            calls = [{"number": "119", "label": "火警"}, {"number": "120", "label": "急救"}]
            return Outcome.EMERGENCY, (Reply("alarm", "请先离开危险的地方，马上拨打 119。", {"calls": calls}),)
        if conversation_id in self._forms:
            return self._form(conversation_id, text)
        if text.startswith("查工单"):
            return Outcome.ORDER_STATUS, (Reply("order_status", f"工单 {NUMBER}：待受理。", STATUS),)
        if "投诉" in text:
            self._forms[conversation_id] = {}
            return Outcome.WORK_ORDER, (form_reply("content", {}, "请说说要投诉的事情。"),)
        if text == "办身份证":
            data = {"question": "您要办的是哪一种？", "choices": CHOICES}
            return Outcome.ASK_BACK, (Reply("choices", "您要办的是哪一种？", data),)
        if "身份证" in text or text in ASPECTS or "多少钱" in text or "带什么" in text:
            return Outcome.ANSWER, (answer_reply(text),)
        if text == "你好":
            return Outcome.SMALL_TALK, (Reply("text", "您好，请问要办什么事？详情可拨打 12345。"),)
        return Outcome.ADMIT, (Reply("notice", f"还没有这方面的资料：{text}", {}, ("转人工登记",)),)

    def _form(self, conversation_id: str, text: str) -> tuple[Outcome, tuple[Reply, ...]]:
        form = self._forms[conversation_id]
        field = next(name for name in FORM if name not in form)
        form[field] = "138****0000" if field == "phone" else text
        missing = [name for name in FORM if name not in form]
        if missing:
            chips = ("保密", "不用保密") if missing[0] == "privacy" else ("取消登记",)
            return Outcome.WORK_ORDER, (form_reply(missing[0], form, QUESTIONS[missing[0]], chips),)
        del self._forms[conversation_id]
        data = {
            "number": NUMBER,
            "query_code": CODE,
            "due_on": "2026-03-26",
            "limit_text": "15个工作日",
            "type_label": "投诉",
            "town": form["town"],
            "notice": "请如实反映情况，承办单位会尽快联系您。",
        }
        text = f"已登记。工单编号 {NUMBER}，查询码 {CODE}。"
        return Outcome.WORK_ORDER, (Reply("receipt", text, data, (f"查工单 {NUMBER} {CODE}",)),)


def answer_reply(text: str) -> Reply:
    """The guide's answer: the fee when it was asked, else the materials."""
    is_fee = "钱" in text or "费用" in text
    lead = "丢失补领、损坏换领，每证 40 元。" if is_fee else "带上数字相片采集回执，本人到户籍窗口申请。"
    channel = {
        "name": "粤居码",
        "entry": "身份证补领",
        "url": "https://example.org/yjm" if is_fee else "",
        "how": "微信搜索小程序“粤居码”，选择“身份证补领”。广东户籍、满 16 周岁、采集过指纹的可以网上办。",
    }
    data = {
        "code": "M03",
        "name": NAME,
        "aspect": "fee" if is_fee else "materials",
        "aspect_label": "办理费用" if is_fee else "办理材料",
        "lead": [{"text": lead, "note": "急用可以申领临时居民身份证。"}],
        "materials": None if is_fee else MATERIALS,
        "channel": channel,
        "place": "武江区任一派出所户籍窗口（示例）",
        "source": SOURCE,
        "source_url": "https://example.org/source",
        "verified_at": "2026-01-15",
        "unit": "市公安局武江分局",
        "disclaimer": DISCLAIMER,
        "level_note": "",
        "ratable": True,
    }
    plain = f"{NAME}（{data['aspect_label']}）\n{lead}\n来源：{SOURCE}\n{DISCLAIMER}"
    return Reply("answer", plain, data, tuple(aspect for aspect in ASPECTS if aspect != data["aspect_label"]))


def form_reply(field: str, form: dict[str, str], text: str, chips: tuple[str, ...] = ()) -> Reply:
    progress = {name: form.get(name, "") for name in FORM}
    return Reply("form", text, {"field": field, "progress": progress}, chips)


async def find_order(number: str, query_code: str) -> dict[str, Any] | None:
    return STATUS if (number, query_code) == (NUMBER, CODE) else None
