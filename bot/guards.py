"""What is caught before anything else: danger to life now, self-harm, threats, and plain insults.

The lexicon is data (`guards.yml`): concept groups whose evidence is weighed, so that a frightening word in an
ordinary sentence ("火灾证明在哪开") stays ordinary and an unseen wording of a real alarm is still caught.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.concerned import Concerned
from knowledge_base.text import normalise

LEXICON = Path(__file__).with_name("guards.yml")

EMERGENCY = "emergency"
SELF_HARM_OR_THREAT = "self_harm_or_threat"

_HAPPENING, _NAMED = 2, 1  # weight of a hazard that takes place, and of one that is only named
_BEFORE, _AFTER = 16, 18  # characters around a hazard in which `near` evidence counts
_MAX_CHARS = 2000  # beyond this a message is not searched: alarms stand at its beginning or its end
_LEFT_OVER = 2  # characters that may remain of an insult once insults and fillers are taken out
_NUMBERS = {EMERGENCY: ("110", "119", "120"), SELF_HARM_OR_THREAT: ("110", "120", "12356")}  # of a second opinion
_ALIKE = str.maketrans("著", "着")  # OpenCC keeps 著: 著火 is 着火
_NEVER = re.compile(r"(?!)")
_IDEOGRAPH_OR_WORD = re.compile(r"[\w\u3400-\u9fff]")


@dataclass(frozen=True)
class Alarm:
    """A message that must not wait: what it is about and whom to call, most urgent number first."""

    kind: str  # EMERGENCY or SELF_HARM_OR_THREAT
    numbers: tuple[str, ...]
    groups: tuple[str, ...]  # the concept groups that matched, the hazard first
    score: int
    who: str = ""  # of self-harm and threats: SELF or OTHER of `concerned`

    @property
    def topic(self) -> str:
        """The hazard, as `guards.yml` names it."""
        return self.groups[0]


@dataclass(frozen=True)
class _Hazard:
    name: str
    kind: str
    numbers: tuple[str, ...]
    happening: re.Pattern[str]
    named: re.Pattern[str]


@dataclass(frozen=True)
class _Evidence:
    name: str
    weight: int
    scope: str  # "message", "near" (around the hazard) or "before" (up to its end)
    most: int  # how many different patterns may count
    patterns: tuple[re.Pattern[str], ...]
    only: frozenset[str]
    skip: frozenset[str]

    def applies_to(self, hazard: str) -> bool:
        return hazard not in self.skip and (not self.only or hazard in self.only)


@dataclass(frozen=True)
class _Lexicon:
    threshold: int
    hazards: tuple[_Hazard, ...]
    evidence: tuple[_Evidence, ...]
    idioms: re.Pattern[str]
    resolved: re.Pattern[str]
    insults: re.Pattern[str]
    fillers: re.Pattern[str]
    concerned: Mapping[str, Concerned]


def check(text: str) -> Alarm | None:
    """The most serious alarm that a citizen's message raises, or None for an ordinary message."""
    lexicon = _lexicon()
    found = [
        alarm
        for message in _searchable(text, lexicon)
        for hazard in lexicon.hazards
        if (alarm := _weigh(message, hazard, lexicon)) is not None
    ]
    return max(found, key=lambda alarm: alarm.score, default=None)


def second_opinion(text: str, kind: str) -> Alarm | None:
    """An alarm of `kind` that the intent classifier suspects, unless the message gives evidence against it.

    For wordings that the lexicon does not know: the whole message then counts as the hazard.
    """
    lexicon = _lexicon()
    name = "self_harm" if kind == SELF_HARM_OR_THREAT else kind  # as evidence groups name it
    hazard = _Hazard(name, kind, _NUMBERS[kind], _NEVER, _NEVER)
    spaced = next(iter(_searchable(text, lexicon)))
    alarm = _alarm(spaced, (0, len(spaced)), _HAPPENING, hazard, lexicon.evidence)
    return alarm if alarm.score >= lexicon.threshold else None


def is_alarm_resolved(text: str) -> bool:
    """Whether a message, coming after an alarm, says that the danger is over or was never meant."""
    lexicon = _lexicon()
    if lexicon.resolved.search(_without_spaces(text)) is None:
        return False
    remaining = lexicon.resolved.sub("", _without_spaces(text))
    return check(remaining) is None


