"""The sentences of this channel, from wording.yml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

WORDING = Path(__file__).with_name("wording.yml")


@cache
def _wording() -> dict[str, Any]:
    return dict(yaml.safe_load(WORDING.read_text(encoding="utf-8")))


def words(key: str, **values: object) -> str:
    """A sentence with its placeholders filled in."""
    return str(_wording()[key]).format(**values)


def options(key: str) -> tuple[str, ...]:
    return tuple(_wording()[key])
