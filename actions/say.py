"""Put what an action has to say into messages that every channel understands.

A message has a complete text, a card (`json_message`: kind, data, quick_replies) and, once per turn, what the turn
came to (`meta`). Rasa's shell shows the text; our channels draw the card.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.executor import CollectingDispatcher

WORDING = Path(__file__).with_name("wording.yml")


@cache
def _wording() -> dict[str, Any]:
    return dict(yaml.safe_load(WORDING.read_text(encoding="utf-8")))


def words(key: str, **values: object) -> str:
    """A fixed sentence of `wording.yml` with its placeholders filled in."""
    return str(_wording()[key]).format(**values)


def options(key: str) -> tuple[str, ...]:
    """The quick replies that stand in `wording.yml` under this key."""
    return tuple(_wording()[key])


def say(
    dispatcher: CollectingDispatcher,
    text: str,
    *,
    kind: str = "text",
    data: dict[str, Any] | None = None,
    quick_replies: Sequence[str] = (),
    meta: dict[str, Any] | None = None,
) -> None:
    """Send one message."""
    dispatcher.utter_message(
        text=text,
        buttons=[{"title": reply, "payload": reply} for reply in quick_replies],
        json_message={"kind": kind, "data": data or {}, "quick_replies": list(quick_replies), "meta": meta or {}},
    )
