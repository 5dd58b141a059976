"""Every fixed sentence is said somewhere, and nothing is said that is not written."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from actions.say import WORDING, options, words

ROOT = Path(__file__).resolve().parents[2]


@cache
def written() -> dict[str, Any]:
    return dict(yaml.safe_load(WORDING.read_text(encoding="utf-8")))


def sources() -> Iterator[ast.Module]:
    for room in ("actions", "bot"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if not (path.parent / "wording.yml").exists() or path.parent.name == room:  # a channel with its own words
                yield ast.parse(path.read_text(encoding="utf-8"))


@cache
def literals() -> frozenset[str]:
    """Every string of the rooms that say something: keys are also chosen by name (`key = "a" if … else "b"`)."""
    nodes = (node for module in sources() for node in ast.walk(module))
    return frozenset(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


@cache
def called() -> dict[str, frozenset[str]]:
    """Keys that stand in a call of `words` or `options`, with the values they are given."""
    calls: dict[str, frozenset[str]] = {}
    for module in sources():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("words", "options"):
                values = frozenset(keyword.arg or "**" for keyword in node.keywords)
                for key in _keys_of(node.args[0]):
                    calls[key] = calls.get(key, frozenset()) | values
    return calls


def _keys_of(argument: ast.expr) -> list[str]:
    return [node.value for node in ast.walk(argument) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def test_every_sentence_is_used() -> None:
    assert written().keys() - literals() == set()


def test_every_sentence_that_is_used_is_written() -> None:
    assert called().keys() - written().keys() == set()


@pytest.mark.parametrize("key", sorted(key for key, value in written().items() if isinstance(value, str)))
def test_every_placeholder_is_given_a_value(key: str) -> None:
    wanted = {name for _, name, _, _ in string.Formatter().parse(written()[key]) if name}
    given = called().get(key)
    assert given is None or "**" in given or wanted <= given


def test_a_sentence_is_filled_in() -> None:
    assert "示例" in words("rated", label="示例")


def test_quick_replies_are_short_enough_for_a_button() -> None:
    replies = [reply for key, value in written().items() if isinstance(value, list) for reply in options(key)]
    assert [reply for reply in replies if not 1 <= len(reply) <= 14] == []
