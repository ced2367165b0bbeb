"""How alike the neighbours in a representation are."""

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics import Floats


def neighbours(embedding: Floats, k: int) -> NDArray[np.int64]:
    """Stand-in."""
    square = (embedding**2).sum(axis=1)
    distance = square[:, None] + square[None, :] - 2 * embedding @ embedding.T
    np.fill_diagonal(distance, np.inf)
    return np.argsort(distance, axis=1, kind="stable")[:, :k]


def deviations(values: Floats, near: NDArray[np.int64], include_self: bool = False) -> Floats:
    """Stand-in."""
    if include_self:
        near = np.concatenate([np.arange(len(values))[:, None], near[:, :-1]], axis=1)
    return np.abs(values - values[near].mean(axis=1))
