"""`python -m bot evaluate …`: ask the real assistant a question file and print what came of it."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evaluation import dialogues, escalation, formats, out_of_scope, questions, routing
from bot.evaluation.asking import Talks
from bot.evaluation.base import temporary_base
from bot.evaluation.errors import EvaluationError
from bot.evaluation.report import Report, render, write_json
from bot.settings import Settings
from knowledge_base.errors import KnowledgeError


@dataclass(frozen=True)
class Kind:
    """One kind of evaluation: how its file is read and how its rows are asked."""

    help: str
    read: Callable[[Path], Sequence[Any]]
    run: Callable[[Talks, Sequence[Any]], Awaitable[Report]]


KINDS: dict[str, Kind] = {
    "questions": Kind("问事项：是否答对事项和要素", formats.read_questions, questions.run),
    "out-of-scope": Kind("库外消息：是否拒答", formats.read_outside, out_of_scope.run),
    "escalation": Kind("诉求转办：类型、镇街、单位和紧急情况", formats.read_escalation, escalation.run),
    "dialogues": Kind("整段对话：每一轮的期望是否成立", formats.read_dialogues, dialogues.run),
}


def add_commands(subparsers: Any) -> None:
    """Add `evaluate KIND FILE …`; the parsed arguments carry `run`, which returns the exit code."""
    parser = subparsers.add_parser("evaluate", help="用题目文件评测助手，打印指标表")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    for name, kind in KINDS.items():
        command = kinds.add_parser(name, help=kind.help)
        command.add_argument("file", type=Path, metavar="FILE", help="题目文件")
        command.add_argument("--json", type=Path, metavar="OUT", help="把汇总和逐条结果写入此文件")
        command.add_argument("--knowledge", type=Path, metavar="FILE", help="只用这个知识文件（缺省用随程序发布的）")
        command.add_argument("--limit", type=_positive, metavar="N", help="只问前 N 条")
        command.add_argument("--markdown", action="store_true", help="以 Markdown 表格打印")
        command.set_defaults(run=run_evaluate)
    routing.add_command(kinds)


def run_evaluate(arguments: argparse.Namespace) -> int:
    """Run one evaluation; 0 when it ran, 2 when the file or the knowledge cannot be used."""
    kind = KINDS[arguments.kind]
    try:
        rows = kind.read(arguments.file)[: arguments.limit]
        report = asyncio.run(evaluate(Settings.from_env(os.environ), kind, rows, arguments.knowledge))
    except (EvaluationError, KnowledgeError) as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 2
    print(render(report, is_markdown=arguments.markdown))
    if arguments.json is not None:
        write_json(report, arguments.json)
    return 0


async def evaluate(settings: Settings, kind: Kind, rows: Sequence[Any], knowledge: Path | None) -> Report:
    """Open the whole assistant on a temporary base and ask it the rows."""
    from bot.dialogue import open_dialogue  # imports Rasa, which takes seconds: not for `--help` or a bad file

    with temporary_base(settings, knowledge) as base:
        async with open_dialogue(base.settings) as dialogue:
            report = await kind.run(dialogue, rows)
        base.check_untouched()
    return report


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} 不是大于 0 的整数")
    return int(text)
