"""The portal's file is dirty: what can be an entry is cleaned and taken, the rest is refused with its reason."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.answer import compose, render
from knowledge_base.errors import BadFile, BadRow
from knowledge_base.model import Aspect, Confidence, Guide, Level
from knowledge_base.portal import guide_of_line, is_portal_line, parse_portal

ROW: dict[str, Any] = {
    "TASK_CODE": "1144000000000000000440101007000",
    "TASK_NAME": "示例事项申报",
    "DEPT_NAME": "示例委员会",
    "CATANAME": "示例目录",
    "AREA_CODE_TEXT": "广东省",
    "TASK_TYPE_TEXT": "行政许可",
    "URL": "https://www.gdzwfw.gov.cn/example",
    "handle_location": "办理地点：示例路1号",
    "handle_time": "30(工作日)",
    "handle_time_limit": "7(工作日)",
    "visit_number": "0",
    "accept_standard": "依法登记的单位。",
    "consult_phone": "0751-0000000",
    "complain_phone": "无",
    "courier_service": "是",
    "bear_paltform": "示例平台",
    "online_book": "是",
    "matter_level": "省级",
    "theme_category": ["其他"],
    "service_object_name": ["自然人", "企业法人"],
    "material_intro": ["申请报告", "无", "身份证"],
}

SHARED = Path(__file__).parents[3] / "shared" / "data" / "guangdong_guides" / "guides.jsonl"


def line(**changes: Any) -> str:
    return json.dumps(ROW | changes, ensure_ascii=False)


def test_each_field_comes_to_its_place_word_for_word() -> None:
    guide = guide_of_line(line())
    assert (guide.code, guide.name, guide.owner_unit) == (ROW["TASK_CODE"], "示例事项申报", "示例委员会")
    assert guide.aliases == ("示例目录",)
    assert guide.use_level is Level.PROVINCE
    assert guide.serve_types == ("自然人", "企业法人")
    assert [material.text for material in guide.materials] == ["申请报告", "身份证"]
    assert [statement.text for statement in guide.conditions] == ["依法登记的单位。"]
    assert "7(工作日)" in guide.time_limits[0].text
    assert "30(工作日)" in guide.legal_time_limits[0].text
    assert guide.places[0].name == "办理地点：示例路1号"
    assert "0751-0000000" in guide.phones[0].text
    assert guide.source_url == "https://www.gdzwfw.gov.cn/example"


def test_what_was_copied_is_marked_as_a_copy_with_its_source() -> None:
    guide = guide_of_line(line())
    copied: list[Any] = [*guide.conditions, *guide.materials, *guide.time_limits, *guide.places, *guide.phones]
    assert {each.confidence for each in copied} == {Confidence.VERIFIED_COPY}
    assert {each.source for each in copied} == {"广东政务服务网办事指南"}


@pytest.mark.parametrize("nothing", ["无", "无。", "/", "", "  ", "暂无", None, "null", "&nbsp;"])
def test_a_word_for_nothing_leaves_the_field_empty(nothing: Any) -> None:
    guide = guide_of_line(line(accept_standard=nothing, consult_phone=nothing, handle_location=nothing))
    assert (guide.conditions, guide.phones, guide.places) == ((), (), ())


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("&amp;ldquo;一照通&amp;rdquo;登记", "“一照通”登记"),
        ("&lt;p&gt;登记&lt;/p&gt;&lt;br/&gt;备案", "登记 备案"),
        ("登记\x00\x0b备案\u200b\ufeff", "登记 备案"),
        ("  登记 \r\n\t 备案 ", "登记 备案"),
        ("面积<90平方米", "面积<90平方米"),
        ("《关于印发<管理办法>的通知》", "《关于印发<管理办法>的通知》"),
    ],
)
def test_markup_goes_and_the_wording_stays(dirty: str, clean: str) -> None:
    guide = guide_of_line(line(TASK_NAME=dirty, accept_standard=dirty))
    assert guide.name == clean
    assert guide.conditions[0].text == clean


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>", "网页错误页"),
        ("<html><body>404 Not Found</body></html>", "网页错误页"),
        ('{"TASK_CODE": "11", "TASK_NAME": ', "不是有效的 JSON"),
        ("[1, 2]", "不是 JSON 对象"),
        ("null", "不是 JSON 对象"),
        (line(TASK_CODE=None), "缺少事项编码"),
        (line(TASK_CODE="无"), "缺少事项编码"),
        (line(TASK_CODE="11 / 22"), "编码无效"),
        (line(TASK_NAME=""), "缺少事项名称"),
        (line(TASK_NAME="&nbsp;"), "缺少事项名称"),
    ],
)
def test_a_row_that_is_no_matter_is_refused_with_its_reason(row: str, reason: str) -> None:
    with pytest.raises(BadRow, match=reason):
        guide_of_line(row)


def test_good_rows_are_kept_and_bad_ones_listed_with_their_line_number(tmp_path: Path) -> None:
    path = tmp_path / "guides.jsonl"
    rows = ["\ufeff" + line(), "", "<html>502 Bad Gateway</html>", line(), line(TASK_CODE="AB12", TASK_NAME="另一事项")]
    path.write_text("\n".join(rows), encoding="utf-8")
    knowledge = parse_portal(path)
    assert [guide.name for guide in knowledge.records if isinstance(guide, Guide)] == ["示例事项申报", "另一事项"]
    assert [refused.row for refused in knowledge.refused] == [3, 4]
    assert "网页错误页" in knowledge.refused[0].reason
    assert "重复" in knowledge.refused[1].reason


def test_a_file_in_another_encoding_is_a_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "gbk.jsonl"
    path.write_bytes(line().encode("gbk"))
    with pytest.raises(BadFile, match="UTF-8"):
        parse_portal(path)


def test_the_format_is_known_by_its_first_line() -> None:
    assert is_portal_line(line())
    assert not is_portal_line("entries:")
    assert not is_portal_line('{"entries": []}')


def test_a_time_limit_of_the_portal_is_quoted_because_it_is_a_verified_copy() -> None:
    text = render(compose(guide_of_line(line()), Aspect.TIME, {}))
    assert "承诺办结时限：7(工作日)" in text
    assert "广东政务服务网办事指南" in text


@pytest.fixture(scope="module")
def shared_lines() -> list[str]:
    if not SHARED.is_file():
        pytest.skip("the 2,262 guides of the portal are not at ../shared/data/guangdong_guides/guides.jsonl")
    return SHARED.read_text(encoding="utf-8").splitlines()


def test_the_whole_file_of_the_portal_is_loaded_or_refused_row_by_row(shared_lines: list[str]) -> None:
    knowledge = parse_portal(SHARED)
    guides = [record for record in knowledge.records if isinstance(record, Guide)]
    assert len(guides) + len(knowledge.refused) == len(shared_lines) == 2262
    assert len(guides) >= 2250
    assert all(refused.reason for refused in knowledge.refused)
    assert len({guide.code for guide in guides}) == len(guides)
    names = "\n".join(f"{guide.name}{guide.owner_unit}" for guide in guides)
    assert re.findall(r"&[a-z]+;|<(?:br|p|span)\b|[\x00-\x09\x0b-\x1f]", names) == []
