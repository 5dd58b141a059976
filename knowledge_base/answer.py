"""Compose an answer from the fields of one entry, word for word.

The asked aspect stands first, then the best online entry, then source, date checked and who is responsible. A fee
or time limit is quoted only when it is official or a verified copy; what is uncertain is never shown, and a
missing field is said to be missing. An entry past its `valid_to` says so first, and its figures are withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from knowledge_base.aspects import aspect_table
from knowledge_base.halls import hall_of_town, hall_text, place_statement
from knowledge_base.model import (
    Aspect,
    Channel,
    ChannelUse,
    Confidence,
    Entry,
    Faq,
    Gap,
    Guide,
    Hall,
    Level,
    Material,
    Question,
    Statement,
)
from knowledge_base.publishable import has_expired, is_shown, may_show, shown
from knowledge_base.sentences import wording

__all__ = ["Answer", "Line", "checked", "compose", "render", "shown", "wording"]
OFFERED_ASPECTS = 5  # at most that many quick replies

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
    expiry_note: str = ""  # the entry is past its date


def compose(
    entry: Entry,
    aspect: Aspect,
    channels: Mapping[str, Channel],
    *,
    town: str = "",
    faq: Question | None = None,
    halls: Sequence[Hall] = (),
    today: date | None = None,
) -> Answer:
    """Compose the answer.

    `town` is the official name of the citizen's town when it is known; `today`, in local time, decides whether the
    entry has expired (without it, that is not asked).
    """
    is_expired = has_expired(entry, today)
    if faq is not None and not is_shown(faq.answer, faq.aspect or aspect, is_expired=is_expired):
        faq = None
    statements = [faq.answer] if faq is not None else shown(entry, aspect, halls, is_expired=is_expired)
    uses = _online_uses(entry, channels)
    online = uses if faq is None and aspect in (Aspect.WHERE, Aspect.ONLINE) else []
    if isinstance(entry, Faq | Gap) and not (statements or online):
        aspect = Aspect.GENERAL  # all that such an entry has to say
        statements = shown(entry, aspect, halls, is_expired=is_expired)
    lead = [_line(statement) for statement in statements]
    near = _near_halls(entry, aspect, town, halls) if faq is None else []
    online_lines = [_online_line(use, channels[use.channel]) for use in online]
    if aspect is Aspect.WHERE and isinstance(entry, Guide) and faq is None:
        lead = [*online_lines, *_near_lines(entry, town, near), *lead]
    elif online:
        lead = [*lead, *online_lines]
    is_missing = not lead
    if is_missing:
        key = "withheld" if is_expired and shown(entry, aspect) else "missing"
        lead = [Line(wording()[key].format(label=aspect_table()[aspect].label))]
    best = uses[0] if uses else None
    return Answer(
        entry=entry,
        aspect=aspect,
        lead=tuple(lead),
        is_missing=is_missing,
        materials=tuple(shown(entry, Aspect.MATERIALS)) if aspect is Aspect.MATERIALS else (),  # type: ignore[arg-type]
        channel=best,
        channel_card=channels[best.channel] if best else None,
        place=_place(entry, town, halls),
        sources=() if is_missing else _sources(entry, [*statements, *online, *near]),
        level_note=wording()["municipal"] if isinstance(entry, Guide) and entry.is_municipal else "",
        other_aspects=_other_aspects(entry, aspect, is_online=bool(uses), is_expired=is_expired),
        expiry_note=wording()["expired"].format(date=entry.valid_to) if is_expired else "",
    )


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
    known = [use for use in uses if use.channel in channels and may_show(use.confidence)]
    return [use for use in known if channels[use.channel].kind != "phone"]


def _online_line(use: ChannelUse, card: Channel) -> Line:
    where = f"，{use.entry}" if use.entry else ""
    return Line(wording()["online_first"].format(name=card.name, entry=where), use.condition)


def _near_lines(guide: Guide, town: str, near: Sequence[Hall]) -> list[Line]:
    lines = []
    if Level.VILLAGE in guide.delegated_to:
        lines.append(Line(wording()["near_village"]))
    if Level.TOWN in guide.delegated_to:
        lines += [_hall_line(hall) for hall in near] or [
            Line(wording()["near_town"].format(town=town) if town else wording()["near_any"])
        ]
    return lines


def _near_halls(entry: Entry, aspect: Aspect, town: str, halls: Sequence[Hall]) -> list[Hall]:
    """The hall of the citizen's town, when the answer sends there and the table knows where it is."""
    if aspect is not Aspect.WHERE or not isinstance(entry, Guide) or Level.TOWN not in entry.delegated_to:
        return []
    hall = hall_of_town(town, halls)
    return [hall] if hall is not None else []


def _hall_line(hall: Hall) -> Line:
    note = wording()["general_note"] if hall.confidence is Confidence.GENERAL else ""
    return Line(wording()["near_hall"].format(hall=hall_text(hall)), note)


def _place(entry: Entry, town: str, halls: Sequence[Hall]) -> str:
    if not isinstance(entry, Guide):
        return ""
    if town and Level.TOWN in entry.delegated_to:
        near = _near_halls(entry, Aspect.WHERE, town, halls)
        return hall_text(near[0]) if near else f"{town}政务服务中心"
    places = [place for place in entry.places if may_show(place.confidence)]
    return place_statement(places[0], halls).text if places else ""


def _sources(entry: Entry, quoted: Iterable[Statement | ChannelUse | Hall]) -> tuple[str, ...]:
    named = [each.source or getattr(each, "basis", "") for each in quoted]
    return tuple(dict.fromkeys(name for name in named if name))[:3] or tuple(filter(None, [entry.source_url]))


def _other_aspects(entry: Entry, asked: Aspect, *, is_online: bool, is_expired: bool) -> tuple[Aspect, ...]:
    if isinstance(entry, Faq):
        return ()
    held = [
        aspect
        for aspect in _ORDER
        if shown(entry, aspect, is_expired=is_expired) or (aspect is Aspect.ONLINE and is_online)
    ]
    return tuple(aspect for aspect in held if aspect is not asked)[:OFFERED_ASPECTS]


def render(answer: Answer) -> str:
    """The whole answer as plain text, for channels without cards and for the transcript."""
    words = wording()
    lines = [f"【{answer.entry.name}】{aspect_table()[answer.aspect].label}"]
    lines += [answer.expiry_note] if answer.expiry_note else []
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
