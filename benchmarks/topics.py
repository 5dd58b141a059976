"""`python -m benchmarks.topics FILE [--from DAY --to DAY] [--check] [--show N]`: find topics in a file of real letters.

Measures time and memory of this process and prints what the topics come to. Whether a topic is one matter only a person
can judge: `--show` lists titles for that. Without the file it says so and measures nothing. Reads /proc: Linux only.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.measure import memory_mb
from hotline.kpi_period import Period
from hotline.topic_sources import read_file
from hotline.topics import Topic, find_topics

MOST_SECONDS = 60.0  # for some 4,300 letters on two shared cores
MOST_MB = 600.0


@dataclass(frozen=True)
class Measured:
    """What one run took (10⁶ bytes) and found."""

    messages: int
    read_s: float
    topics_s: float
    peak_mb: float
    topics: tuple[Topic, ...]


def measure(path: Path, period: Period, most: int = 20) -> Measured:
    """Read the file and find its hottest topics. Raises BadTable."""
    started = time.perf_counter()
    material = read_file(path, period)
    read = time.perf_counter()
    topics = find_topics(material.messages, period, has_before=material.has_before, most=most)
    done = time.perf_counter()
    return Measured(len(material.messages), read - started, done - read, memory_mb("VmHWM"), topics)


def passed_limits(measured: Measured) -> list[str]:
    """Each limit that is passed, in words."""
    seconds = measured.read_s + measured.topics_s
    lines = [f"超出限值：{seconds:.1f} 秒 > {MOST_SECONDS:g}"] if seconds > MOST_SECONDS else []
    return lines + ([f"超出限值：{measured.peak_mb:.0f} MB > {MOST_MB:g}"] if measured.peak_mb > MOST_MB else [])


def lines(measured: Measured, show: int = 0) -> list[str]:
    """The figures for people, and the first topics with their examples."""
    topics = measured.topics
    letters = sum(topic.messages for topic in topics)
    head = [
        f"留言 {measured.messages} 条；读取 {measured.read_s:.1f} 秒，归并 {measured.topics_s:.1f} 秒",
        f"内存峰值 {measured.peak_mb:.0f} MB",
        f"热点 {len(topics)} 项，共 {letters} 条；认出地点的 {sum(bool(topic.place) for topic in topics)} 项，"
        f"较分散的 {sum(topic.is_loose for topic in topics)} 项",
    ]
    for place, topic in enumerate(topics[:show], start=1):
        head.append(f"{place}. {topic.title}（{topic.messages} 条，{'、'.join(topic.keywords)}）")
        head += [f"     {example.on} {example.title}" for example in topic.examples]
    return head


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; with --check 1 when a limit is passed, else 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    parser.add_argument("--from", type=date.fromisoformat, dest="first", default=date(2019, 1, 1))
    parser.add_argument("--to", type=date.fromisoformat, dest="last", default=date(2020, 1, 31))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--show", type=int, default=0)
    args = parser.parse_args(arguments)
    if not args.file.exists():
        print(f"没有文件 {args.file.name}，未测量。")
        return 0
    measured = measure(args.file, Period(args.first, args.last))
    print("\n".join(lines(measured, args.show)))
    too_much = passed_limits(measured)
    print("\n".join(too_much), end="\n" if too_much else "", file=sys.stderr)
    return 1 if args.check and too_much else 0


if __name__ == "__main__":
    sys.exit(main())
