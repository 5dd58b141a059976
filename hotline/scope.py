"""What 12345 does not accept, and where the citizen can go instead. The reasons stand in scope.yml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

SCOPE_FILE = Path(__file__).with_name("scope.yml")
LONGEST_TEXT = 2_000  # characters that are looked at; patterns over an endless text would be endless work


@dataclass(frozen=True)
class Refusal:
    """Why a demand cannot become an order. `reason` and `channel` are for the citizen (Chinese)."""

    code: str  # R1 … R10
    title: str
    reason: str
    channel: str
    matched: str  # the words that decided it; empty when a person did


@dataclass(frozen=True)
class _Rule:
    code: str
    title: str
    reason: str
    channel: str
    triggers: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]


def check(text: str) -> Refusal | None:
    """The first reason that clearly applies to this (simplified) text, or None.

    None means "let it pass", not "accepted": whether to accept is decided by a person.
    """
    text = text[:LONGEST_TEXT]
    for rule in _rules():
        match = next((match for trigger in rule.triggers if (match := trigger.search(text))), None)
        if match and not any(exception.search(text) for exception in rule.unless):
            return Refusal(rule.code, rule.title, rule.reason, rule.channel, match.group())
    return None


def refusal_of(code: str) -> Refusal | None:
    """The reason that stands in scope.yml under this code, None for an unknown one."""
    rule = next((rule for rule in _rules() if rule.code == code), None)
    return None if rule is None else Refusal(rule.code, rule.title, rule.reason, rule.channel, "")


@cache
def _rules() -> tuple[_Rule, ...]:
    rows = yaml.safe_load(SCOPE_FILE.read_text(encoding="utf-8"))["reasons"]
    return tuple(
        _Rule(
            row["code"],
            row["title"],
            row["reason"],
            row["channel"],
            tuple(re.compile(pattern) for pattern in row["triggers"]),
            tuple(re.compile(pattern) for pattern in row["unless"]),
        )
        for row in rows
    )
