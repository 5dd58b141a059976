"""Compose an answer from the fields of one entry, word for word.

The asked aspect stands first, then the best online entry, then source, date checked and who is responsible. A fee
or time limit is quoted only when it is official or a verified copy; what is uncertain is never shown, and a
missing field is said to be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge_base.aspects import aspect_table
from knowledge_base.model import (
    PUBLISHABLE_FIGURE,
    Aspect,
    Bundle,
    Channel,
    ChannelUse,
    Confidence,
    Entry,
    Faq,
    Gap,
    Guide,
    Law,
    Level,
    Material,
    Place,
    Question,
    Statement,
)

WORDING = Path(__file__).with_name("wording.yml")
OFFERED_ASPECTS = 5  # at most that many quick replies

_FIELDS: dict[Aspect, str] = {
    Aspect.CONDITION: "conditions",
    Aspect.MATERIALS: "materials",
    Aspect.PROCESS: "steps",
    Aspect.TIME: "time_limits",
    Aspect.LEGAL_TIME: "legal_time_limits",
    Aspect.FEE: "fees",
    Aspect.ONLINE: "online",
    Aspect.APPOINTMENT: "appointment",
    Aspect.PROXY: "proxy",
    Aspect.RESULT: "results",
    Aspect.PHONE: "phones",
    Aspect.COMPLAINT_PHONE: "complaint_phones",
    Aspect.COURIER: "courier",
    Aspect.VISITS: "visits",
}
_FIGURES = frozenset({Aspect.FEE, Aspect.TIME, Aspect.LEGAL_TIME})
_CLAIM = re.compile(
    r"[0-9０-９]|[一二三四五六七八九十百两半]+(?:元|块|天|日|个?工作日|个?月|年)"
    r"|免费|不收|免收|不要钱|不用交|当场|当天|当日|当时|即时|即办"
)
_HOTLINE = re.compile(r"(?<![0-9])(?:1[0-9]{2}|12[0-9]{3}|9[56][0-9]{3})(?![0-9]|\s*[元块天日个年万人户次%])")
_ORDER = (
    Aspect.MATERIALS,
    Aspect.WHERE,
    Aspect.ONLINE,
    Aspect.TIME,
    Aspect.FEE,
    Aspect.CONDITION,
    Aspect.PROCESS,
    Aspect.PROXY,
    Aspect.RESULT,
    Aspect.PHONE,
)


@dataclass(frozen=True)
class Line:
    """One quoted sentence and the note beside it (which case it holds for, how far it may be trusted)."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """What the citizen is told about one entry."""

    entry: Entry
    aspect: Aspect
    lead: tuple[Line, ...]
    is_missing: bool  # the asked aspect is not in the entry
    materials: tuple[Material, ...]
    channel: ChannelUse | None
    channel_card: Channel | None
    place: str
    sources: tuple[str, ...]
    level_note: str
    other_aspects: tuple[Aspect, ...]


@cache
def wording() -> Mapping[str, str]:
    """The fixed sentences of `wording.yml`."""
    return dict(yaml.safe_load(WORDING.read_text(encoding="utf-8")))


def compose(
    entry: Entry,
    aspect: Aspect,
    channels: Mapping[str, Channel],
    *,
    town: str = "",
    faq: Question | None = None,
) -> Answer:
    """Compose the answer; `town` is the official name of the citizen's town when it is known."""
    if faq is not None and not _is_shown(faq.answer, faq.aspect or aspect):
        faq = None
    statements = [faq.answer] if faq is not None else shown(entry, aspect)
    uses = _online_uses(entry, channels)
    online = uses if faq is None and aspect in (Aspect.WHERE, Aspect.ONLINE) else []
    if isinstance(entry, Faq | Gap) and not (statements or online):
        aspect, statements = Aspect.GENERAL, shown(entry, Aspect.GENERAL)  # all that such an entry has to say
    lead = [_line(statement) for statement in statements]
    online_lines = [_online_line(use, channels[use.channel]) for use in online]
    if aspect is Aspect.WHERE and isinstance(entry, Guide) and faq is None:
        lead = [*online_lines, *_near_lines(entry, town), *lead]
    elif online:
        lead = [*lead, *online_lines]
    is_missing = not lead
    if is_missing:
        lead = [Line(wording()["missing"].format(label=aspect_table()[aspect].label))]
    best = uses[0] if uses else None
    return Answer(
        entry=entry,
        aspect=aspect,
        lead=tuple(lead),
        is_missing=is_missing,
        materials=tuple(shown(entry, Aspect.MATERIALS)) if aspect is Aspect.MATERIALS else (),  # type: ignore[arg-type]
        channel=best,
        channel_card=channels[best.channel] if best else None,
        place=_place(entry, town),
        sources=() if is_missing else _sources(entry, [*statements, *online]),
        level_note=wording()["municipal"] if isinstance(entry, Guide) and entry.is_municipal else "",
        other_aspects=_other_aspects(entry, aspect, is_online=bool(uses)),
    )


def shown(entry: Entry, aspect: Aspect) -> list[Statement]:
    """The statements of one aspect that may be shown to a citizen."""
    if aspect is Aspect.GENERAL:
        return _general(entry)
    if aspect is Aspect.LAW:
        return [_law_statement(law) for law in getattr(entry, "laws", ()) if _may_show(law.confidence)]
    if aspect is Aspect.WHERE:
        return [_place_statement(place) for place in getattr(entry, "places", ()) if _may_show(place.confidence)]
    statements: Iterable[Statement] = getattr(entry, _FIELDS[aspect], ())
    return [statement for statement in statements if _is_shown(statement, aspect)]


