"""`python -m bot orders learn FILE|history`: learn units and categories from earlier demands."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from hotline.deadlines import SHANGHAI
from hotline.learned import Card, Example, Target, TooFewExamples, train
from hotline.learned_calibration import NEVER, PRECISION
from hotline.learned_examples import BadExamples, history_examples, read_examples
from hotline.learned_file import path_of, save
from knowledge_base.embedding import load_embedder

HISTORY = "history"
LABELS = {Target.UNIT: "承办单位", Target.CATEGORY: "事项分类"}


def add_commands(subparsers: Any) -> None:
    """Add `learn`; it sets `run`, a function of the parsed arguments and a migrated engine."""
    learning = subparsers.add_parser("learn", help="从历史工单或文件学习承办单位和事项分类，供拟办建议使用")
    learning.add_argument("source", metavar="FILE|history", help="TSV/CSV 文件，或 history（本库已办结的工单）")
    learning.add_argument("--as", dest="target", type=Target, choices=list(Target), metavar="unit|category")
    learning.add_argument("--text", default="", metavar="列[,列]", help="文字列，缺省为标签以外的各列")
    learning.add_argument("--label", default="", metavar="列", help="标签列，缺省为最后一列")
    learning.add_argument("--fictional", action="store_true", help="history：示例工单也算（仅供试用）")
    learning.set_defaults(run=run_learn)


def run_learn(args: argparse.Namespace, engine: Engine) -> int:
    """Learn and save; exit status 1 when there was not enough for any model, 2 for an unusable file."""
    try:
        tasks = _tasks(args, engine)
    except BadExamples as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 2
    learnt = [_learn(target, examples) for target, examples in tasks.items()]
    return 0 if any(learnt) else 1


def _tasks(args: argparse.Namespace, engine: Engine) -> dict[Target, list[Example]]:
    """What to learn from what: of the history both, unless one is named; of a file the category, unless it is."""
    if args.source == HISTORY:
        targets = [args.target] if args.target else list(Target)
        return {target: history_examples(engine, target, with_fictional=args.fictional) for target in targets}
    text = tuple(name.strip() for name in args.text.split(",") if name.strip())
    return {args.target or Target.CATEGORY: read_examples(Path(args.source), text, args.label)}


def _learn(target: Target, examples: list[Example]) -> bool:
    try:
        model = train(examples, load_embedder(), target, now=datetime.now(UTC), is_shown=True)
    except TooFewExamples as error:
        print(f"{LABELS[target]}：样本不足，未学习（{error}）。", file=sys.stderr)
        return False
    path = path_of(target)
    save(model, path)
    print("\n".join([*_lines(model.card, len(model.labels)), f"已保存：{path}"]))
    return True


def _lines(card: Card, labels: int) -> list[str]:
    lines = [
        f"{LABELS[card.target]}模型，{card.trained_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}，"
        f"数据 {card.fingerprint[:12]}",
        f"  样本 {card.examples} 条（重复的只算一条），{labels} 类；交叉验证准确率 {card.accuracy:.1%}",
    ]
    if card.threshold >= NEVER:
        lines.append(f"  没有达到 {PRECISION:.0%} 的把握界线：只作说明，不会自动填写")
    else:
        lines.append(f"  把握达到 {card.threshold:.2f} 才建议：占 {card.coverage:.1%}，其中 {card.precision:.1%} 正确")
    if card.left_out:
        lines.append("  样本太少未学习：" + "、".join(f"{label}（{count}）" for label, count in card.left_out.items()))
    return lines
