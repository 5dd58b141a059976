"""The stories of tests/stories through the trained model, as `rasa test core` runs them (no action is executed)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
STORIES = ROOT / "tests" / "stories"
MODELS = ROOT / "models"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the reports; without a model the tests are skipped, or fail when CI=true."""
    if not any(MODELS.glob("*.tar.gz")):
        complaint = "no trained model in models/: run `make train`"
        if os.environ.get("CI") == "true":
            pytest.fail(complaint)
        pytest.skip(complaint)
    out = tmp_path_factory.mktemp("stories")
    command = [sys.executable, "-m", "rasa", "test", "core", "--stories", str(STORIES), "--out", str(out)]
    env = os.environ | {"RASA_TELEMETRY_ENABLED": "false", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return out


def test_every_story_goes_as_it_is_written(results: Path) -> None:
    failed = yaml.safe_load((results / "failed_test_stories.yml").read_text(encoding="utf-8"))
    assert failed is None


def test_the_stories_reach_every_action_that_a_rule_names(results: Path) -> None:
    report = json.loads((results / "story_report.json").read_text(encoding="utf-8"))
    rules = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / "data" / "rules").glob("*.yml")]
    named = {step["action"] for file in rules for rule in file["rules"] for step in rule["steps"] if "action" in step}
    assert named - report.keys() == set()


@pytest.mark.parametrize("path", sorted(STORIES.glob("*.yml")), ids=lambda path: path.name)
def test_a_story_is_named_once_by_a_sentence(path: Path) -> None:
    names = [story["story"] for story in yaml.safe_load(path.read_text(encoding="utf-8"))["stories"]]
    assert len(set(names)) == len(names)
    assert all(len(name) >= 6 for name in names)
