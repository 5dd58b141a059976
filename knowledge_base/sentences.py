"""The fixed sentences of answers: everything that is not quoted from an entry."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

WORDING = Path(__file__).with_name("wording.yml")


@cache
def wording() -> Mapping[str, str]:
    """The fixed sentences of `wording.yml`."""
    return dict(yaml.safe_load(WORDING.read_text(encoding="utf-8")))
