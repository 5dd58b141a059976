"""Bad records are refused with a reason; the knowledge that ships is whole, consistent and shows nothing unproven."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge_base.answer import compose, render, shown
from knowledge_base.content import CONTENT, parse, read_file, shipped
from knowledge_base.errors import BadFile, BadRow
from knowledge_base.model import (
    PUBLISHABLE_FIGURE,
    Aspect,
    Bundle,
    Channel,
    ChannelUse,
    Confidence,
    Entry,
    Faq,
    Guide,
    Hall,
    Law,
    Place,
    Record,
    Statement,
)
from knowledge_base.store import key_of

FIGURE_ASPECTS = (Aspect.FEE, Aspect.TIME, Aspect.LEGAL_TIME)
MONEY_OR_TIME = re.compile(
    r"[0-9一二三四五六七八九十百两半]+\s*(?:元|块|个?工作日|日|天|个?月|年|小时)|免费|不收|免收|当场|当天|即时"
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
GOOD = {"kind": "guide", "code": "T01", "name": "示例事项"}


def parts_of(value: Any) -> Iterator[Record]:
    """The record itself and every record inside it."""
    if isinstance(value, Record):
        yield value
        for name in type(value).model_fields:
            yield from parts_of(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from parts_of(item)


def said_by(part: Record) -> str:
    return str(getattr(part, "text", "") or getattr(part, "name", ""))


# --- refusing what is unsound ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"name": "某"}, "至少要有 2 个字"),
        ({"code": "编码"}, "编码只能用字母、数字"),
        ({"code": 42}, "应当是文字"),
        ({"kind": "gide"}, "没有“gide”这种条目"),
        ({"feez": []}, "没有这个字段"),
        ({"conditions": "满16岁"}, "应当是列表"),
        ({"conditions": [{"text": "满16岁", "confidence": "sure"}]}, "只能是"),
        ({"conditions": [{"text": "", "confidence": "general"}]}, "至少要有 1 个字"),
        ({"conditions": [{"text": "满16岁"}]}, "缺少此项"),
        ({"materials": [{"text": "户口簿", "confidence": "general", "necessity": "也许"}]}, "只能是"),
        ({"verified_at": "昨天"}, "应当是日期"),
        ({"fees": [{"text": "工本费", "confidence": "general", "amount": "十元"}]}, "应当是数字"),
        ({"is_municipal": "也许"}, "只能是 true 或 false"),
    ],
)
def test_a_bad_record_is_refused_with_row_name_and_reason(fault: dict[str, Any], reason: str) -> None:
    knowledge = parse({"entries": [GOOD, GOOD | fault]})
    assert [key_of(record) for record in knowledge.records] == ["T01"]
    (refused,) = knowledge.refused
    assert (refused.row, refused.name) == (2, (GOOD | fault)["name"])
    assert reason in refused.reason


@pytest.mark.parametrize("row", ["身份证", 5, None, []])
def test_a_row_that_is_no_record_is_refused_in_chinese(row: Any) -> None:
    (refused,) = parse({"entries": [row]}).refused
    assert refused.row == 1
    assert CHINESE.search(refused.reason)


def test_the_reason_names_the_field_that_is_wrong() -> None:
    bad = GOOD | {"materials": [{"text": "户口簿", "confidence": "general"}, {"text": "相片"}]}
    (refused,) = parse({"entries": [bad]}).refused
    assert "materials.1.confidence" in refused.reason


def test_records_of_all_sections_are_read() -> None:
    channel = {"code": "aa", "name": "某平台", "kind": "web", "how": "打开网页。", "confidence": "general"}
    hall = {"code": "H9", "name": "某大厅", "level": "town", "confidence": "general"}
    knowledge = parse({"entries": [GOOD], "channels": [channel], "halls": [hall]})
    assert [type(record).__name__ for record in knowledge.records] == ["Guide", "Channel", "Hall"]


@pytest.mark.parametrize("document", [None, [], "文字", {}, {"items": []}, {"entries": 5}, {"halls": "一个"}])
def test_a_document_of_another_shape_is_a_bad_file(document: Any) -> None:
    with pytest.raises(BadFile):
        parse(document)


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.yml", b"entries: [\n  - {"), ("a.json", b'{"entries": ['), ("a.yml", "条目".encode("gbk"))],
)
def test_a_file_that_cannot_be_read_is_a_bad_file_that_names_it(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile, match=re.escape(name)):
        read_file(path)


def test_a_file_that_is_not_there_is_a_bad_file(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="找不到文件"):
        read_file(tmp_path / "none.yml")


def test_an_unsound_record_among_what_ships_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "broken.yml").write_text("entries:\n  - {kind: guide, code: T01}\n", encoding="utf-8")
    with pytest.raises(BadRow, match=r"broken\.yml 第 1 条"):
        shipped(tmp_path)


# --- what ships ------------------------------------------------------------------------------------------------


class _StrictLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Refuses a key that stands twice, which YAML readers pass over in silence."""


