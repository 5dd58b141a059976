"""What the order history teaches: from the words of a demand to the unit, or the category, that it got before.

Training looks at texts and labels only. A prediction carries a calibrated confidence and what it rests on.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from hotline.errors import HotlineError
from hotline.learned_calibration import Calibration, calibrate, choose_threshold
from hotline.learned_kernel import centred, nearness, solve
from hotline.learned_text import Lexicon, plain, speaking_words
from knowledge_base.embedding import Embedder
from knowledge_base.text import mandarin, normalise

Floats = NDArray[np.float32]

MOST_EXAMPLES = 8_000  # the last ones; the kernel of so many takes 256 MB while it is made
LEAST_OF_LABEL = 5  # texts, below which a label is left out
LEAST_EXAMPLES = 50
ALIKE = 10  # nearest earlier texts that an explanation counts
BATCH = 64  # texts embedded between two steps of the progress bar


class Target(StrEnum):
    """What is learnt; also the name of the file."""

    UNIT = "unit"
    CATEGORY = "category"


class Example(NamedTuple):
    """One earlier demand and what it got."""

    text: str
    label: str


class TooFewExamples(HotlineError):
    """Not enough to learn from; the message counts what there is."""

    code = "too_few_examples"


@dataclass(frozen=True)
class Card:
    """Where a model comes from and how good it was, in cross-validation, on texts it did not learn from."""

    target: Target
    trained_at: datetime
    fingerprint: str  # sha256 of the texts and labels that were learnt
    examples: int  # different texts
    left_out: dict[str, int]  # labels with too few texts to learn, and how many
    accuracy: float
    threshold: float  # a proposal from this confidence on; above 1: never
    precision: float  # of the proposals
    coverage: float  # share of texts that get one
    embedder: str


@dataclass(frozen=True)
class Learned:
    """A trained model. Arrays only; no text of a citizen is kept whole."""

    card: Card
    labels: tuple[str, ...]
    lexicon: Lexicon
    term_weights: Floats  # (terms, labels)
    centre: Floats  # (dim,)
    vectors: Floats  # (examples, dim), centred
    alphas: Floats  # (examples, labels)
    gold: NDArray[np.int16]  # (examples,): label of each
    calibration: Calibration


@dataclass(frozen=True)
class Guess:
    """The likeliest label. `words` speak for it; `alike` of the ALIKE nearest earlier texts had it."""

    label: str
    confidence: float
    is_sure: bool
    words: tuple[str, ...]
    alike: int
    runner_up: str


def train(
    examples: Iterable[Example],
    embedder: Embedder,
    target: Target,
    *,
    now: datetime,
    keep_vectors: bool = False,
    is_shown: bool = False,
) -> Learned:
    """Learn from examples, the latest last. `keep_vectors` is for public texts only, `is_shown` for progress on stderr.

    Embedding takes most of the time: about 20 ms a text. Raises TooFewExamples.
    """
    chosen, left_out = _chosen(examples)
    labels = tuple(sorted({example.label for example in chosen}))
    gold = np.asarray([labels.index(example.label) for example in chosen], dtype=np.int64)
    texts = [plain(example.text) for example in chosen]
    lexicon = Lexicon.fit(texts)
    rows = lexicon.matrix(texts)
    raw = _embedded([example.text for example in chosen], embedder, keep_vectors, is_shown)
    centre = raw.mean(axis=0)
    vectors = centred(raw, centre)
    targets = np.where(gold[:, np.newaxis] == np.arange(len(labels)), 1.0, -1.0).astype(np.float32)
    solution = solve(rows, vectors, targets)
    calibration, unseen = calibrate(solution.left_out, gold)
    are_right = unseen.argmax(axis=1) == gold
    threshold = choose_threshold(unseen.max(axis=1), are_right)
    card = Card(
        target=target,
        trained_at=now,
        fingerprint=_fingerprint(chosen),
        examples=len(chosen),
        left_out=left_out,
        accuracy=float(are_right.mean()),
        threshold=threshold.at,
        precision=threshold.precision,
        coverage=threshold.coverage,
        embedder=embedder.name,
    )
    term_weights = np.asarray(rows.T @ solution.alphas, dtype=np.float32)
    return Learned(
        card, labels, lexicon, term_weights, centre, vectors, solution.alphas, gold.astype(np.int16), calibration
    )


def predict(model: Learned, text: str, vector: Floats) -> Guess:
    """The likeliest label of one text; `vector` is the embedding of `embedded_text(text)`. About 2 ms."""
    text = plain(normalise(text))
    columns, values = model.lexicon.row(text)
    near = nearness(centred(vector, model.centre), model.vectors)
    scores = values @ model.term_weights[columns] + near @ model.alphas
    probabilities = model.calibration.probabilities(scores)
    second, first = (int(place) for place in np.argsort(probabilities)[-2:])
    confidence = float(probabilities[first])
    nearest = np.argsort(-near)[:ALIKE]
    return Guess(
        label=model.labels[first],
        confidence=confidence,
        is_sure=confidence >= model.card.threshold,
        words=speaking_words(text, model.lexicon, model.term_weights[:, first]),
        alike=int(np.count_nonzero(model.gold[nearest] == first)),
        runner_up=model.labels[second],
    )


def embedded_text(text: str) -> str:
    """What is embedded: the same writing of a message as in its conversation, so that its vector is there already."""
    return mandarin(text)


def _chosen(examples: Iterable[Example]) -> tuple[list[Example], dict[str, int]]:
    """Different texts with their commonest label, without rare labels; the rare ones with their counts."""
    labels: dict[str, Counter[str]] = defaultdict(Counter)
    latest: dict[str, str] = {}
    for example in examples:
        key = plain(normalise(example.text))
        if key and example.label:
            labels[key][example.label] += 1
            latest.pop(key, None)
            latest[key] = normalise(example.text)
    kept = list(latest)[-MOST_EXAMPLES:]
    merged = [Example(latest[key], labels[key].most_common(1)[0][0]) for key in kept]
    counts = Counter(example.label for example in merged)
    rare = {label: count for label, count in counts.items() if count < LEAST_OF_LABEL}
    chosen = [example for example in merged if example.label not in rare]
    if len(chosen) < LEAST_EXAMPLES or len(counts) - len(rare) < 2:
        raise TooFewExamples(
            f"{len(chosen)} different texts with {len(counts) - len(rare)} labels of {LEAST_OF_LABEL} texts or more; "
            f"{LEAST_EXAMPLES} and 2 are needed"
        )
    return chosen, rare


def _embedded(texts: Sequence[str], embedder: Embedder, keep: bool, is_shown: bool) -> Floats:
    parts = []
    with tqdm(total=len(texts), desc="计算句向量", unit="条", disable=not is_shown) as progress:
        for start in range(0, len(texts), BATCH):
            batch = [embedded_text(text) for text in texts[start : start + BATCH]]
            parts.append(embedder.embed(batch, keep=keep))
            progress.update(len(batch))
    return np.concatenate(parts)


def _fingerprint(examples: Sequence[Example]) -> str:
    digest = hashlib.sha256()
    for text, label in examples:
        digest.update(f"{label}\t{text}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
