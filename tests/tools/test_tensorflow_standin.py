"""The stand-in for TensorFlow: Rasa imports, everybody else is told that TensorFlow is missing."""

from __future__ import annotations

import importlib.machinery
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tensorflow_absent import StandInFinder, install
from tensorflow_absent.names import KNOWN, TensorFlowNameMissing, TensorFlowNeeded, spec_for

# By distribution, not by module: once Rasa has been imported in this process, the stand-in answers to the name.
HAS_REAL_TENSORFLOW = any(importlib.metadata.packages_distributions().get("tensorflow", ()))
pytestmark = pytest.mark.skipif(HAS_REAL_TENSORFLOW, reason="the real TensorFlow is installed: it is used instead")

DIET_PROJECT = {
    "config.yml": (
        "recipe: default.v1\nassistant_id: t\nlanguage: en\npipeline:\n- name: WhitespaceTokenizer\n"
        "- name: CountVectorsFeaturizer\n- name: DIETClassifier\n  epochs: 1\npolicies:\n- name: RulePolicy\n"
    ),
    "domain.yml": 'version: "3.1"\nintents: [greet, bye]\n',
    "data/nlu.yml": (
        'version: "3.1"\nnlu:\n- intent: greet\n  examples: |\n    - hi\n    - hello\n'
        "- intent: bye\n  examples: |\n    - bye\n    - later\n"
    ),
}


def run_python(code: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "-c", code]
    env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=cwd, env=env)


def import_as(module: str, statement: str) -> dict[str, object]:
    """Carry out an import statement as if it stood in `module`."""
    scope: dict[str, object] = {"__name__": module}
    exec(statement, scope)
    return scope


@pytest.fixture
def fresh_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in ("tensorflow", "keras")]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize("name", ["tensorflow", "keras", "tensorflow.keras", "tensorflow_hub", "tensorflow_text"])
def test_ordinary_code_cannot_import_it(name: str) -> None:
    result = run_python(f"import {name}")
    assert result.returncode == 1
    assert "ModuleNotFoundError: No module named" in result.stderr


def test_a_library_that_probes_for_tensorflow_finds_none() -> None:
    result = run_python("import importlib.util; print(importlib.util.find_spec('tensorflow'))")
    assert result.stdout.strip() == "None"


@pytest.mark.usefixtures("fresh_modules")
def test_an_import_in_a_rasa_module_resolves() -> None:
    scope = import_as("rasa.utils.tensorflow.layers", "import tensorflow as tf\nimport tensorflow.keras.backend as K")
    assert scope["tf"] is sys.modules["tensorflow"]
    assert scope["K"] is sys.modules["tensorflow.keras.backend"]


@pytest.mark.usefixtures("fresh_modules")
def test_a_module_whose_name_only_begins_like_rasa_is_refused() -> None:
    with pytest.raises(ModuleNotFoundError):
        import_as("rasamates.layers", "import tensorflow")


@pytest.mark.usefixtures("fresh_modules")
def test_nothing_is_a_tensor() -> None:
    scope = import_as("rasa.x", "import tensorflow as tf\nanswer = tf.is_tensor([1])")
    assert scope["answer"] is False


@pytest.mark.usefixtures("fresh_modules")
def test_a_base_class_can_be_derived_from_but_not_made() -> None:
    code = "import tensorflow as tf\nclass Mine(tf.keras.layers.Layer):\n    pass"
    mine = import_as("rasa.x", code)["Mine"]
    assert isinstance(mine, type)
    with pytest.raises(TensorFlowNeeded, match=r"this model needs TensorFlow: tensorflow\.keras\.layers\.Layer"):
        mine()


@pytest.mark.usefixtures("fresh_modules")
def test_any_other_name_says_that_the_model_needs_tensorflow() -> None:
    with pytest.raises(TensorFlowNameMissing, match=r"this model needs TensorFlow: tensorflow\.constant"):
        import_as("rasa.x", "import tensorflow as tf\ntf.constant(1)")


@pytest.mark.usefixtures("fresh_modules")
def test_it_steps_aside_below_a_real_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", type(sys)("tensorflow"))
    assert spec_for("tensorflow.keras") is None


def test_the_finder_stands_behind_all_others_and_only_once() -> None:
    install()
    mine = [place for place, finder in enumerate(sys.meta_path) if isinstance(finder, StandInFinder)]
    path_finder = sys.meta_path.index(importlib.machinery.PathFinder)
    assert len(mine) == 1
    assert mine[0] > path_finder


def test_a_name_outside_the_list_is_not_served() -> None:
    assert spec_for("tensorflow.lite") is None
    assert "tensorflow.keras.callbacks" in KNOWN


def test_all_components_of_rasa_can_be_imported_without_tensorflow() -> None:
    result = run_python("import rasa.engine.recipes.default_components, rasa.core.agent; print('imported')")
    assert result.stdout.strip() == "imported", result.stderr


def test_training_a_neural_component_says_what_it_needs(tmp_path: Path) -> None:
    for name, text in DIET_PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    result = run_python("import sys; from rasa.__main__ import main; sys.argv = ['rasa', 'train']; main()", tmp_path)
    assert result.returncode != 0
    assert "this model needs TensorFlow" in result.stderr + result.stdout
