"""Find the entry a message asks for: answer, ask back with the real alternatives, or admit.

Three outcomes only. `answer` needs a confidence above the calibrated threshold; between the thresholds the
citizen chooses; below, the base says that it does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from knowledge_base.embedding import Embedder
from knowledge_base.index import FEATURES, Measures, SearchIndex
from knowledge_base.model import Entry, Gap, Guide, Question
from knowledge_base.phrases import PhraseKind
from knowledge_base.ranking import Ranking, Weights, load_weights, rank
from knowledge_base.text import mandarin

LONGEST_NAME = 6  # characters of what is left of a message up to which it is a bare name
CHOICES = 4  # at most that many alternatives are offered
LEAST_SHARE = 0.04  # an alternative below this share is not offered
TIED_SHARE = 0.55  # the second of a near-miss pair at this fraction of the first: ask, do not choose
FAQ_LIKENESS = 0.9  # cosine from which on a frequent question is taken to be the one asked


class Found(StrEnum):
    """What the search came to."""

    ANSWER = "answer"
    ASK_BACK = "ask_back"
    ADMIT = "admit"


_ASKING = re.compile(
    r"^(?:你好|您好|请问|我想|我要|想要?|咨询|问一?下?|了解|怎么|如何|办理?|申请|[,，。 ])+"
    r"|(?:要?怎么(?:办理?|弄|申请|搞|整|做)|如何(?:办理?|申请)|咋(?:办|弄|整)|办理?|申请|的?事情?"
    r"|[呢啊呀吗嘛吧?？。!！ ])+$"
)


@dataclass(frozen=True)
class Candidate:
    """One entry with its share of the probability and what was measured (for the hit test)."""

    entry: Entry
    share: float
    measures: dict[str, float]


@dataclass(frozen=True)
class SearchResult:
    """Outcome, confidence that the first candidate is right (0–1), and the candidates, best first."""

    found: Found
    confidence: float
    candidates: tuple[Candidate, ...]
    choices: tuple[Entry, ...] = ()  # for ask_back: what the citizen may choose from
    gap: Gap | None = None  # for admit: the matter it seems to be, which the base does not hold
    faq: Question | None = None  # the frequent question of the first entry that was asked, if one was
    thresholds: dict[str, float] = field(default_factory=dict)

    @property
    def first(self) -> Entry:
        """The best candidate."""
        return self.candidates[0].entry

    def share_of(self, code: str) -> float:
        """The share of one entry, 0 when it is not among the candidates."""
        return next((each.share for each in self.candidates if each.entry.code == code), 0.0)


def search(index: SearchIndex, embedder: Embedder, message: str, weights: Weights | None = None) -> SearchResult:
    """Search the index for a citizen's message, in any script or dialect spelling."""
    text = mandarin(message)
    weights = weights or load_weights()["rich" if index.is_rich else "bare"]
    vector = embedder.embed([text])[0]
    measures = index.measure(text, vector)
    ranking = rank(measures.values, weights, len(text))
    candidates = tuple(
        Candidate(index.entries[place], float(share), _named_measures(measures, int(place)))
        for place, share in zip(ranking.order, ranking.shares, strict=True)
    )
    core = _ASKING.sub("", text)
    named = _named_exactly(index, text) or _named_exactly(index, core)
    if named is not None:
        return _exactly(index, named, candidates)
    if len(sharing := _sharing(index, core)) > 1:
        return SearchResult(Found.ASK_BACK, ranking.confidence, candidates, choices=sharing)
    return _decide(index, measures, ranking, candidates, weights)


def _named_measures(measures: Measures, place: int) -> dict[str, float]:
    return dict(zip(FEATURES, measures.values[place].tolist(), strict=True))


def _named_exactly(index: SearchIndex, text: str) -> Entry | None:
    owners = index.exact.get(text, set())
    return index.entries[next(iter(owners))] if len(owners) == 1 else None


def _sharing(index: SearchIndex, core: str) -> tuple[Entry, ...]:
    """The guides among whose names a bare name stands, when they are a handful ("身份证" alone says too little)."""
    if not 2 <= len(core) <= LONGEST_NAME:
        return ()
    guides = [entry for entry in index.entries if isinstance(entry, Guide)]
    sharing = tuple(guide for guide in guides if any(core in name for name in (guide.name, *guide.aliases)))
    return sharing if len(sharing) <= CHOICES else ()


def _exactly(index: SearchIndex, entry: Entry, candidates: tuple[Candidate, ...]) -> SearchResult:
    others = tuple(candidate for candidate in candidates if candidate.entry.code != entry.code)
    ordered = (Candidate(entry, 1.0, {}), *others)
    if isinstance(entry, Gap):
        return SearchResult(Found.ADMIT, 1.0, ordered, gap=entry)
    return SearchResult(Found.ANSWER, 1.0, ordered)


def _decide(
    index: SearchIndex, measures: Measures, ranking: Ranking, candidates: tuple[Candidate, ...], weights: Weights
) -> SearchResult:
    first = candidates[0].entry
    thresholds = {"answer_at": weights.answer_at, "ask_at": weights.ask_at}
    choices = _choices(candidates)
    held = tuple(entry for entry in choices if not isinstance(entry, Gap))
    common = {"confidence": ranking.confidence, "candidates": candidates, "thresholds": thresholds}
    if ranking.confidence < weights.ask_at:
        return SearchResult(Found.ADMIT, **common)  # type: ignore[arg-type]
    if isinstance(first, Gap):
        return SearchResult(Found.ADMIT, gap=first, **common)  # type: ignore[arg-type]
    if ranking.confidence >= weights.answer_at and not _is_tied(candidates):
        faq = _asked_faq(index, measures, int(ranking.order[0]))
        return SearchResult(Found.ANSWER, faq=faq, **common)  # type: ignore[arg-type]
    return SearchResult(Found.ASK_BACK, choices=held, **common)  # type: ignore[arg-type]


def _choices(candidates: tuple[Candidate, ...]) -> tuple[Entry, ...]:
    offered = [each.entry for each in candidates[:CHOICES] if each.share >= LEAST_SHARE]
    return tuple(offered or [candidates[0].entry])


def _is_tied(candidates: tuple[Candidate, ...]) -> bool:
    """Whether the second is a known near-miss of the first and stands close behind it."""
    if len(candidates) < 2:
        return False
    first, second = candidates[0], candidates[1]
    near = isinstance(first.entry, Guide) and second.entry.code in first.entry.neighbours
    return near and second.share >= TIED_SHARE * first.share


def _asked_faq(index: SearchIndex, measures: Measures, place: int) -> Question | None:
    phrase = index.phrases[int(measures.nearest_phrase[place])]
    if phrase.kind is PhraseKind.FAQ and phrase.faq is not None and measures.likeness[place] >= FAQ_LIKENESS:
        return index.entries[place].faqs[phrase.faq]
    return None
