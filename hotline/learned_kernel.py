"""Kernel ridge regression over two likenesses of texts, with the scores that every text would get if it were left out.

Likeness = shared characters and pairs (dot product of `learned_text` rows) + nearness of sentence vectors (Gaussian).
The left-out scores follow in closed form from the same factorisation (Rasmussen & Williams 2006, §5.4.2), so that the
model is calibrated on texts that it has not seen without being trained again. The constants were chosen by these
scores on titles of public data (`evaluate routing`); all of them may change by half without much effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack

Floats = NDArray[np.float32]
Rows = Any  # scipy.sparse.csr_matrix

DENSE_WEIGHT = 0.5  # beside the weights of learned_text.VIEWS
SHARPNESS = 2.0  # of the Gaussian: exp(-SHARPNESS · (1 - cosine))
RIDGE = 0.2
BLOCK = 512  # rows of the kernel made at once


class SingularKernel(ArithmeticError):
    """No solution: a vector is not finite, or the factorisation failed."""

    code = "singular_kernel"


@dataclass(frozen=True)
class Solution:
    """Dual weights (texts, labels), and the scores of each text without itself, of the same shape."""

    alphas: Floats
    left_out: Floats


def nearness(ones: Floats, others: Floats) -> Floats:
    """The dense part for unit vectors: shape (ones, others)."""
    return np.asarray(DENSE_WEIGHT * np.exp(SHARPNESS * (ones @ others.T - 1)), dtype=np.float32)


def centred(vectors: Floats, centre: Floats) -> Floats:
    """Unit vectors seen from the centre: sentence vectors of one model all point much the same way."""
    moved = vectors - centre
    length = np.linalg.norm(moved, axis=-1, keepdims=True)
    return np.asarray(moved / np.maximum(length, 1e-6), dtype=np.float32)


def solve(rows: Rows, dense: Floats, targets: Floats) -> Solution:
    """Fit; targets are 1 and -1. Takes 4 · texts² bytes, and time with the third power of texts.

    Raises SingularKernel.
    """
    if not np.isfinite(dense).all():  # LAPACK would go on with them
        raise SingularKernel("a sentence vector is not finite")
    kernel = np.empty((len(dense), len(dense)), dtype=np.float32)
    for start in range(0, len(dense), BLOCK):
        part = slice(start, start + BLOCK)
        kernel[part] = (rows[part] @ rows.T).toarray() + nearness(dense[part], dense)
    kernel.flat[:: len(dense) + 1] += RIDGE
    # a symmetric matrix is its own transpose, and LAPACK overwrites only what lies in columns
    factor, failed = lapack.spotrf(kernel.T, lower=1, overwrite_a=1)
    if failed:
        raise SingularKernel(f"the kernel of {len(dense)} texts cannot be factorised ({failed})")
    alphas, _ = lapack.spotrs(factor, targets, lower=1)
    inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    left_out = targets - alphas / np.diagonal(inverse)[:, np.newaxis]
    return Solution(np.ascontiguousarray(alphas), np.ascontiguousarray(left_out))
