"""`evaluate routing`: learn from one file, predict another, and count: does the learnt routing know what it knows?

It needs no assistant: what is measured is the model that `orders learn` makes, with its threshold.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from bot.evaluation.metrics import Rate, rate
from bot.evaluation.report import Report, Table, render, times, times_table, write_json
from hotline.errors import HotlineError
from hotline.learned import Example, Guess, Learned, Target, embedded_text, predict, train
from hotline.learned_examples import read_examples
from hotline.learned_text import plain
from knowledge_base.embedding import Embedder, load_embedder
from knowledge_base.text import normalise

MOST_COLUMNS = 12  # labels; with more of them the confusion table shows only the commonest mistakes
MOST_MISTAKES = 20
BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)  # of confidence, in the reliability table


class Judged(NamedTuple):
    """One test example and what the model said of it."""

    example: Example
    guess: Guess
    is_new: bool  # its text does not stand in the training file
    ms: float  # without embedding

    @property
    def is_right(self) -> bool:
        return self.guess.label == self.example.label


def add_command(kinds: Any) -> None:
    """Add `evaluate routing`; the parsed arguments carry `run`."""
    command = kinds.add_parser("routing", help="分派：从一个文件学习，预测另一个文件的分类或承办单位")
    command.add_argument("--train", type=Path, required=True, metavar="FILE", help="学习用的 TSV/CSV")
    command.add_argument("--test", type=Path, required=True, metavar="FILE", help="检验用的 TSV/CSV，不参与学习")
    command.add_argument("--text", default="", metavar="列[,列]", help="文字列，缺省为标签以外的各列")
    command.add_argument("--label", default="", metavar="列", help="标签列，缺省为最后一列")
    command.add_argument("--json", type=Path, metavar="OUT", help="把汇总和逐条结果写入此文件")
    command.add_argument("--keep", action="store_true", help="公开数据：句向量存入 var/，下次不再计算")
    command.add_argument("--markdown", action="store_true", help="以 Markdown 表格打印")
    command.set_defaults(run=run_routing)


def run_routing(arguments: argparse.Namespace) -> int:
    """Learn, predict, print; 2 when a file cannot be used."""
    text = tuple(name.strip() for name in arguments.text.split(",") if name.strip())
    try:
        learnt = read_examples(arguments.train, text, arguments.label)
        tested = read_examples(arguments.test, text, arguments.label)
        now = datetime.now(UTC)
        report = evaluate(learnt, tested, load_embedder(), now=now, is_kept=arguments.keep, is_shown=True)
    except HotlineError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 2
    print(render(report, is_markdown=arguments.markdown))
    if arguments.json is not None:
        write_json(report, arguments.json)
    return 0


def evaluate(
    learnt: Sequence[Example],
    tested: Sequence[Example],
    embedder: Embedder,
    *,
    now: datetime,
    is_kept: bool = False,
    is_shown: bool = False,
) -> Report:
    """Train on the first, count on the second. `is_kept`: the vectors of both files are kept, for public data only."""
    start = perf_counter()
    model = train(learnt, embedder, Target.CATEGORY, now=now, keep_vectors=is_kept, is_shown=is_shown)
    seconds = perf_counter() - start
    known = {plain(normalise(example.text)) for example in learnt}
    vectors = embedder.embed([embedded_text(example.text) for example in tested], keep=is_kept)
    judged = [_judge(model, example, vector, known) for example, vector in zip(tested, vectors, strict=True)]
    return _report(model, judged, seconds)


def _judge(model: Learned, example: Example, vector: Any, known: set[str]) -> Judged:
    start = perf_counter()
    guess = predict(model, example.text, vector)
    ms = (perf_counter() - start) * 1000
    return Judged(example, guess, plain(normalise(example.text)) not in known, ms)


def _report(model: Learned, judged: Sequence[Judged], seconds: float) -> Report:
    card, labels = model.card, sorted({*model.labels, *(each.example.label for each in judged)})
    sure = [each for each in judged if each.guess.is_sure]
    by_label = {label: _scores(judged, label) for label in labels}
    measures: dict[str, Any] = {
        "accuracy": rate(judged, lambda each: each.is_right),
        "accuracy_of_new_texts": rate([each for each in judged if each.is_new], lambda each: each.is_right),
        "macro_f1": round(sum(f1 for _, _, f1 in by_label.values()) / len(by_label), 4),
        "covered": Rate(len(sure), len(judged)),
        "accuracy_of_covered": rate(sure, lambda each: each.is_right),
        "calibration_error": round(calibration_error(judged), 4),
    }
    milliseconds = times(each.ms for each in judged)
    summary = {
        **measures,
        "threshold": round(card.threshold, 4),
        "cross_validated": {
            "examples": card.examples,
            "accuracy": round(card.accuracy, 4),
            "covered": round(card.coverage, 4),
            "accuracy_of_covered": round(card.precision, 4),
            "fingerprint": card.fingerprint,
        },
        "training_seconds": round(seconds, 1),
        "ms": milliseconds,
    }
    tables = [
        _summary_table(measures, card.accuracy, card.threshold, seconds),
        _label_table(by_label, judged),
        _confusion_table(labels, judged),
        _reliability_table(judged),
        times_table(milliseconds),
    ]
    return Report(summary, [_row(each) for each in judged], tables)


def calibration_error(judged: Sequence[Judged]) -> float:
    """Expected calibration error over the bins: mean distance of confidence and accuracy, weighted by count."""
    return sum(abs(_mean(each) - _share(each)) * len(each) for each in _binned(judged)) / max(len(judged), 1)


def _scores(judged: Sequence[Judged], label: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of one label; 0 where nothing is to be counted."""
    right = sum(each.is_right for each in judged if each.example.label == label)
    said = sum(each.guess.label == label for each in judged)
    gold = sum(each.example.label == label for each in judged)
    return right / said if said else 0.0, right / gold if gold else 0.0, 2 * right / (said + gold) if right else 0.0