def is_abuse(text: str) -> bool:
    """Whether a message holds insults and nothing else; an insult beside a matter is not abuse."""
    lexicon = _lexicon()
    message = _without_spaces(text)
    rest, insults = lexicon.insults.subn("", message)
    if not insults:
        return False
    return len(_IDEOGRAPH_OR_WORD.findall(lexicon.fillers.sub("", rest))) <= _LEFT_OVER


def _without_spaces(text: str) -> str:
    return normalise(_ends(text)).replace(" ", "")


def _ends(text: str) -> str:
    half = _MAX_CHARS // 2
    return text if len(text) <= _MAX_CHARS else f"{text[:half]}。{text[-half:]}"


def _searchable(text: str, lexicon: _Lexicon) -> tuple[str, ...]:
    """The message with its spaces taken as commas, and as nothing; everyday idioms blanked to "·" (same length)."""
    message = normalise(_ends(text)).translate(_ALIKE)
    readings = dict.fromkeys((message.replace(" ", ","), message.replace(" ", "")))
    return tuple(lexicon.idioms.sub(lambda found: "·" * len(found.group()), reading) for reading in readings)


def _weigh(message: str, hazard: _Hazard, lexicon: _Lexicon) -> Alarm | None:
    best: Alarm | None = None
    for base, pattern in ((_HAPPENING, hazard.happening), (_NAMED, hazard.named)):
        for found in pattern.finditer(message):
            alarm = _alarm(message, found.span(), base, hazard, lexicon.evidence)
            if alarm.score >= lexicon.threshold and (best is None or alarm.score > best.score):
                best = alarm
    return best


def _alarm(message: str, span: tuple[int, int], score: int, hazard: _Hazard, evidence: Iterable[_Evidence]) -> Alarm:
    groups = [hazard.name]
    for group in evidence:
        if not group.applies_to(hazard.name):
            continue
        window = _window(message, span, group.scope)
        matched = sum(1 for pattern in group.patterns if pattern.search(window))
        if matched:
            score += group.weight * min(matched, group.most)
            groups.append(group.name)
    alarm = Alarm(hazard.kind, hazard.numbers, tuple(groups), score)
    concerned = _lexicon().concerned.get(hazard.name)
    if concerned is None:
        return alarm
    who = concerned.who(message, span[1])
    return replace(alarm, who=who, numbers=concerned.numbers(who, message, hazard.numbers))


def _window(message: str, span: tuple[int, int], scope: str) -> str:
    if scope == "message":
        return message
    start, end = span
    ahead = max(0, start - _BEFORE)
    return message[ahead : end if scope == "before" else end + _AFTER]


@cache
def _lexicon() -> _Lexicon:
    data: dict[str, Any] = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))
    sets: dict[str, str] = data["sets"]
    return _Lexicon(
        threshold=int(data["threshold"]),
        hazards=tuple(_hazard(name, entry, sets) for name, entry in data["hazards"].items()),
        evidence=tuple(_evidence(name, entry, sets) for name, entry in data["evidence"].items()),
        idioms=_compile(data["idioms"], sets),
        resolved=_compile(data["resolved"], sets),
        insults=_compile(data["insults"], sets),
        fillers=_compile([data["fillers"]], sets),
        concerned={
            name: Concerned.read(entry, lambda patterns: _compile(patterns, sets))
            for name, entry in data["concerned"].items()
        },
    )


def _hazard(name: str, entry: Mapping[str, Any], sets: Mapping[str, str]) -> _Hazard:
    return _Hazard(
        name=name,
        kind=entry["kind"],
        numbers=tuple(entry["numbers"]),
        happening=_compile(entry["happening"], sets),
        named=_compile(entry["suspected"], sets),
    )


def _evidence(name: str, entry: Mapping[str, Any], sets: Mapping[str, str]) -> _Evidence:
    return _Evidence(
        name=name,
        weight=int(entry["weight"]),
        scope=entry["scope"],
        most=int(entry.get("most", 1)),
        patterns=tuple(_compile([pattern], sets) for pattern in entry["patterns"]),
        only=frozenset(entry.get("only", ())),
        skip=frozenset(entry.get("skip", ())),
    )


def _compile(patterns: Iterable[str], sets: Mapping[str, str]) -> re.Pattern[str]:
    """Join alternatives; `{name}` is replaced by that set, the rest is normalised like the messages."""
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    for name, words in sets.items():
        joined = joined.replace("{" + name + "}", words)
    return re.compile(normalise(joined).translate(_ALIKE))
