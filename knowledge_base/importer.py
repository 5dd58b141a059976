"""Bring a knowledge file into the base: our own YAML/JSON or the Guangdong portal's JSON lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Engine
from tqdm import tqdm

from knowledge_base.content import Knowledge, Refused, parse, read_file, shipped
from knowledge_base.model import Record
from knowledge_base.portal import is_portal_line, parse_portal
from knowledge_base.store import Change, save


@dataclass
class ImportReport:
    """How many records were added, updated, left unchanged; and each refused row with its reason."""

    counts: Counter[Change] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report for the person who imports (Chinese)."""
        added, updated, same = (self.counts[change] for change in (Change.ADDED, Change.UPDATED, Change.UNCHANGED))
        head = f"新增 {added}，更新 {updated}，未变 {same}，拒收 {len(self.refused)}"
        return [head, *(f"  第 {row.row} 行 {row.name or '（无名称）'}：{row.reason}" for row in self.refused)]


def read_knowledge(path: Path) -> Knowledge:
    """Read a file of any known format; raises BadFile when it is none."""
    if path.suffix in {".jsonl", ".ndjson"} or _starts_like_portal(path):
        return parse_portal(path)
    return parse(read_file(path))


def import_file(engine: Engine, path: Path, *, author: str, now: datetime, progress: bool = False) -> ImportReport:
    """Import a file as published entries. A second run changes nothing."""
    knowledge = read_knowledge(path)
    report = ImportReport(refused=knowledge.refused)
    report.counts.update(_save(engine, knowledge.records, author, f"导入 {path.name}", now, progress))
    return report


def import_shipped(engine: Engine, *, now: datetime, progress: bool = False) -> ImportReport:
    """Import the knowledge that ships with the program; entries that staff have changed stay as they are."""
    return ImportReport(Counter(_save(engine, shipped(), "系统", "随程序发布的知识", now, progress, only_own=True)))


def _save(
    engine: Engine,
    records: Sequence[Record],
    author: str,
    reason: str,
    now: datetime,
    progress: bool,
    only_own: bool = False,
) -> list[Change]:
    with tqdm(records, desc="写入知识", unit="条", disable=not progress) as bar:
        return save(engine, bar, author=author, reason=reason, now=now, only_own=only_own)


def _starts_like_portal(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return is_portal_line(file.readline(4096))