def _mapping(loader: Any, node: yaml.MappingNode, deep: bool = True) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    twice = [key for key, count in Counter(keys).items() if count > 1]
    assert not twice, f"{twice} stands twice before line {node.end_mark.line}"
    return {key: loader.construct_object(value, deep=True) for key, (_, value) in zip(keys, node.value, strict=True)}


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


@pytest.mark.parametrize(
    "path", [*sorted(CONTENT.glob("*.yml")), *sorted(CONTENT.parent.glob("*.yml"))], ids=lambda path: path.name
)
def test_every_shipped_file_loads_and_names_no_field_twice(path: Path) -> None:
    assert yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)


def test_codes_are_unique_across_files(shipped_records: list[Record]) -> None:
    assert [key for key, count in Counter(map(key_of, shipped_records)).items() if count > 1] == []


def test_all_42_matters_are_there_as_guides(shipped_entries: dict[str, Entry]) -> None:
    guides = {code for code, entry in shipped_entries.items() if isinstance(entry, Guide)}
    assert {f"M{number:02}" for number in range(1, 43)} - guides == set()


def test_94_halls_are_listed_and_none_has_an_invented_address(shipped_records: list[Record]) -> None:
    halls = [record for record in shipped_records if isinstance(record, Hall)]
    assert len(halls) == 94
    assert [hall.code for hall in halls if hall.address or hall.hours or hall.phone] == []


def test_the_channels_that_the_report_and_the_ministries_name_are_there(shipped_channels: dict[str, Channel]) -> None:
    assert {"yss", "gdzwfw", "yst", "h12345", "h12333", "jg12123", "nhsa"} <= shipped_channels.keys()


def test_at_least_three_life_events_list_their_matters_in_order(shipped_entries: dict[str, Entry]) -> None:
    bundles = [entry for entry in shipped_entries.values() if isinstance(entry, Bundle)]
    assert len(bundles) >= 3
    assert [bundle.code for bundle in bundles if len(bundle.members) < 2] == []


@pytest.mark.parametrize(
    "service",
    [
        "电子证照",
        "统一身份认证",
        "快递",
        "进度",
        "预约",
        "好差评",
        "政策兑现",
        "跨省通办",
        "全市通办",
        "就近办",
        "四免",
        "12345",
        "粤康码",
    ],
)
def test_a_general_entry_explains_each_common_service(service: str, shipped_entries: dict[str, Entry]) -> None:
    faqs = [entry for entry in shipped_entries.values() if isinstance(entry, Faq)]
    assert [faq.code for faq in faqs if any(service in name for name in (faq.name, *faq.aliases))]


def test_every_channel_that_an_entry_uses_exists(
    shipped_entries: dict[str, Entry], shipped_channels: dict[str, Channel]
) -> None:
    uses = [(code, part) for code, entry in shipped_entries.items() for part in parts_of(entry)]
    unknown = [(code, use.channel) for code, use in uses if isinstance(use, ChannelUse)]
    assert [pair for pair in unknown if pair[1] not in shipped_channels] == []


def test_every_neighbour_exists_and_is_not_the_entry_itself(shipped_entries: dict[str, Entry]) -> None:
    guides = [entry for entry in shipped_entries.values() if isinstance(entry, Guide)]
    pairs = [(guide.code, code) for guide in guides for code in guide.neighbours]
    assert [pair for pair in pairs if pair[1] not in shipped_entries or pair[0] == pair[1]] == []


def test_a_guide_with_neighbours_says_what_sets_it_apart(shipped_entries: dict[str, Entry]) -> None:
    guides = [entry for entry in shipped_entries.values() if isinstance(entry, Guide)]
    assert [guide.code for guide in guides if guide.neighbours and not guide.contrast] == []


def test_every_member_and_hall_that_is_referred_to_exists(
    shipped_entries: dict[str, Entry], shipped_records: list[Record]
) -> None:
    bundles = [entry for entry in shipped_entries.values() if isinstance(entry, Bundle)]
    members = {member.code for bundle in bundles for member in bundle.members if member.code}
    places = [part for entry in shipped_entries.values() for part in parts_of(entry) if isinstance(part, Place)]
    halls = {record.code for record in shipped_records if isinstance(record, Hall)}
    assert members - shipped_entries.keys() == set()
    assert {place.hall_id for place in places if place.hall_id} - halls == set()


def test_every_entry_says_something_and_knows_who_is_responsible(shipped_entries: dict[str, Entry]) -> None:
    assert [code for code, entry in shipped_entries.items() if not shown(entry, Aspect.GENERAL)] == []
    assert [code for code, entry in shipped_entries.items() if not entry.owner_unit] == []


