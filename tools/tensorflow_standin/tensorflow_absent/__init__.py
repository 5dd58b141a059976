"""Import hook that lets Rasa load where TensorFlow is not installed.

Rasa 3.6 imports `tensorflow` and `keras` in modules that every command loads, although a project without DIET, TED
or other neural components calls nothing of them. `install()` adds one finder *behind* all others:

- With the real TensorFlow installed the finder is never asked, or steps aside.
- It answers only to imports that stand in Rasa's own modules. `import tensorflow` anywhere else stays a
  `ModuleNotFoundError`, so that libraries which probe for TensorFlow find none.

This module runs at each start of Python (from `tensorflow_absent.pth`): it imports nothing but `sys` until Rasa asks.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import FrameType, ModuleType

TOP_LEVEL = ("tensorflow", "keras")
SERVED_IMPORTERS = ("rasa", "tensorflow_absent")
_IMPORT_MACHINERY = ("importlib", "_frozen_importlib")


def _importer(frame: FrameType | None) -> str:
    """Name of the module whose import statement is being carried out; "" when there is none."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] not in _IMPORT_MACHINERY and name != "_frozen_importlib_external":
            return name
        frame = frame.f_back
    return ""


class StandInFinder:
    """Meta path finder for the few TensorFlow modules that Rasa names when it is imported."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top = fullname.partition(".")[0]
        if top not in TOP_LEVEL:
            return None
        if _importer(sys._getframe(1)).partition(".")[0] not in SERVED_IMPORTERS:
            return None
        from tensorflow_absent import names

        return names.spec_for(fullname)


def install() -> None:
    """Add the finder behind all others; calling it again changes nothing."""
    if not any(isinstance(finder, StandInFinder) for finder in sys.meta_path):
        sys.meta_path.append(StandInFinder())
