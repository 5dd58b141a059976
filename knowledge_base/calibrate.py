"""Fit the ranking weights and the confidence on our own material, by leave-one-out.

Every similar question of every entry is asked once with its own phrase taken out of the index. Questions about
matters that the base does not hold come from the gap entries, a third of which is hidden each time, and from
the out-of-scope examples of the NLU data. Nothing from an evaluation set is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from knowledge_base.embedding import Embed
from knowledge_base.index import FEATURES, Floats, SearchIndex
from knowledge_base.model import Entry, Gap, Guide
from knowledge_base.phrases import PhraseKind
from knowledge_base.ranking import CANDIDATES, EVIDENCE, evidence_of, order_by, standardise
from knowledge_base.text import mandarin

ASKED_BACK_LIMIT = 0.2  # share of messages outside the base that may be asked back about a held matter
SEED = 20201231  # the day the report's year ends; any fixed number
HIDDEN_SHARE = 3  # every third gap is hidden to play the unknown matter
# Similar questions of each entry that are asked: citizens ask for the guides, and the ten times as many gaps must
# not make the base look more often ignorant than it is.
ASKED_OF_GUIDE = 20
ASKED_OF_OTHER = 5
ASKED_OF_GAP = 2
PRIOR = np.asarray([1.0, 0.5, 1.0, 0.5, 0.5, 0.5, 1.0])  # by feature: what it would weigh if nothing were known
# How strongly the fit is held near it: the rich set serves the base that it is fitted on, the bare one any import.
PULL = {"rich": 0.003, "bare": 0.3}


@dataclass(frozen=True)
class Asked:
    """One question put to the index and what it measured. `gold` is None when the base does not hold it."""

    values: Floats
    length: int
    gold: int | None


def calibrate(entries: Sequence[Entry], outside: Sequence[str], embed: Embed, wrong_limit: float) -> dict[str, Any]:
    """Return the content of calibration.json for these entries.

    `outside` are messages that no entry answers; `wrong_limit` is the share of all questions that may be
    answered with a wrong entry (0–1).
    """
    random = np.random.default_rng(SEED)
    gaps = [entry for entry in entries if isinstance(entry, Gap)]
    hidden = {gap.code for gap in gaps[::HIDDEN_SHARE]}
    index = SearchIndex([entry for entry in entries if entry.code not in hidden], embed)
    unknown = [question for gap in gaps if gap.code in hidden for question in gap.similar_questions[:ASKED_OF_GAP]]
    rich = _ask_left_out(index, random) + _ask(index, [*unknown, *outside], None, embed)
    bare_index = SearchIndex([_bare(entry) for entry in index.entries], embed)
    bare = _ask(bare_index, [*unknown, *outside], None, embed)
    for position, entry in enumerate(index.entries):
        chosen = random.permutation(len(entry.similar_questions))[: _share(entry)]
        bare += _ask(bare_index, [entry.similar_questions[place] for place in chosen], position, embed)
    places = frozenset(place for place, entry in enumerate(index.entries) if isinstance(entry, Gap))
    digest = hashlib.sha256("\n".join(sorted(phrase.text for phrase in index.phrases)).encode()).hexdigest()
    return {
        "fitted_on": date.today().isoformat(),
        "data": f"{len(index.entries)} entries, {len(index.phrases)} phrases, {len(outside)} outside messages",
        "data_sha256": digest[:16],
        "wrong_limit": wrong_limit,
        "sets": {
            "rich": _fit(rich, places, wrong_limit, PULL["rich"]),
            "bare": _fit(bare, places, wrong_limit, PULL["bare"]),
        },
    }


def _ask_left_out(index: SearchIndex, random: np.random.Generator) -> list[Asked]:
    asked = []
    left = {owner: _share(entry) for owner, entry in enumerate(index.entries)}
    for position in random.permutation(len(index.phrases)):
        phrase = index.phrases[position]
        if phrase.kind is PhraseKind.QUESTION and left[phrase.owner]:
            left[phrase.owner] -= 1
            measures = index.measure(phrase.text, index.vectors[position], leave_out=int(position))
            asked.append(Asked(measures.values, len(phrase.text), phrase.owner))
    return asked


def _bare(entry: Entry) -> Entry:
    """The entry as a portal would deliver it: a name and one alias."""
    return entry.model_copy(update={"similar_questions": (), "faqs": (), "aliases": entry.aliases[:1]})


def _share(entry: Entry) -> int:
    return ASKED_OF_GUIDE if isinstance(entry, Guide) else ASKED_OF_GAP if isinstance(entry, Gap) else ASKED_OF_OTHER


def _ask(index: SearchIndex, texts: Sequence[str], gold: int | None, embed: Embed) -> list[Asked]:
    wordings = [mandarin(text) for text in texts]
    vectors = embed(wordings)
    return [
        Asked(index.measure(wording, vector).values, len(wording), gold)
        for wording, vector in zip(wordings, vectors, strict=True)
    ]


def _fit(asked: Sequence[Asked], gaps: frozenset[int], wrong_limit: float, pull: float) -> dict[str, Any]:
    weights = _fit_rank([question for question in asked if question.gold is not None], pull)
    rows, right, held = [], [], []
    for question in asked:
        order, shares = order_by(question.values, weights)
        if int(order[0]) in gaps:
            continue  # a gap in front is never an answer, so there is no confidence to learn from it
        rows.append(evidence_of(question.values, order, shares, question.length))
        right.append(int(order[0]) == question.gold)
        held.append(question.gold is not None and question.gold not in gaps)
    evidence, labels, is_held = np.stack(rows), np.asarray(right), np.asarray(held)
    model = LogisticRegression(C=1.0, max_iter=2000, random_state=SEED)
    confidence = cross_val_predict(model, evidence, labels, cv=5, method="predict_proba")[:, 1]
    model.fit(evidence, labels)
    outside = sum(question.gold is None or question.gold in gaps for question in asked)
    return {
        "rank": dict(zip(FEATURES, weights.round(4).tolist(), strict=True)),
        "evidence": dict(zip(EVIDENCE, model.coef_[0].round(4).tolist(), strict=True)),
        "intercept": round(float(model.intercept_[0]), 4),
        "answer_at": _lowest_threshold(confidence, ~labels, wrong_limit, len(asked)),
        "ask_at": _lowest_threshold(confidence, ~is_held, ASKED_BACK_LIMIT, outside),
        "questions": len(asked),
        "first_is_right": round(float(labels[is_held].mean()), 4),
        "expected_calibration_error": round(_calibration_error(confidence, labels), 4),
    }


def _fit_rank(known: Sequence[Asked], pull: float) -> Floats:
    """Learn by pairs: the right entry's features minus those of each rival should be positive.

    Logistic loss, held near `PRIOR` and never below zero: no measure speaks against an entry.
    """
    differences = []
    for question in known:
        scaled = standardise(question.values)
        rivals = [rival for rival in np.argsort(-(scaled @ PRIOR))[:CANDIDATES] if rival != question.gold]
        differences.append(scaled[question.gold] - scaled[rivals])
    pairs = np.concatenate(differences).astype(np.float64)
    weight = np.concatenate([np.full(len(rows), 1.0 / (len(rows) * len(differences))) for rows in differences])

    def loss(guess: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = pairs @ guess
        away = guess - PRIOR
        slope = -weight / (1.0 + np.exp(margins))
        return float(weight @ np.logaddexp(0.0, -margins) + pull / 2 * away @ away), slope @ pairs + pull * away

    bounds = [(0.0, None)] * len(PRIOR)
    return np.asarray(minimize(loss, PRIOR, jac=True, method="L-BFGS-B", bounds=bounds).x, dtype=np.float32)


def _lowest_threshold(confidence: NDArray[Any], is_bad: NDArray[Any], limit: float, total: int) -> float:
    """The lowest confidence above which the bad ones are at most `limit` of `total` questions."""
    order = np.argsort(-confidence)
    bad = np.cumsum(is_bad[order]) / total
    allowed = np.nonzero(bad <= limit)[0]
    return round(float(confidence[order[allowed[-1]]]) if len(allowed) else 1.0, 4)


def _calibration_error(confidence: NDArray[Any], right: NDArray[Any], bins: int = 10) -> float:
    places = np.minimum((confidence * bins).astype(int), bins - 1)
    total = 0.0
    for place in range(bins):
        inside = places == place
        if inside.any():
            total += inside.mean() * abs(float(confidence[inside].mean()) - float(right[inside].mean()))
    return total
