"""Which statements of an entry a citizen may be told: by confidence, and by the day until which it was verified."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from knowledge_base.halls import place_statement
from knowledge_base.model import (
    PUBLISHABLE_FIGURE,
    Aspect,
    Bundle,
    Confidence,
    Entry,
    Hall,
    Law,
    Statement,
)
from knowledge_base.sentences import wording

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
_WITHHELD = _FIGURES | {Aspect.CONDITION}  # of an expired entry
_TOLD_AFTER_EXPIRY = frozenset(  # figures in these are telephone numbers, counts of copies, articles of a law
    {Aspect.MATERIALS, Aspect.WHERE, Aspect.ONLINE, Aspect.PHONE, Aspect.COMPLAINT_PHONE, Aspect.LAW}
)
_CLAIM = re.compile(
    r"[0-9０-９]|[一二三四五六七八九十百两半]+(?:元|块|天|日|个?工作日|个?月|年)"
    r"|免费|不收|免收|不要钱|不用交|当场|当天|当日|当时|即时|即办"
)
_HOTLINE = re.compile(r"(?<![0-9])(?:1[0-9]{2}|12[0-9]{3}|9[56][0-9]{3})(?![0-9]|\s*[元块天日个年万人户次%])")


def shown(entry: Entry, aspect: Aspect, halls: Sequence[Hall] = (), *, is_expired: bool = False) -> list[Statement]:
    """The statements of one aspect that may be shown to a citizen; `halls` tell what a place leaves open."""
    if aspect is Aspect.GENERAL:
        return _general(entry, is_expired=is_expired)
    if aspect is Aspect.LAW:
        return [_law_statement(law) for law in getattr(entry, "laws", ()) if may_show(law.confidence)]
    if aspect is Aspect.WHERE:
        return [place_statement(place, halls) for place in getattr(entry, "places", ()) if may_show(place.confidence)]
    statements: Iterable[Statement] = getattr(entry, _FIELDS[aspect], ())
    return [each for each in statements if is_shown(each, aspect, is_expired=is_expired)]


def is_shown(statement: Statement, aspect: Aspect, *, is_expired: bool = False) -> bool:
    """May a citizen be told this statement as the answer to this aspect?"""
    if not may_show(statement.confidence) or (is_expired and not _may_outlive(statement, aspect)):
        return False
    return aspect not in _FIGURES or statement.confidence in PUBLISHABLE_FIGURE or not _claims(statement)


def may_show(confidence: Confidence) -> bool:
    """Is a statement of this confidence ever told?"""
    return confidence is not Confidence.UNCERTAIN


def _general(entry: Entry, *, is_expired: bool) -> list[Statement]:
    if entry.summary is not None and is_shown(entry.summary, Aspect.GENERAL, is_expired=is_expired):
        statements = [entry.summary]
        if isinstance(entry, Bundle):
            order = "；".join(f"{place}. {member.name}" for place, member in enumerate(entry.members, start=1))
            text = f"{wording()['bundle_order']}{order}"
            statements.append(entry.summary.model_copy(update={"text": text, "situation": ""}))
        return statements
    for aspect in (Aspect.CONDITION, Aspect.PROCESS, Aspect.ONLINE, Aspect.WHERE, Aspect.PHONE):
        statements = shown(entry, aspect, is_expired=is_expired)
        if statements:
            return statements
    return []


def _law_statement(law: Law) -> Statement:
    said = f"{law.name}{law.article}" + (f"：{law.text}" if law.text else "")
    return Statement(text=said, confidence=law.confidence, source=law.source or law.name)


def has_expired(entry: Entry, today: date | None) -> bool:
    """Is the entry past the last day for which it was verified?"""
    return today is not None and entry.valid_to is not None and entry.valid_to < today


def _may_outlive(statement: Statement, aspect: Aspect) -> bool:
    """May a statement still be quoted after its entry has expired? No figure may, nor who is entitled."""
    return aspect not in _WITHHELD and (aspect in _TOLD_AFTER_EXPIRY or not _claims(statement))


def _claims(statement: Statement) -> bool:
    """Does a statement give an amount or a time, hotlines aside?"""
    return _CLAIM.search(_HOTLINE.sub("", statement.text)) is not None