def test_an_exact_name_belongs_to_one_entry(shipped_entries: dict[str, Entry]) -> None:
    names = Counter(entry.name for entry in shipped_entries.values())
    assert [name for name, count in names.items() if count > 1] == []


# --- nothing unproven is shown ---------------------------------------------------------------------------------


def test_whatever_was_read_in_a_source_names_it(shipped_records: list[Record]) -> None:
    parts = [(record, part) for record in shipped_records for part in parts_of(record) if hasattr(part, "confidence")]
    proven = [(record, part) for record, part in parts if part.confidence in PUBLISHABLE_FIGURE]
    assert proven
    assert [(record.code, said_by(part)) for record, part in proven if not part.source] == []  # type: ignore[attr-defined]


def test_nothing_ships_as_official_before_a_unit_has_confirmed_it(shipped_records: list[Record]) -> None:
    parts = [part for record in shipped_records for part in parts_of(record)]
    assert [said_by(part) for part in parts if getattr(part, "confidence", None) is Confidence.OFFICIAL] == []


def answers(entry: Entry, channels: Mapping[str, Channel]) -> Iterator[str]:
    """Everything that can be said of an entry: each aspect, where in a town, each frequent question."""
    yield render(compose(entry, Aspect.WHERE, channels, town="龙归镇"))
    for aspect in Aspect:
        yield render(compose(entry, aspect, channels))
    for faq in entry.faqs:
        yield render(compose(entry, faq.aspect or Aspect.GENERAL, channels, faq=faq))


@pytest.fixture(scope="module")
def everything_said(shipped_entries: dict[str, Entry], shipped_channels: dict[str, Channel]) -> dict[str, str]:
    return {code: "\n\n".join(answers(entry, shipped_channels)) for code, entry in shipped_entries.items()}


def test_an_uncertain_text_is_never_shown(shipped_entries: dict[str, Entry], everything_said: dict[str, str]) -> None:
    parts = [(code, part) for code, entry in shipped_entries.items() for part in parts_of(entry)]
    uncertain = [(code, part) for code, part in parts if getattr(part, "confidence", None) is Confidence.UNCERTAIN]
    assert uncertain, "the unknown local values are kept as uncertain statements"
    assert [code for code, part in uncertain if said_by(part) in everything_said[code]] == []


def test_a_general_fee_or_time_limit_with_a_figure_is_never_shown(
    shipped_entries: dict[str, Entry], everything_said: dict[str, str]
) -> None:
    quoted = [
        (code, statement)
        for code, entry in shipped_entries.items()
        for field in ("fees", "time_limits", "legal_time_limits")
        for statement in getattr(entry, field, ())
    ]
    general = [(code, each) for code, each in quoted if each.confidence is Confidence.GENERAL]
    figures = [(code, each.text) for code, each in general if MONEY_OR_TIME.search(each.text)]
    assert figures
    assert [(code, text) for code, text in figures if text in everything_said[code]] == []


def test_a_frequent_question_does_not_bring_in_an_unproven_figure(
    shipped_entries: dict[str, Entry], shipped_channels: dict[str, Channel]
) -> None:
    faqs = [(entry, faq) for entry in shipped_entries.values() for faq in entry.faqs if faq.aspect in FIGURE_ASPECTS]
    unproven = [(entry, faq) for entry, faq in faqs if faq.answer.confidence not in PUBLISHABLE_FIGURE]
    figures = [(entry, faq) for entry, faq in unproven if MONEY_OR_TIME.search(faq.answer.text)]
    said = [(faq, render(compose(entry, faq.aspect, shipped_channels, faq=faq))) for entry, faq in figures]  # type: ignore[arg-type]
    assert [faq.question for faq, text in said if faq.answer.text in text] == []


def test_no_confidence_mark_or_placeholder_reaches_a_citizen(everything_said: dict[str, str]) -> None:
    marks = re.compile(r"\[[SVGU]\d*\w?\]|\bTODO\b|\bTBD\b|\bNone\b|\{\w+\}")
    assert [code for code, text in everything_said.items() if marks.search(text)] == []


def test_every_answer_ends_with_the_disclaimer(
    shipped_entries: dict[str, Entry], everything_said: dict[str, str]
) -> None:
    counted = {
        code: text.count("\n本回答仅供参考，以广东政务服务网办事指南或窗口答复为准。")
        for code, text in everything_said.items()
    }
    turns = {code: 1 + len(Aspect) + len(entry.faqs) for code, entry in shipped_entries.items()}
    assert [code for code, count in counted.items() if count != turns[code]] == []


def test_laws_and_statements_hold_no_web_markup(shipped_records: list[Record]) -> None:
    parts = [part for record in shipped_records for part in parts_of(record) if isinstance(part, Statement | Law)]
    assert [said_by(part) for part in parts if re.search(r"<[a-z/]|&[a-z]+;", said_by(part))] == []
