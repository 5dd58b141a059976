"""How much two texts say the same, by the character bigrams that they share. Independent of all other texts.

Measured on real messages of citizens: of random pairs 99.9 % stay below 12 %; copies that were only touched up lie
above 80 %; two people's own words on one matter around 15 %, so that only place and topic can tell those.
"""

from __future__ import annotations

import re

from knowledge_base.text import normalise

LOOKED_AT = 600  # characters
NEARLY_SAME = 0.8
ALIKE = 0.25  # from which likeness is worth telling
_NO_WORD = re.compile(r"[\W_]+")


def shingles(text: str) -> frozenset[str]:
    """Pairs of neighbouring characters, punctuation left out; a single character stands for itself."""
    plain = _NO_WORD.sub("", normalise(text[:LOOKED_AT]))
    return frozenset(plain[at : at + 2] for at in range(max(1, len(plain) - 1)))


def likeness(first: frozenset[str], second: frozenset[str]) -> float:
    """Dice coefficient, 0–1."""
    return 2 * len(first & second) / (len(first) + len(second))
