"""Whom an alarm is about: the writer, or another person whom the writer can help.

The patterns are data (`concerned` in `guards.yml`); of the two, the subject named last before the hazard decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SELF = "self"
OTHER = "other"
_FIRE_AND_RESCUE = "119"  # brings the air cushion


@dataclass(frozen=True)
class Concerned:
    """How to tell who is meant by one hazard, and whom to call then."""

    writer: re.Pattern[str]
    other: re.Pattern[str]
    other_after: re.Pattern[str]  # begins where the hazard ends
    height: re.Pattern[str]
    numbers_for_other: tuple[str, ...]

    @classmethod
    def read(cls, entry: Mapping[str, Any], compiled: Callable[[Iterable[str]], re.Pattern[str]]) -> Concerned:
        """Read one entry of `concerned`."""
        return cls(
            writer=compiled(entry[SELF]),
            other=compiled(entry[OTHER]),
            other_after=compiled(entry["other_after"]),
            height=compiled(entry["height"]),
            numbers_for_other=tuple(entry["numbers_for_other"]),
        )

    def who(self, message: str, end: int) -> str:
        """SELF or OTHER; `end` is where the words of the hazard end."""
        before = message[:end]
        writer, other = _last(self.writer, before), _last(self.other, before)
        if max(writer, other) < 0:
            return OTHER if self.other_after.match(message[end:]) else SELF
        return OTHER if other > writer else SELF

    def numbers(self, who: str, message: str, numbers: tuple[str, ...]) -> tuple[str, ...]:
        """Whom to call: `numbers` for the writer, with the fire service when somebody stands at a height."""
        if who == OTHER:
            return self.numbers_for_other
        if _FIRE_AND_RESCUE not in numbers and self.height.search(message):
            return (*numbers[:1], _FIRE_AND_RESCUE, *numbers[1:])
        return numbers


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((found.start() for found in pattern.finditer(text)), default=-1)
