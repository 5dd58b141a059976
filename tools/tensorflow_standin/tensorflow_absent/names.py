"""The names of TensorFlow and Keras that Rasa 3.6 uses while it is imported, and nothing else.

Base classes and annotations resolve; making an instance, or asking for any other name, raises an error that says
"this model needs TensorFlow". `is_tensor` answers False, because plotting libraries ask it once the module exists.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

ADVICE = "install tensorflow 2.12 beside Rasa, or use a component in config.yml that does without it"


class TensorFlowNeeded(ImportError):
    """A component tried to use a TensorFlow class."""

    def __init__(self, name: str) -> None:
        super().__init__(f"this model needs TensorFlow: {name} ({ADVICE})")


class TensorFlowNameMissing(AttributeError):
    """Something asked the stand-in for a name it does not hold; an AttributeError, so that `hasattr` works."""

    def __init__(self, name: str) -> None:
        super().__init__(f"this model needs TensorFlow: {name} ({ADVICE})")


# Classes by module: Rasa derives from them or names them in annotations.
CLASSES: dict[str, tuple[str, ...]] = {
    "tensorflow": ("SparseTensor", "Tensor", "TensorShape", "TensorSpec"),
    "tensorflow.keras.callbacks": ("Callback",),
    "tensorflow.keras.layers": ("AbstractRNNCell", "Dense", "Dropout", "Layer"),
    "tensorflow.keras.metrics": ("Metric",),
    "tensorflow.keras.utils": ("Sequence",),
    "tensorflow.python.eager.wrap_function": ("WrappedFunction",),
    "tensorflow.types.experimental": ("TensorLike",),
    "keras": ("Model",),
    "keras.utils.control_flow_util": ("smart_cond",),  # a function in Keras; only its name is needed
}
# Modules that Rasa imports by name without using anything of them while it is imported.
MODULES = (*CLASSES, "tensorflow.keras.backend", "keras.utils.tf_utils")


def _with_parents(names: tuple[str, ...]) -> frozenset[str]:
    paths = [name.split(".") for name in names]
    return frozenset(".".join(path[:depth]) for path in paths for depth in range(1, len(path) + 1))


KNOWN = _with_parents(MODULES)


class StandInModule(ModuleType):
    """One module of the stand-in; an unknown public name raises `TensorFlowNameMissing`."""

    def __getattr__(self, name: str) -> Any:
        full_name = f"{self.__name__}.{name}"
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        raise TensorFlowNameMissing(full_name)


def _make_class(module: str, name: str) -> type:
    full_name = f"{module}.{name}"

    def refuse(self: object, *args: object, **kwargs: object) -> None:
        raise TensorFlowNeeded(full_name)

    return type(name, (), {"__init__": refuse, "__module__": module, "__doc__": "Stand-in; cannot be made."})


def is_tensor(value: object) -> bool:
    """`tf.is_tensor`: nothing is a tensor here."""
    return False


class StandInLoader:
    """Fills a module from the tables above."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return StandInModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        for class_name in CLASSES.get(name, ()):
            setattr(module, class_name, _make_class(name, class_name))
        if name == "tensorflow":
            module.__dict__["is_tensor"] = is_tensor
        for child in sorted(KNOWN):
            if child.rpartition(".")[0] == name:
                __import__(child)


def spec_for(fullname: str) -> ModuleSpec | None:
    """Spec of a stand-in module; None for names it does not hold, and below a real TensorFlow package."""
    parent = fullname.rpartition(".")[0]
    if fullname not in KNOWN or (parent and not isinstance(sys.modules.get(parent), StandInModule)):
        return None
    return ModuleSpec(fullname, StandInLoader(), is_package=True)  # type: ignore[arg-type]
