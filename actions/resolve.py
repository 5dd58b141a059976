"""Which entry and which aspect a message means, in the light of what was said before.

Alone, a message is searched. With an entry spoken of before, a clipped follow-up ("那多少钱") keeps it, a
correction ("不是换，是丢了") moves to its neighbour, and a choice ("第二个", "当过兵的那个") picks from the offered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge_base.answer import shown
from knowledge_base.base import KnowledgeBase
from knowledge_base.model import Aspect, Entry, Guide
from knowledge_base.search import Candidate, Found, SearchResult
from knowledge_base.text import mandarin, normalise

SHORT = 16  # characters up to which a message may be a follow-up without naming its matter
SWITCH_AT = 0.8  # confidence from which a message that names no matter still leaves the one spoken of
PICK_SHARE = 0.6  # share among the offered entries from which a free answer picks one

ENDING = 14  # characters at the end of a message in which it says what it wants
FACTS = frozenset(
    {
        Aspect.MATERIALS,
        Aspect.TIME,
        Aspect.LEGAL_TIME,
        Aspect.FEE,
        Aspect.WHERE,
        Aspect.ONLINE,
        Aspect.APPOINTMENT,
        Aspect.PHONE,
        Aspect.COMPLAINT_PHONE,
        Aspect.COURIER,
        Aspect.VISITS,
    }
)

_NUMERALS = ("一1", "二两2", "三3", "四4", "五5", "六6")
_ORDINALS = {char: place for place, chars in enumerate(_NUMERALS) for char in chars}
_ORDINAL = re.compile(r"^(?:回复|选|选择|要|就)?第?([一二两三四五六1-6])(?:个|项|种|条|号)?(?:吧|的)?[。.!！]?$")
_CORRECTION = re.compile(
    r"不是(?P<no>[^，,。；;]{1,12})[，,。；;\s]*(?:而|我|要|应该|应)?(?:是|系|要|想)(?P<yes>.{1,30})$"
)
_PERSON = re.compile(r"^(?:那|咁|如果|要是|换成|那么)?.{0,8}(?:呢|呢\?|呢？)$")
_NONE_OF_THEM = re.compile(r"^(?:都不是|以上都不是|没有一个是|都不对|不是这些)")


@dataclass(frozen=True)
class Context:
    """What the conversation was about before this message."""

    matter: str = ""  # code of the entry answered last
    aspect: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Meaning:
    """What a message means: a search result whose first candidate is the entry, and the asked aspect."""

    result: SearchResult
    aspect: Aspect
    from_context: bool = False  # the entry was not in the message itself


def resolve(knowledge: KnowledgeBase, message: str, context: Context) -> Meaning:
    """Find entry and aspect. Costs one embedding (about 20 ms): run it off the event loop."""
    result = knowledge.search(message)
    aspect = _aspect(knowledge, message, context)
    if context.choices and (picked := _pick(knowledge, message, context, result)) is not None:
        return Meaning(_certain(picked, result), _kept_aspect(knowledge, message, context, aspect), from_context=True)
    if context.matter and (current := knowledge.entry(context.matter)) is not None:
        if (moved := _corrected(knowledge, message, current)) is not None:
            kept = Aspect(context.aspect) if context.aspect else aspect
            return Meaning(_certain(moved, result), kept, from_context=True)
        if _stays(knowledge, message, current, result):
            return Meaning(_certain(current, result), aspect, from_context=True)
    return Meaning(result, aspect)


def _aspect(knowledge: KnowledgeBase, message: str, context: Context) -> Aspect:
    text = mandarin(message)
    if context.aspect and context.matter and _PERSON.match(text) and not knowledge.picture.aspects.is_named(text):
        return Aspect(context.aspect)  # "那老人家呢": another person, the same question
    return knowledge.aspect_of(message)


def _kept_aspect(knowledge: KnowledgeBase, message: str, context: Context, guessed: Aspect) -> Aspect:
    """A choice or a correction keeps the aspect asked before, unless it names another."""
    is_named = knowledge.picture.aspects.is_named(mandarin(message))
    return Aspect(context.aspect) if context.aspect and not is_named else guessed


def _pick(knowledge: KnowledgeBase, message: str, context: Context, result: SearchResult) -> Entry | None:
    text = normalise(message)
    if _NONE_OF_THEM.match(text):
        return None
    if ordinal := _ORDINAL.match(text):
        place = _ORDINALS[ordinal.group(1)]
        return knowledge.entry(context.choices[place]) if place < len(context.choices) else None
    if result.found is Found.ANSWER and result.first.code not in context.choices:
        return None
    ranked = knowledge.choose(message, context.choices)
    if not ranked:
        return None
    best, share = ranked[0]
    is_near = result.share_of(best.code) > 0 or len(text) <= SHORT
    return best if share >= PICK_SHARE and is_near else None


def _corrected(knowledge: KnowledgeBase, message: str, current: Entry) -> Entry | None:
    found = _CORRECTION.search(mandarin(message))
    if found is None or not isinstance(current, Guide) or not current.neighbours:
        return None
    wanted = knowledge.choose(found.group("yes"), [current.code, *current.neighbours])
    return wanted[0][0] if wanted and wanted[0][0].code != current.code else None


def _stays(knowledge: KnowledgeBase, message: str, current: Entry, result: SearchResult) -> bool:
    text = mandarin(message)
    if result.first.code == current.code:
        return True
    names_other = result.candidates[0].measures.get("named", 1.0) > 0.0
    asks_aspect = knowledge.picture.aspects.is_named(text) or _PERSON.match(text) is not None
    if names_other or not (len(text) <= SHORT or result.share_of(current.code) > 0):
        return False
    return result.confidence < SWITCH_AT and asks_aspect


def is_plain_question(knowledge: KnowledgeBase, message: str, meaning: Meaning) -> bool:
    """Does the message end in asking for a fact (电话, 多久, 在哪 …) that the entry found holds?

    Then it is a question, however much the rest sounds like a complaint or like something outside.
    """
    if meaning.result.found is not Found.ANSWER or meaning.aspect not in FACTS:
        return False
    ending = mandarin(message)[-ENDING:]
    return knowledge.picture.aspects.names(ending, meaning.aspect) and bool(shown(meaning.result.first, meaning.aspect))


def _certain(entry: Entry, result: SearchResult) -> SearchResult:
    others: Sequence[Candidate] = [each for each in result.candidates if each.entry.code != entry.code]
    mine = next((each for each in result.candidates if each.entry.code == entry.code), Candidate(entry, 1.0, {}))
    faq = result.faq if result.first.code == entry.code else None
    return SearchResult(
        Found.ANSWER, max(result.confidence, 0.5), (mine, *others), faq=faq, thresholds=result.thresholds
    )
