"""Group texts that speak of one matter: the same place, thing or people, with the same problem.

Character bigrams of title and body, weighted by rarity (TF-IDF), compared by cosine, joined by average linkage until no
two groups are alike enough. It runs twice: the second time a group counts as one text in the rarity of a bigram, or
the words of a hot matter would become common and weigh nothing. Thresholds were set on real messages of citizens
(`benchmarks/topics.py`).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import HashingVectorizer

TITLE_WEIGHT = 0.3  # of the cosine; titles alone would join whatever happens at one place
COMMON_FROM = 0.3  # share of groups from which a bigram says nothing
ALIKE_FROM = 0.125  # mean cosine of the members of two groups from which they are one
LEAST_TEXTS = 1_000  # rarity is counted as if there were so many at least; among few texts no word looks rare
LEAST_LINK = 0.05  # cosine below which two texts have nothing to do with each other
MOST_LINKS = 600_000  # kept at once, the strongest; some 150 MB
BLOCK = 256  # rows compared at once
FEATURES = 2**20

Matrix = Any  # scipy.sparse.csr_matrix, one row for each text


@dataclass(frozen=True)
class Group:
    """Places of the texts that belong together, the most typical first; `closeness` is their mean cosine, 0–1."""

    members: tuple[int, ...]
    closeness: float


def group(titles: Sequence[str], bodies: Sequence[str]) -> tuple[Group, ...]:
    """The groups of two texts and more, the largest first. Texts are normalised; body i belongs to title i.

    Time grows with the square of their number (10,000: under a minute), memory with MOST_LINKS.
    """
    if len(titles) != len(bodies):
        raise ValueError(f"{len(titles)} titles for {len(bodies)} bodies")
    if not titles:
        return ()
    counts = (_bigrams(titles), _bigrams(bodies))
    of_text = np.arange(len(titles))
    for _ in range(2):
        vectors = _vectors(counts, of_text)
        joined = _joined(len(titles), _links(vectors))
        of_text = _group_of_each(joined, len(titles))
    found = (_group(members, vectors) for members in joined if len(members) > 1)
    return tuple(sorted(found, key=lambda each: (-len(each.members), each.members)))


def _bigrams(texts: Sequence[str]) -> Matrix:
    vectoriser = HashingVectorizer(
        analyzer="char",
        ngram_range=(2, 2),
        n_features=FEATURES,
        alternate_sign=False,
        norm=None,
        lowercase=False,
        dtype=np.float32,
    )
    return vectoriser.transform(texts)


def _vectors(counts: tuple[Matrix, Matrix], of_text: Any) -> Matrix:
    title, body = (_weighted(each, of_text) for each in counts)
    return sp.hstack([title * TITLE_WEIGHT**0.5, body * (1 - TITLE_WEIGHT) ** 0.5], format="csr")


def _weighted(counts: Matrix, of_text: Any) -> Matrix:
    """Rows of length 1, from which then the bigrams are dropped that only one text has: they join nothing.

    Without their share of the length, the few words that two texts have in common would weigh too much among few texts.
    """
    groups = int(of_text.max()) + 1
    ones = np.ones(len(of_text), dtype=np.float32)
    members = sp.csr_matrix((ones, (of_text, np.arange(len(of_text)))), shape=(groups, len(of_text)))
    texts_with = np.bincount(counts.indices, minlength=FEATURES)
    groups_with = np.bincount((members @ counts).indices, minlength=FEATURES)
    rarity = np.log((1 + max(groups, LEAST_TEXTS)) / (1 + groups_with)).astype(np.float32)
    rarity[groups_with > max(COMMON_FROM * groups, 10)] = 0
    weighted = counts.copy()
    weighted.data = 1 + np.log(weighted.data)
    weighted = sp.csr_matrix(weighted @ sp.diags(rarity))
    lengths = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    is_shared = sp.diags((texts_with > 1).astype(np.float32))
    scaled = sp.csr_matrix(sp.diags(1 / np.where(lengths == 0, 1, lengths)) @ weighted @ is_shared, dtype=np.float32)
    scaled.eliminate_zeros()
    return scaled


def _links(vectors: Matrix) -> Any:
    """Pairs (first, second, cosine) from LEAST_LINK on, as an array of three columns."""
    kept = np.empty((0, 3), dtype=np.float64)
    for start in range(0, vectors.shape[0], BLOCK):
        cosines = (vectors[start : start + BLOCK] @ vectors[start:].T).tocoo()
        is_link = (cosines.col > cosines.row) & (cosines.data >= LEAST_LINK)
        new = (cosines.row[is_link] + start, cosines.col[is_link] + start, cosines.data[is_link])
        kept = np.concatenate([kept, np.stack(new, axis=1)])
        if len(kept) > MOST_LINKS:
            kept = kept[np.argpartition(-kept[:, 2], MOST_LINKS)[:MOST_LINKS]]
    return kept


def _joined(texts: int, links: Any) -> list[list[int]]:
    """Average linkage: join the two most alike groups until none are alike enough. A missing link counts as 0."""
    members: list[list[int]] = [[text] for text in range(texts)]
    near: list[dict[int, float]] = [{} for _ in range(texts)]
    heap: list[tuple[float, int, int]] = []
    for first, second, cosine in links.tolist():
        a, b = int(first), int(second)
        near[a][b] = near[b][a] = cosine
        if cosine >= ALIKE_FROM:
            heap.append((-cosine, a, b))
    heapq.heapify(heap)
    while heap:
        _, a, b = heapq.heappop(heap)
        if members[a] and members[b]:  # else one of them has been joined already
            _join(a, b, members, near, heap)
    return [each for each in members if each]


def _join(
    a: int, b: int, members: list[list[int]], near: list[dict[int, float]], heap: list[tuple[float, int, int]]
) -> None:
    new, size_a, size_b = len(members), len(members[a]), len(members[b])
    members.append(members[a] + members[b])
    near.append({})
    for other in near[a].keys() | near[b].keys():
        if other in (a, b):
            continue
        cosine = (size_a * near[a].get(other, 0.0) + size_b * near[b].get(other, 0.0)) / (size_a + size_b)
        near[new][other] = near[other][new] = cosine
        near[other].pop(a, None)
        near[other].pop(b, None)
        if cosine >= ALIKE_FROM:
            heapq.heappush(heap, (-cosine, other, new))
    for old in (a, b):
        members[old], near[old] = [], {}


def _group_of_each(joined: list[list[int]], texts: int) -> Any:
    of_text = np.empty(texts, dtype=np.int64)
    for place, members in enumerate(joined):
        of_text[members] = place
    return of_text


def _group(members: list[int], vectors: Matrix) -> Group:
    rows, size = vectors[sorted(members)], len(members)
    to_all = np.asarray(rows @ np.asarray(rows.sum(axis=0)).ravel()).ravel()  # sum of cosines, with itself
    order = np.argsort(-to_all, kind="stable")
    own = np.asarray(rows.multiply(rows).sum(axis=1)).ravel()
    closeness = float((to_all.sum() - own.sum()) / (size * (size - 1)))
    return Group(tuple(sorted(members)[place] for place in order), min(1.0, closeness))