def _is_shown(statement: Statement, aspect: Aspect) -> bool:
    if aspect in _FIGURES and statement.confidence not in PUBLISHABLE_FIGURE:
        return _may_show(statement.confidence) and not _CLAIM.search(_HOTLINE.sub("", statement.text))
    return _may_show(statement.confidence)


def _may_show(confidence: Confidence) -> bool:
    return confidence is not Confidence.UNCERTAIN


def _general(entry: Entry) -> list[Statement]:
    if entry.summary is not None and _may_show(entry.summary.confidence):
        statements = [entry.summary]
        if isinstance(entry, Bundle):
            order = "；".join(f"{place}. {member.name}" for place, member in enumerate(entry.members, start=1))
            text = f"{wording()['bundle_order']}{order}"
            statements.append(entry.summary.model_copy(update={"text": text, "situation": ""}))
        return statements
    for aspect in (Aspect.CONDITION, Aspect.PROCESS, Aspect.ONLINE, Aspect.WHERE, Aspect.PHONE):
        statements = shown(entry, aspect)
        if statements:
            return statements
    return []


def _law_statement(law: Law) -> Statement:
    said = f"{law.name}{law.article}" + (f"：{law.text}" if law.text else "")
    return Statement(text=said, confidence=law.confidence, source=law.source or law.name)


def _place_statement(place: Place) -> Statement:
    parts = [place.name, place.address, place.hours, f"电话 {place.phone}" if place.phone else ""]
    text = "，".join(part for part in parts if part)
    return Statement(text=text, confidence=place.confidence, source=place.source)


def _line(statement: Statement) -> Line:
    notes = [statement.situation]
    if isinstance(statement, Material):
        necessity = statement.necessity if statement.necessity != "必要" else ""
        notes = ["免提交" if statement.is_exempt else necessity, statement.situation, statement.note]
    if statement.confidence is Confidence.GENERAL:
        notes.append(wording()["general_note"])
    return Line(statement.text, "；".join(note.rstrip("。；") for note in notes if note))


def _online_uses(entry: Entry, channels: Mapping[str, Channel]) -> list[ChannelUse]:
    uses: tuple[ChannelUse, ...] = getattr(entry, "channels", ())
    known = [use for use in uses if use.channel in channels and _may_show(use.confidence)]
    return [use for use in known if channels[use.channel].kind != "phone"]


def _online_line(use: ChannelUse, card: Channel) -> Line:
    where = f"，{use.entry}" if use.entry else ""
    return Line(wording()["online_first"].format(name=card.name, entry=where), use.condition)


def _near_lines(guide: Guide, town: str) -> list[Line]:
    lines = []
    if Level.VILLAGE in guide.delegated_to:
        lines.append(Line(wording()["near_village"]))
    if Level.TOWN in guide.delegated_to:
        lines.append(Line(wording()["near_town"].format(town=town) if town else wording()["near_any"]))
    return lines


def _place(entry: Entry, town: str) -> str:
    if not isinstance(entry, Guide):
        return ""
    if town and Level.TOWN in entry.delegated_to:
        return f"{town}政务服务中心"
    places = [place.name for place in entry.places if _may_show(place.confidence)]
    return places[0] if places else ""


def _sources(entry: Entry, quoted: Iterable[Statement | ChannelUse]) -> tuple[str, ...]:
    named = [each.source or getattr(each, "basis", "") for each in quoted]
    return tuple(dict.fromkeys(name for name in named if name))[:3] or tuple(filter(None, [entry.source_url]))


def _other_aspects(entry: Entry, asked: Aspect, *, is_online: bool) -> tuple[Aspect, ...]:
    if isinstance(entry, Faq):
        return ()
    held = [aspect for aspect in _ORDER if shown(entry, aspect) or (aspect is Aspect.ONLINE and is_online)]
    return tuple(aspect for aspect in held if aspect is not asked)[:OFFERED_ASPECTS]


def render(answer: Answer) -> str:
    """The whole answer as plain text, for channels without cards and for the transcript."""
    words = wording()
    lines = [f"【{answer.entry.name}】{aspect_table()[answer.aspect].label}"]
    marks = [f"{place}. " if len(answer.lead) > 1 else "" for place in range(1, len(answer.lead) + 1)]
    lines += [f"{mark}{_with_note(line)}" for mark, line in zip(marks, answer.lead, strict=True)]
    if answer.channel_card is not None and answer.aspect not in (Aspect.ONLINE, Aspect.WHERE):
        where = f"，{answer.channel.entry}" if answer.channel and answer.channel.entry else ""
        lines.append(words["online_first"].format(name=answer.channel_card.name, entry=where))
    lines += [note for note in (answer.level_note, answer.entry.notice) if note]
    if answer.sources:
        lines.append(words["sources"].format(sources="、".join(answer.sources), checked=checked(answer.entry)))
    if answer.entry.owner_unit:
        lines.append(words["unit"].format(unit=answer.entry.owner_unit))
    return "\n".join([*lines, words["disclaimer"]])


def checked(entry: Entry) -> str:
    """When the entry was last verified, or that nobody has."""
    if entry.verified_at is None:
        return wording()["unverified"]
    return wording()["checked"].format(date=entry.verified_at.isoformat())


def _with_note(line: Line) -> str:
    return f"{line.text}（{line.note}）" if line.note else line.text
