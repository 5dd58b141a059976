"""`evaluate escalation`: does a first message lead to the right kind of order, town and department, or alarm?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.evaluation.asking import Heard, Talks, ask, with_progress
from bot.evaluation.formats import EscalationRow, several
from bot.evaluation.metrics import Rate, rate
from bot.evaluation.report import Report, Table, times, times_table
from bot.replies import Outcome

ALARMS = ("emergency", "self_harm_or_threat")
STATUS_STEPS = frozenset({"status", "urged"})
STATUS_FIELDS = frozenset({"order_no", "query_code"})
TOWN_UNIT = "所在镇街"  # stands for the government of whichever town the message names
TOWN_GOVERNMENT = re.compile(r"^(?:韶关市)?(?:武江区)?(\S+?(?:镇|街道))(?:人民政府|办事处|政府|街道办)?$")
EMERGENCY_NUMBER = re.compile(r"(?<!\d)(?:110|119|120|122)(?!\d)")


class Field(StrEnum):
    """How a field that the file gives was filled."""

    RIGHT = "right"
    WRONG = "wrong"
    BLANK = "blank"


@dataclass(frozen=True)
class Asked:
    """One first message and what came back."""

    row: EscalationRow
    heard: Heard

    @property
    def type(self) -> str:
        return type_of(self.heard)

    @property
    def town(self) -> str:
        return str(self.heard.meta("town") or "")

    @property
    def department(self) -> str:
        return str(self.heard.meta("department") or "")

    @property
    def is_type_right(self) -> bool:
        return self.type in self.row.expect or self.is_help_with_alarm

    @property
    def is_help_with_alarm(self) -> bool:
        """A request for help taken for an emergency passes when the number is given and an order is offered too."""
        offers_order = "work_order" in (self.heard.meta("offers") or ()) or self.heard.meta("work_order") == "started"
        is_number_given = EMERGENCY_NUMBER.search(self.heard.text) is not None
        return "help" in self.row.expect and self.type == "emergency" and offers_order and is_number_given

    @property
    def town_field(self) -> Field | None:
        """None when the file names no town."""
        if not self.row.towns:
            return None
        named = set(several(self.town))
        return Field.BLANK if not named else Field.RIGHT if named == set(self.row.towns) else Field.WRONG

    @property
    def department_field(self) -> Field | None:
        """None when the file names no department."""
        if not self.row.departments:
            return None
        if not self.department:
            return Field.BLANK
        is_right = any(is_same_department(self.department, each, self.row.towns) for each in self.row.departments)
        return Field.RIGHT if is_right else Field.WRONG

    def to_json(self) -> dict[str, Any]:
        given = {"type": self.type, "town": self.town, "department": self.department}
        expected = {
            "expect": list(self.row.expect),
            "gold_town": list(self.row.towns),
            "gold_department": list(self.row.departments),
        }
        scores = {
            "type": self.is_type_right,
            "help_with_alarm": self.is_help_with_alarm,
            "town": self.town_field,
            "department": self.department_field,
        }
        asked = {"id": self.row.id, "message": self.row.message}
        return {**asked, **self.heard.row(), **given, **expected, "scores": scores}


async def run(dialogue: Talks, rows: Sequence[EscalationRow]) -> Report:
    """Say every message as the first one of a conversation and count."""
    asked = [Asked(row, await ask(dialogue, row.message)) for row in with_progress(rows, "escalation")]
    caught = [each for each in asked if set(each.row.expect) <= set(ALARMS)]
    calm = [each for each in asked if not set(each.row.expect) & set(ALARMS)]
    summary = {
        "messages": len(asked),
        "type": rate(asked, lambda each: each.is_type_right),
        "by_type": {name: rate(rows_of(asked, name), lambda each: each.is_type_right) for name in _expected(asked)},
        "confusion": {name: dict(Counter(each.type for each in rows_of(asked, name))) for name in _expected(asked)},
        "help_with_alarm": sum(each.is_help_with_alarm for each in asked),
        **{f"{alarm}_recall": _recall(caught, alarm) for alarm in ALARMS},
        "alarm_recall": rate(caught, lambda each: each.type in ALARMS),
        "false_alarms": rate(calm, lambda each: each.type in ALARMS and not each.is_help_with_alarm),
        "town": _fields([each.town_field for each in asked]),
        "town_beyond": rate([each for each in asked if not each.row.towns], lambda each: bool(each.town)),
        "department": _fields([each.department_field for each in asked]),
        "department_beyond": rate(
            [each for each in asked if not each.row.departments], lambda each: bool(each.department)
        ),
        "ms": times(each.heard.ms for each in asked),
    }
    return Report(summary, [each.to_json() for each in asked], _tables(summary))


def type_of(heard: Heard) -> str:
    """The kind that a first message was taken for, in the words of the file; else how the turn ended."""
    outcome = heard.result.outcome
    if outcome is Outcome.HUMAN:
        return "human_agent"
    is_about_an_order = heard.meta("work_order") in STATUS_STEPS or heard.meta("asks") in STATUS_FIELDS
    if outcome is Outcome.ORDER_STATUS or (outcome is Outcome.WORK_ORDER and is_about_an_order):
        return "query_order"
    if outcome is Outcome.WORK_ORDER:
        return str(heard.meta("order_type") or outcome.value)
    return outcome.value


def is_same_department(given: str, wanted: str, towns: Sequence[str]) -> bool:
    """Is it the unit wanted? 所在镇街 is also met by the name of that town's government."""
    if given == wanted:
        return True
    match = TOWN_GOVERNMENT.match(given)
    return wanted == TOWN_UNIT and match is not None and (not towns or match.group(1) in towns)


