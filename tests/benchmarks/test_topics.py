from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.topics import MOST_MB, MOST_SECONDS, Measured, lines, main, measure, passed_limits
from tests.hotline.letters import MIXER
from tests.hotline.test_topic_sources import MARCH, write_file

MEASURED = Measured(messages=10, read_s=1.0, topics_s=MOST_SECONDS - 1.0, peak_mb=MOST_MB, topics=())
REAL_FILE = os.environ.get("CITIZEN_MESSAGES", "")


def test_limit_is_passed_only_above_it() -> None:
    assert passed_limits(MEASURED) == []
    assert len(passed_limits(replace(MEASURED, read_s=1.1, peak_mb=MOST_MB + 1))) == 2


def test_a_file_that_is_absent_is_no_failure(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([str(tmp_path / "no.tsv"), "--check"]) == 0
    assert capsys.readouterr().out == "没有文件 no.tsv，未测量。\n"


def test_a_run_tells_time_memory_and_topics(tmp_path: Path) -> None:
    path = write_file(tmp_path, [(title, "2025-03-20 9:00", text) for title, text in MIXER])
    measured = measure(path, MARCH)
    assert measured.messages == 6
    assert measured.peak_mb > 0
    shown = "\n".join(lines(measured, show=1))
    assert "热点 1 项，共 6 条" in shown
    assert measured.topics[0].title in shown


@pytest.mark.skipif(not REAL_FILE, reason="set CITIZEN_MESSAGES to a file of real letters to measure on it")
def test_real_letters_stay_within_the_limits() -> None:
    assert main([REAL_FILE, "--check"]) == 0
