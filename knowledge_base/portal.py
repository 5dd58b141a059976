"""Read service guides in the format of the Guangdong portal (广东政务服务网), one JSON object a line.

Such files are dirty: "无" for nothing, prefixes such as "办理地点：", double-escaped entities, control characters,
whole HTML error pages as rows. A value is cleaned of markup but never reworded; a row that cannot be an entry is
refused with its reason.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge_base.content import Knowledge, Refused, reason_of
from knowledge_base.errors import BadFile, BadRow
from knowledge_base.model import Confidence, Guide, Level, Material, Place, Statement
from knowledge_base.text import visible

SOURCE = "广东政务服务网办事指南"
LEVELS = {
    "国家级": Level.NATION,
    "省级": Level.PROVINCE,
    "市级": Level.CITY,
    "县级": Level.DISTRICT,
    "镇级": Level.TOWN,
}

_NOTHING = {"", "无", "无。", "/", "-", "暂无", "none", "null"}
_TAG = re.compile(r"<(?:br|p|/p|div|/div|span|/span|li|/li|ul|/ul|table|/table|tr|/tr|td|/td)\b[^>]*>", re.IGNORECASE)
_ERROR_PAGE = re.compile(r"<!doctype|<html|<body|404 not found|502 bad gateway", re.IGNORECASE)
_CODE = re.compile(r"^[A-Za-z0-9_\-]{2,64}$")


def is_portal_line(line: str) -> bool:
    """Whether the first line of a file looks like this format."""
    return line.lstrip().startswith("{") and '"TASK_CODE"' in line


def parse_portal(path: Path) -> Knowledge:
    """Read the whole file; raises BadFile when it cannot be opened or decoded."""
    knowledge = Knowledge()
    seen: set[str] = set()
    try:
        for row, line in _lines(path):
            try:
                guide = guide_of_line(line)
                if guide.code in seen:
                    raise BadRow(f"事项编码 {guide.code} 在文件中重复")
            except BadRow as error:
                knowledge.refused.append(Refused(row, line[:40], str(error)))
                continue
            seen.add(guide.code)
            knowledge.records.append(guide)
    except OSError as error:
        raise BadFile(f"打不开文件 {path}：{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} 不是 UTF-8 文本：{error}") from error
    return knowledge


def guide_of_line(line: str) -> Guide:
    """One line → one Guide; raises BadRow with the reason (Chinese)."""
    if _ERROR_PAGE.search(line[:400]):
        raise BadRow("这一行是网页错误页，不是事项")
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadRow(f"不是有效的 JSON：{error.msg}（第 {error.colno} 列）") from error
    if not isinstance(raw, dict):
        raise BadRow("不是 JSON 对象")
    code, name = _text(raw, "TASK_CODE"), _text(raw, "TASK_NAME")
    if not _CODE.match(code):
        raise BadRow(f"缺少事项编码 TASK_CODE，或编码无效：{code!r}")
    if len(name) < 2:
        raise BadRow("缺少事项名称 TASK_NAME")
    try:
        return _guide(raw, code, name)
    except ValidationError as error:
        raise BadRow(reason_of(error)) from error


def _guide(raw: dict[str, Any], code: str, name: str) -> Guide:
    category = _text(raw, "CATANAME")
    level = LEVELS.get(_text(raw, "matter_level"), Level.PROVINCE)
    return Guide(
        code=code,
        name=name,
        aliases=(category,) if category and category != name else (),
        theme="、".join(_list(raw, "theme_category")),
        owner_unit=_text(raw, "DEPT_NAME"),
        task_type=_text(raw, "TASK_TYPE_TEXT"),
        use_level=level,
        handle_area=_text(raw, "AREA_CODE_TEXT"),
        serve_types=tuple(_list(raw, "service_object_name")),
        conditions=_statements(_text(raw, "accept_standard")),
        materials=tuple(Material(text=text, **_copied()) for text in _list(raw, "material_intro")),
        time_limits=_statements(_text(raw, "handle_time_limit"), "承诺办结时限：{}"),
        legal_time_limits=_statements(_text(raw, "handle_time"), "法定办结时限：{}"),
        places=_places(_text(raw, "handle_location"), level),
        online=_statements(_text(raw, "online_book"), "网上办理：{}" + _platform(raw)),
        phones=_statements(_text(raw, "consult_phone"), "咨询电话：{}"),
        complaint_phones=_statements(_text(raw, "complain_phone"), "监督投诉电话：{}"),
        courier=_statements(_text(raw, "courier_service"), "快递送达：{}"),
        visits=_statements(_text(raw, "visit_number"), "到办事现场次数：{}次"),
        source_url=_text(raw, "URL"),
    )


def _copied() -> dict[str, Any]:
    return {"confidence": Confidence.VERIFIED_COPY, "source": SOURCE}


def _statements(text: str, form: str = "{}") -> tuple[Statement, ...]:
    return (Statement(text=form.replace("{}", text), **_copied()),) if text else ()


def _platform(raw: dict[str, Any]) -> str:
    platform = _text(raw, "bear_paltform")  # the portal's own spelling
    return f"（办理平台：{platform}）" if platform else ""


def _places(text: str, level: Level) -> tuple[Place, ...]:
    return (Place(name=text, level=level, **_copied()),) if text else ()


def _text(raw: dict[str, Any], key: str) -> str:
    return _clean(str(raw.get(key) if raw.get(key) is not None else ""))


def _list(raw: dict[str, Any], key: str) -> list[str]:
    value = raw.get(key)
    items = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return [text for text in (_clean(str(item)) for item in items) if text]


def _clean(text: str) -> str:
    unescaped = html.unescape(html.unescape(text))
    plain = " ".join(visible(_TAG.sub(" ", unescaped)).split())
    return "" if plain.lower() in _NOTHING else plain


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold anything, with their number in the file."""
    with path.open(encoding="utf-8-sig") as file:
        yield from ((row, line) for row, line in enumerate(file, start=1) if line.strip())
