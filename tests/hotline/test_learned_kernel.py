from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from hotline.learned_kernel import BLOCK, DENSE_WEIGHT, SingularKernel, centred, nearness, solve

random = np.random.default_rng(7)


def made(texts: int) -> tuple[csr_matrix, NDArray[np.float32], NDArray[np.float32]]:
    rows = csr_matrix(random.random((texts, 12)) * (random.random((texts, 12)) > 0.5), dtype=np.float32)
    vectors = random.normal(size=(texts, 8)).astype(np.float32)
    targets = np.where(random.random((texts, 3)) > 0.5, 1.0, -1.0).astype(np.float32)
    return rows, centred(vectors, vectors.mean(axis=0)), targets


def test_the_left_out_scores_are_those_of_a_model_without_the_text() -> None:
    rows, dense, targets = made(40)
    solution = solve(rows, dense, targets)
    for place in (0, 17, 39):
        rest = np.arange(40) != place
        without = solve(rows[rest], dense[rest], targets[rest])
        likeness = (rows[place] @ rows[rest].T).toarray()[0] + nearness(dense[place], dense[rest])
        assert np.allclose(likeness @ without.alphas, solution.left_out[place], atol=1e-3)


def test_the_solution_does_not_depend_on_how_the_kernel_is_cut() -> None:
    rows, dense, targets = made(BLOCK + 3)
    solution = solve(rows, dense, targets)
    kernel = (rows @ rows.T).toarray() + nearness(dense, dense) + 0.2 * np.eye(len(dense))
    assert np.allclose(kernel @ solution.alphas, targets, atol=1e-2)


def test_a_vector_is_nearest_to_itself() -> None:
    _, dense, _ = made(10)
    near = nearness(dense[3], dense)
    assert near.argmax() == 3
    assert near.max() == pytest.approx(DENSE_WEIGHT, abs=1e-5)


def test_a_vector_at_the_centre_stays_finite() -> None:
    centre = np.ones(4, np.float32)
    assert np.isfinite(centred(centre, centre)).all()


def test_vectors_that_are_no_numbers_are_refused() -> None:
    rows, dense, targets = made(10)
    dense[4, 0] = np.nan
    with pytest.raises(SingularKernel):
        solve(rows, dense, targets)
