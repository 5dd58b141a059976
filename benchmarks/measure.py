"""Measure one fresh process: how soon it is ready, how much memory it takes, how fast it answers.

Run as a process of its own (`python -m benchmarks.measure DATABASE_URL`), because what is measured begins with the
start of the process. Prints one JSON object. Reads /proc, so it runs on Linux only.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

SEQUENTIAL = 60  # messages asked one after the other
CONVERSATIONS = 20  # held at the same time
MESSAGES_EACH = 4
REFERENCES = 20  # reference sentences before and again after the answers
LAG_STEP_SECONDS = 0.005


@dataclass(frozen=True)
class Measured:
    """Seconds, milliseconds and MB (10⁶ bytes); `reference_ms` is one embedding of a 20-character sentence."""

    imports_s: float
    ready_s: float
    rss_ready_mb: float
    rss_peak_mb: float
    first_ms: float
    p50_ms: float
    p95_ms: float
    messages_per_second: float
    lag_p95_ms: float
    lag_max_ms: float
    reference_ms: float
    errors: int


async def measure(database_url: str) -> Measured:
    """Open the assistant on this database and measure it."""
    from bot.dialogue import open_dialogue
    from bot.settings import Settings

    imports_s = seconds_since_start()
    settings = replace(Settings.from_env(os.environ), database_url=database_url)
    async with open_dialogue(settings) as dialogue:
        ready_s, rss_ready_mb = seconds_since_start(), memory_mb("VmRSS")
        times, rates = await _answers(dialogue)
        return Measured(
            imports_s=imports_s,
            ready_s=ready_s,
            rss_ready_mb=rss_ready_mb,
            rss_peak_mb=memory_mb("VmHWM"),
            **times,
            **rates,
        )


async def _answers(dialogue: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    from benchmarks.messages import messages
    from bot.evaluation.asking import ask
    from bot.evaluation.metrics import quantile

    texts = messages()
    first = await ask(dialogue, texts[0])
    reference = await asyncio.to_thread(_reference_ms, 0)
    heard = [await ask(dialogue, text) for text in texts[1 : SEQUENTIAL + 1]]
    busy = texts[SEQUENTIAL + 1 : SEQUENTIAL + 1 + CONVERSATIONS * MESSAGES_EACH]
    rates = await _at_once(dialogue, busy)
    reference += await asyncio.to_thread(_reference_ms, REFERENCES)
    known = [each.ms for each in heard]
    rates["errors"] += sum(each.outcome == "error" for each in (first, *heard))
    times = {
        "first_ms": first.ms,
        "p50_ms": quantile(known, 0.5) or 0.0,
        "p95_ms": quantile(known, 0.95) or 0.0,
        "reference_ms": quantile(reference, 0.5) or 0.0,
    }
    return times, rates


async def _at_once(dialogue: Any, texts: Sequence[str]) -> dict[str, Any]:
    """Messages per second and event-loop lag while CONVERSATIONS talk at the same time."""
    from bot.evaluation.asking import ask, new_conversation
    from bot.evaluation.metrics import quantile

    async def hold(own: Sequence[str]) -> list[str]:
        conversation_id = new_conversation()
        return [(await ask(dialogue, text, conversation_id)).outcome for text in own]

    lags: list[float] = []
    watcher = asyncio.create_task(_watch_lag(lags))
    started = time.perf_counter()
    outcomes = await asyncio.gather(*(hold(texts[place::CONVERSATIONS]) for place in range(CONVERSATIONS)))
    seconds = time.perf_counter() - started
    watcher.cancel()
    return {
        "messages_per_second": len(texts) / seconds,
        "lag_p95_ms": quantile(lags, 0.95) or 0.0,
        "lag_max_ms": max(lags, default=0.0),
        "errors": sum(outcome == "error" for own in outcomes for outcome in own),
    }


async def _watch_lag(lags: list[float]) -> None:
    """Note by how many milliseconds a short sleep came back late, until cancelled."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(LAG_STEP_SECONDS)
        lags.append(max(0.0, time.perf_counter() - before - LAG_STEP_SECONDS) * 1000)


def _reference_ms(first: int) -> list[float]:
    """Times of embedding REFERENCES sentences that were not embedded before."""
    from benchmarks.messages import reference_sentence
    from knowledge_base.embedding import load_embedder

    embedder, times = load_embedder(), []
    for number in range(first, first + REFERENCES):
        started = time.perf_counter()
        embedder.embed([reference_sentence(number)])
        times.append((time.perf_counter() - started) * 1000)
    return times


def seconds_since_start() -> float:
    """Seconds since the kernel started this process, interpreter start included."""
    after_name = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    started = int(after_name[19]) / os.sysconf("SC_CLK_TCK")  # field 22: ticks after boot
    return time.clock_gettime(time.CLOCK_BOOTTIME) - started


def memory_mb(name: str) -> float:
    """VmRSS (now) or VmHWM (highest so far) of this process, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    kibibytes = next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
    return kibibytes * 1024 / 1_000_000


if __name__ == "__main__":
    from bot.process import begin

    begin()  # as `python -m bot serve` does, before it imports the rest
    print(json.dumps(asdict(asyncio.run(measure(sys.argv[1])))))
