"""`python -m bot benchmark`: start, memory and speed of one turn, each time also as a ratio to a reference loop.

A ratio tells more than a time when the machine is slow or busy: the reference (one sentence embedding) was measured
in the same process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import CONVERSATIONS, SEQUENTIAL, Measured
from bot.evaluation.base import temporary_base
from bot.evaluation.report import Report, Table, render, write_json
from bot.settings import ROOT, Settings

LIMITS = {"ready_s": 8.0, "rss_peak_mb": 600.0, "p50_ms": 40.0}
LABELS = {
    "imports_s": "启动到导入完成（秒）",
    "ready_s": "启动到就绪：导入、模型、索引（秒）",
    "rss_ready_mb": "就绪时内存（MB）",
    "rss_peak_mb": "内存峰值（MB）",
    "first_ms": "第一条消息（毫秒）",
    "p50_ms": f"一条消息 p50，逐条 {SEQUENTIAL} 条（毫秒）",
    "p95_ms": "一条消息 p95（毫秒）",
    "messages_per_second": f"{CONVERSATIONS} 个会话同时进行（条/秒）",
    "lag_p95_ms": "其间事件循环延迟 p95（毫秒）",
    "lag_max_ms": "其间事件循环延迟最大值（毫秒）",
    "reference_ms": "参照：20 字句向量一次（毫秒）",
    "errors": "出错的消息（条）",
}
MILLISECONDS = {"s": 1000.0, "ms": 1.0}  # by the ending of a name


def run_benchmark(*, is_check: bool = False, is_markdown: bool = False, json_path: Path | None = None) -> int:
    """Measure and print; with `is_check` 1 when a limit is passed or a message broke, else 0."""
    report = report_of(measured := measure_fresh_process(Settings.from_env(os.environ)))
    print(render(report, is_markdown=is_markdown))
    if json_path is not None:
        write_json(report, json_path)
    too_much = passed_limits(measured)
    for line in too_much:
        print(line, file=sys.stderr)
    return 1 if is_check and too_much else 0


def measure_fresh_process(settings: Settings) -> Measured:
    """Measure a new process on a base with the shipped knowledge. Raises CalledProcessError when it fails."""
    with temporary_base(settings) as base:
        command = [sys.executable, "-m", "benchmarks.measure", base.settings.database_url]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def passed_limits(measured: Measured) -> list[str]:
    """Each limit that is passed, in words."""
    values = asdict(measured)
    lines = [
        f"超出限值：{LABELS[name]} {values[name]:.1f} > {limit:g}"
        for name, limit in LIMITS.items()
        if values[name] > limit
    ]
    return [*lines, f"{measured.errors} 条消息出错"] if measured.errors else lines


def ratios(measured: Measured) -> dict[str, float]:
    """Every time as a multiple of the reference; a rate counts as the time of one message."""
    values = {
        name: value * MILLISECONDS[name.rpartition("_")[2]]
        for name, value in asdict(measured).items()
        if name.rpartition("_")[2] in MILLISECONDS
    }
    values["messages_per_second"] = 1000 / measured.messages_per_second
    return {name: round(value / measured.reference_ms, 2) for name, value in values.items()}


def report_of(measured: Measured) -> Report:
    """The table and what is written as JSON."""
    values, by_reference = asdict(measured), ratios(measured)
    rows = tuple(
        (
            label,
            f"{values[name]:g}" if name == "errors" else f"{values[name]:.1f}",
            f"×{by_reference[name]:.1f}" if name in by_reference else "",
            f"≤ {LIMITS[name]:g}" if name in LIMITS else "",
        )
        for name, label in LABELS.items()
    )
    summary = {**{name: round(value, 2) for name, value in values.items()}, "ratios": by_reference, "limits": LIMITS}
    return Report(summary, [], [Table("速度与内存", ("", "测得", "对参照", "限值"), rows)])