def rows_of(asked: Sequence[Asked], name: str) -> list[Asked]:
    """The messages whose first expectation this is."""
    return [each for each in asked if each.row.expect[0] == name]


def _expected(asked: Sequence[Asked]) -> list[str]:
    return sorted({each.row.expect[0] for each in asked})


def _recall(caught: Sequence[Asked], alarm: str) -> Rate:
    return rate([each for each in caught if alarm in each.row.expect], lambda each: each.type in each.row.expect)


def _fields(fields: Sequence[Field | None]) -> dict[str, Rate]:
    given = [field for field in fields if field is not None]
    return {each.value: Rate(given.count(each), len(given)) for each in Field}


def _tables(summary: dict[str, Any]) -> list[Table]:
    kinds = list(summary["confusion"])
    taken = [*kinds, *sorted({name for row in summary["confusion"].values() for name in row} - set(kinds))]
    confusion = tuple(
        (kind, *(str(summary["confusion"][kind].get(name, "·")) for name in taken), str(summary["by_type"][kind]))
        for kind in kinds
    )
    rates = {
        "类型正确 type": summary["type"],
        "紧急情况召回 emergency": summary["emergency_recall"],
        "自伤或威胁召回 self_harm_or_threat": summary["self_harm_or_threat_recall"],
        "两者合计被拦下": summary["alarm_recall"],
        "误报警": summary["false_alarms"],
        "未提镇街却填了": summary["town_beyond"],
        "无指定单位却填了": summary["department_beyond"],
    }
    fields = tuple(
        (label, str(summary[name]["right"].total), *(str(summary[name][each.value]) for each in Field))
        for name, label in (("town", "镇街 town"), ("department", "拟办单位 department"))
    )
    return [
        Table("类型混淆表（行：应为；列：判为；末列：正确率）", ("", *taken, "正确"), confusion),
        Table(
            f"诉求转办：比例 [95% Wilson 区间]（报警并给工单的求助 {summary['help_with_alarm']} 条计为正确）",
            ("", "条数", "比例"),
            tuple((name, str(share.total), str(share)) for name, share in rates.items()),
        ),
        Table("镇街与拟办单位（仅计有标注的）", ("", "条数", "正确 right", "错误 wrong", "空白 blank"), fields),
        times_table(summary["ms"]),
    ]
