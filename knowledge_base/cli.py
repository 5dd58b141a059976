"""`python -m bot kb …`: import, export, list, search and calibrate the knowledge base."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.engine import Engine

from knowledge_base import cli_rates, store
from knowledge_base.base import KnowledgeBase
from knowledge_base.calibrate import calibrate
from knowledge_base.embedding import load_embedder
from knowledge_base.importer import import_file
from knowledge_base.model import Channel, Entry, Hall
from knowledge_base.ranking import CALIBRATION
from knowledge_base.vectors import embed_cached

NLU = Path(__file__).resolve().parent.parent / "data" / "nlu"
OUTSIDE = ("out_of_scope", "chitchat", "greet", "thanks", "bye")  # intents whose examples no entry answers


def add_commands(subparsers: Any) -> None:
    """Add the commands; each sets `run`, a function of the arguments and a migrated engine."""
    kb = subparsers.add_parser("kb", help="知识库：导入、导出、列表、检索、校准")
    commands = kb.add_subparsers(dest="kb_command", required=True, metavar="COMMAND")
    importing = commands.add_parser("import", help="导入 YAML/JSON 或广东政务服务网格式的 JSONL")
    importing.add_argument("file", type=Path)
    importing.add_argument("--author", default="命令行", help="记入版本历史的导入人")
    importing.set_defaults(run=run_import)
    exporting = commands.add_parser("export", help="导出全部已发布知识（可再导入）")
    exporting.add_argument("file", type=Path, help="以 .json 或 .yml 结尾")
    exporting.set_defaults(run=run_export)
    listing = commands.add_parser("list", help="列出已发布条目")
    listing.add_argument("--kind", choices=list(store.KINDS), default=None)
    listing.set_defaults(run=run_list)
    searching = commands.add_parser("search", help="检索一句话，显示候选、得分和结论")
    searching.add_argument("message")
    searching.set_defaults(run=run_search)
    calibrating = commands.add_parser("calibrate", help="用自有问法留一法重新校准置信度，写入 calibration.json")
    calibrating.add_argument("--wrong-limit", type=float, default=0.1, help="留一法中允许答错的比例（缺省 0.1）")
    calibrating.set_defaults(run=run_calibrate)
    cli_rates.add_commands(commands)


def run_import(args: argparse.Namespace, engine: Engine) -> int:
    """Import a file; exit status 1 when a row was refused."""
    report = import_file(engine, args.file, author=args.author, now=datetime.now(UTC), progress=True)
    print("\n".join(report.lines()))
    KnowledgeBase(engine, load_embedder()).reload(progress=True)
    return 1 if report.refused else 0


def run_export(args: argparse.Namespace, engine: Engine) -> int:
    """Write everything published in our own format."""
    sections: dict[str, list[dict[str, Any]]] = {"entries": [], "channels": [], "halls": []}
    for record in store.load(engine):
        section = "channels" if isinstance(record, Channel) else "halls" if isinstance(record, Hall) else "entries"
        sections[section].append(record.model_dump(mode="json", exclude_defaults=True) | _kind(record))
    with args.file.open("w", encoding="utf-8") as file:
        if args.file.suffix == ".json":
            json.dump(sections, file, ensure_ascii=False, indent=1)
        else:
            yaml.safe_dump(sections, file, allow_unicode=True, sort_keys=False, width=110)
    print(f"已导出 {sum(map(len, sections.values()))} 条到 {args.file}")
    return 0


def _kind(record: Any) -> dict[str, str]:
    return {"kind": store.kind_of(record)} if isinstance(record, Entry) else {}


def run_list(args: argparse.Namespace, engine: Engine) -> int:
    """One line for each published record."""
    for record in store.load(engine, (args.kind,) if args.kind else tuple(store.KINDS)):
        unit = _known_of_hall(record) if isinstance(record, Hall) else getattr(record, "owner_unit", "")
        print(f"{store.kind_of(record):8}{getattr(record, 'code', ''):20}{getattr(record, 'name', '')}  {unit}")
    return 0


def _known_of_hall(hall: Hall) -> str:
    return "  ".join(part or "待补充" for part in (hall.address, hall.hours, hall.phone))


def run_search(args: argparse.Namespace, engine: Engine) -> int:
    """Show what the search makes of a message."""
    knowledge = KnowledgeBase(engine, load_embedder())
    knowledge.reload(progress=True)
    result = knowledge.search(args.message)
    limits = "，".join(f"{name}={value}" for name, value in result.thresholds.items())
    print(f"结论：{result.found.value}  置信度：{result.confidence:.3f}  {limits}")
    print(f"要素：{knowledge.aspect_of(args.message).value}")
    for candidate in result.candidates[:8]:
        measures = "  ".join(f"{name}={value:.3f}" for name, value in candidate.measures.items())
        print(f"  {candidate.share:.3f}  {candidate.entry.code:20}{candidate.entry.name}  {measures}")
    return 0


def run_calibrate(args: argparse.Namespace, engine: Engine) -> int:
    """Fit ranking and confidence on our own material and write calibration.json."""
    entries, embedder = store.load_entries(engine), load_embedder()

    def embed(texts: Any) -> Any:
        return embed_cached(engine, embedder, texts, progress=True)

    fitted = calibrate(entries, list(_outside_messages()), embed, args.wrong_limit)
    CALIBRATION.write_text(json.dumps(fitted, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for name, values in fitted["sets"].items():
        print(f"{name}: {values['questions']} 问，首位正确 {values['first_is_right']}，", end="")
        print(f"答 ≥ {values['answer_at']}，反问 ≥ {values['ask_at']}，ECE {values['expected_calibration_error']}")
    print(f"已写入 {CALIBRATION.name}", file=sys.stderr)
    return 0


def _outside_messages() -> Iterator[str]:
    for path in sorted(NLU.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if block.get("intent") in OUTSIDE:
                yield from (line[2:].strip() for line in block["examples"].splitlines() if line.startswith("- "))
