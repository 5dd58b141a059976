"""Read knowledge files of our own format (YAML or JSON) and the shipped content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from knowledge_base.errors import BadFile, BadRow
from knowledge_base.model import AnyEntry, Channel, Entry, Hall, Record

CONTENT = Path(__file__).with_name("content")

# What pydantic's fault types mean, for the person who imports; the rest is quoted as it is.
_FAULTS = {
    "missing": "缺少此项",
    "extra_forbidden": "没有这个字段，请检查拼写",
    "string_too_short": "至少要有 {min_length} 个字",
    "string_pattern_mismatch": "编码只能用字母、数字、“-”和“_”，2 至 64 位",
    "enum": "只能是 {expected} 之一",
    "literal_error": "只能是 {expected} 之一",
    "union_tag_not_found": "缺少 kind（条目种类）",
    "union_tag_invalid": "没有“{tag}”这种条目，只能是 {expected_tags}",
    "string_type": "应当是文字（数字和日期请加引号）",
    "tuple_type": "应当是列表",
    "date_parsing": "应当是日期，如 2025-01-31",
    "date_from_datetime_parsing": "应当是日期，如 2025-01-31",
    "float_parsing": "应当是数字",
    "int_parsing": "应当是整数",
    "bool_parsing": "只能是 true 或 false",
    "model_type": "应当是一组字段",
    "model_attributes_type": "应当是一组字段",
}

_ENTRY: TypeAdapter[Any] = TypeAdapter(AnyEntry)
_SECTIONS: dict[str, TypeAdapter[Any]] = {
    "entries": _ENTRY,
    "channels": TypeAdapter(Channel),
    "halls": TypeAdapter(Hall),
}


@dataclass
class Refused:
    """A row that was not taken, with its place in the file and the reason (Chinese)."""

    row: int
    name: str
    reason: str


@dataclass
class Knowledge:
    """What a file held: the records that are sound and the rows that were refused."""

    records: list[Record] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def read_file(path: Path) -> Any:
    """Parse a YAML or JSON file; raises BadFile with the line where the syntax breaks."""
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=_loader())  # noqa: S506 - a safe loader
    except FileNotFoundError as error:
        raise BadFile(f"找不到文件 {path}") from error
    except (yaml.YAMLError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadFile(f"{path.name} 不是有效的 YAML/JSON：{error}") from error


def parse(document: Any) -> Knowledge:
    """Check every record of a parsed document; unknown sections raise BadFile."""
    if not isinstance(document, dict) or not document.keys() & _SECTIONS.keys():
        raise BadFile(f"文件须含 {'、'.join(_SECTIONS)} 之一")
    knowledge = Knowledge()
    row = 0
    for section, adapter in _SECTIONS.items():
        rows = document.get(section) or []
        if not isinstance(rows, list):
            raise BadFile(f"{section} 应当是列表")
        for raw in rows:
            row += 1
            try:
                knowledge.records.append(adapter.validate_python(raw))
            except ValidationError as error:
                name = raw.get("name", "") if isinstance(raw, dict) else str(raw)[:40]
                knowledge.refused.append(Refused(row, str(name), reason_of(error)))
    return knowledge


def reason_of(error: ValidationError) -> str:
    """The first fault of a record in one Chinese line."""
    fault = error.errors()[0]
    place = ".".join(str(step) for step in fault["loc"]) or "记录"
    reason = _FAULTS.get(fault["type"], "格式不对（{msg}）").format(msg=fault["msg"], **fault.get("ctx", {}))
    return f"{place}：{reason}"


def shipped(folder: Path = CONTENT) -> list[Record]:
    """All records that ship; raises BadRow when one is unsound, because that is our own mistake."""
    records: list[Record] = []
    for path in sorted(folder.glob("*.yml")):
        document = read_file(path)
        if not isinstance(document, dict) or not document.keys() & _SECTIONS.keys():
            continue  # places.yml and other tables that are not records
        knowledge = parse(document)
        if knowledge.refused:
            first = knowledge.refused[0]
            raise BadRow(f"{path.name} 第 {first.row} 条“{first.name}”：{first.reason}")
        records.extend(knowledge.records)
    return records


def entries_of(records: list[Record]) -> Iterator[Entry]:
    """Only the records that can be answers."""
    return (record for record in records if isinstance(record, Entry))


@cache
def _loader() -> Any:
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)
