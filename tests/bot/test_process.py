"""What a process settles before it loads the rest."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from bot import process
from knowledge_base.embedding import SPINS


@pytest.fixture(autouse=True)
def collection() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_it_is_settled_before_any_library_is_loaded() -> None:
    code = "import sys; from bot.process import begin; begin(); print('numpy' in sys.modules, 'rasa' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_the_operator_may_set_other_numbers_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    process.begin()
    assert (os.environ["OPENBLAS_NUM_THREADS"], os.environ["GOMP_SPINCOUNT"]) == ("4", process.SPINS)


def test_the_embedder_waits_as_long_when_it_is_used_alone() -> None:
    assert int(process.SPINS) == SPINS


def test_what_was_loaded_is_left_out_of_collections_until_it_is_unloaded() -> None:
    process.loaded()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == process.SERVING
    process.unloaded()
    assert gc.get_freeze_count() == 0