def _binned(judged: Sequence[Judged]) -> list[list[Judged]]:
    """By confidence; a bin holds its lower end, the last one its upper end too."""
    bins: list[list[Judged]] = [[] for _ in BINS[1:]]
    for each in judged:
        place = sum(each.guess.confidence >= end for end in BINS[1:-1])
        bins[place].append(each)
    return bins


def _mean(judged: Sequence[Judged]) -> float:
    return sum(each.guess.confidence for each in judged) / len(judged) if judged else 0.0


def _share(judged: Sequence[Judged]) -> float:
    return sum(each.is_right for each in judged) / len(judged) if judged else 0.0


def _summary_table(measures: dict[str, Any], cross_validated: float, threshold: float, seconds: float) -> Table:
    names = {
        "accuracy": "准确率",
        "accuracy_of_new_texts": "其中不在学习文件里的",
        "macro_f1": "宏平均 F1",
        "covered": f"把握达到界线 {threshold:.2f} 的",
        "accuracy_of_covered": "其中正确的",
        "calibration_error": "校准误差 ECE",
    }
    rows = [(title, str(measures[name])) for name, title in names.items()]
    extra = [("学习文件交叉验证准确率", f"{cross_validated:.1%}"), ("学习用时（秒）", f"{seconds:.0f}")]
    return Table("分派", ("", "值"), (*rows, *extra))


def _label_table(by_label: dict[str, tuple[float, float, float]], judged: Sequence[Judged]) -> Table:
    counts = Counter(each.example.label for each in judged)
    rows = tuple(
        (label, str(counts[label]), *(f"{value:.3f}" for value in scores)) for label, scores in by_label.items()
    )
    return Table("各类", ("", "条数", "精确率", "召回率", "F1"), rows)


def _confusion_table(labels: Sequence[str], judged: Sequence[Judged]) -> Table:
    pairs = Counter((each.example.label, each.guess.label) for each in judged)
    if len(labels) > MOST_COLUMNS:
        wrong = Counter({pair: count for pair, count in pairs.items() if pair[0] != pair[1]})
        mistakes = tuple((gold, said, str(count)) for (gold, said), count in wrong.most_common(MOST_MISTAKES))
        return Table("最常见的错判", ("应为", "判为", "条数"), mistakes, is_text=True)
    rows = tuple((gold, *(str(pairs[gold, said]) for said in labels)) for gold in labels)
    return Table("混淆表（行：应为，列：判为）", ("", *labels), rows)


def _reliability_table(judged: Sequence[Judged]) -> Table:
    rows = tuple(
        (f"{low:.2f}–{high:.2f}", str(len(each)), f"{_mean(each):.3f}", f"{_share(each):.3f}")
        for low, high, each in zip(BINS, BINS[1:], _binned(judged), strict=False)
    )
    return Table("可靠性", ("把握", "条数", "平均把握", "正确率"), rows)


def _row(each: Judged) -> dict[str, Any]:
    return {
        "text": each.example.text,
        "gold": each.example.label,
        "label": each.guess.label,
        "confidence": round(each.guess.confidence, 4),
        "is_sure": each.guess.is_sure,
        "is_new": each.is_new,
        "words": each.guess.words,
    }
