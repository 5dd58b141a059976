"""What the assistant says as WeChat text: one message of at most 2048 bytes, quick replies as links and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.channels.wechat.messages import printable
from bot.channels.wechat.wording import options, words
from bot.replies import Outcome, Reply, TurnResult

LIMIT = 2048  # bytes in UTF-8; beyond, WeChat answers 45002 or drops the reply
MOST_CHOICES = 9
LONGEST_CHOICE = 40  # characters of a quick reply that still becomes a link
LARGEST_BLOCK = 900  # bytes for the links; longer ones are shown as plain numbers
FULL_ENOUGH = 0.6  # of the limit: a better place to cut is not sought further up

_TAG = re.compile(r"<(?=[A-Za-z/!])")
_NO_LINK = re.compile(r"[&\"'<>#%\s]")
_UNIT = re.compile(  # never cut inside one of these
    r"https?://[!-~]+"
    r"|[A-Za-z0-9]+(?:[-._@:/][A-Za-z0-9]+)*"
    r"|[\U0001F1E6-\U0001F1FF]{2}"
    r"|.(?:[\u0300-\u036f\u20d0-\u20ff\ufe0e\ufe0f\U0001F3FB-\U0001F3FF\U000E0020-\U000E007F]|\u200d.)*",
    re.DOTALL,
)
_CUTS = (re.compile(r"\n"), re.compile(r"[。！？；!?;…]"), re.compile(r"[，、：,:）)”\s]"))  # best first, after it


@dataclass(frozen=True)
class Answer:
    """Everything that one message of the citizen leads to. `is_urgent`: nothing may stand before it."""

    text: str
    choices: tuple[str, ...] = ()
    is_urgent: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "choices": list(self.choices), "is_urgent": self.is_urgent}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Answer:
        return cls(str(value["text"]), tuple(value["choices"]), bool(value["is_urgent"]))


def compose(result: TurnResult) -> Answer:
    """All replies of a turn as one text; the last quick replies count."""
    text = "\n\n".join(reply.text.strip() for reply in result.replies if reply.text.strip())
    choices = next((found for reply in reversed(result.replies) if (found := choices_of(reply))), ())
    is_urgent = result.outcome in (Outcome.EMERGENCY, Outcome.SELF_HARM_OR_THREAT)
    return Answer(harmless(text), choices[:MOST_CHOICES], is_urgent)


def choices_of(reply: Reply) -> tuple[str, ...]:
    """What can be sent with one tap."""
    if reply.quick_replies:
        return reply.quick_replies
    if reply.kind == "choices":
        return tuple(str(choice["name"]) for choice in reply.data.get("choices", ()))
    if reply.kind == "order_notice" and reply.data.get("ratable"):
        return options("rating_levels")
    return ()


def harmless(text: str) -> str:
    """WeChat draws links of a text: what looks like a tag must stay text."""
    return _TAG.sub("＜", printable(text))


def fit(text: str, choices: Sequence[str] = (), limit: int = LIMIT) -> tuple[str, str]:
    """(message, rest): as much as fits, with the choices below; the rest is for 更多."""
    block = choice_block(choices)
    room = limit - _size(block)
    if _size(text) <= room:
        return text + block, ""
    more = words("more_hint")
    part, rest = split(text, room - _size(more))
    return part + more + block, rest


def split(text: str, limit: int) -> tuple[str, str]:
    """(part, rest) with a part of at most `limit` bytes, cut where a reader pauses; white space at the cut goes."""
    if _size(text) <= limit:
        return text, ""
    end = _cut(text, limit)
    return text[:end].rstrip(), text[end:].lstrip()


def choice_block(choices: Sequence[str]) -> str:
    """Numbered quick replies, each a link that sends its text."""
    if not choices:
        return ""
    linked = "".join(f"\n{number}. {_link(choice, number)}" for number, choice in enumerate(choices, start=1))
    plain = "".join(f"\n{number}. {harmless(choice)}" for number, choice in enumerate(choices, start=1))
    lines = linked if _size(linked) <= LARGEST_BLOCK else split(plain, LARGEST_BLOCK)[0]
    return f"\n{lines}\n{words('choices_hint')}"


def _link(choice: str, number: int) -> str:
    if _NO_LINK.search(choice) or len(choice) > LONGEST_CHOICE:
        return harmless(choice)
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={choice}&msgmenuid={number}">{choice}</a>'


def _cut(text: str, limit: int) -> int:
    """Where to cut, in characters: the last good place in the far part, else the last between two units."""
    best = [0] * len(_CUTS)
    used = end = 0
    for start, stop in _units(text, limit):
        end = stop
        used += _size(text[start:stop])
        if used < FULL_ENOUGH * limit:
            continue
        for rank, pattern in enumerate(_CUTS):
            if pattern.match(text, start):
                best[rank] = stop
    found = next((place for place in best if place), end)
    return found or len(text.encode()[:limit].decode(errors="ignore"))  # one unit longer than the limit


def _units(text: str, limit: int) -> Iterator[tuple[int, int]]:
    used = 0
    for match in _UNIT.finditer(text):
        used += _size(match.group())
        if used > limit:
            return
        yield match.span()


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
