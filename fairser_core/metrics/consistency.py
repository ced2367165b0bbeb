"""Consistency of values with those of neighbours in an embedding."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.checks import Floats, check_finite
from fairser_core.metrics.resampling import Indices

NEIGHBOURS = 20
"""Chien & Lee (2023), section 3.1."""


def neighbours(embedding: Floats, k: int) -> Indices:
    """Return the k other rows nearest to each row, by Euclidean distance.

    Args:
        embedding: points (row, feature).
        k: number of neighbours, 1 ≤ k < rows.

    Returns:
        Indices of rows (row, neighbour), the nearest first; which of equally near ones are taken
        is not defined, but always the same.

    Raises:
        ValueError: `embedding` is not two-dimensional or not finite, or k is not in 1..rows - 1.
    """
    if embedding.ndim != 2:
        raise ValueError(f"`embedding` must be two-dimensional, got shape {embedding.shape}")
    if not 1 <= k < len(embedding):
        raise ValueError(f"`k` must be from 1 to less than the {len(embedding)} rows, got {k}")
    bad = np.argwhere(~np.isfinite(embedding))
    if len(bad):
        raise ValueError(f"`embedding` must be finite, got {embedding[*bad[0]]} in row {bad[0, 0]}")
    # The mean is taken off first: far from the origin, products would drown the differences.
    points = embedding.astype(np.float64) - embedding.mean(axis=0, dtype=np.float64)
    squares = np.square(points).sum(axis=1)
    distances = squares[:, None] + squares - 2 * points @ points.T
    np.fill_diagonal(distances, np.inf)
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
    order = np.argsort(np.take_along_axis(distances, nearest, axis=1), axis=1, kind="stable")
    return np.take_along_axis(nearest, order, axis=1)


def with_self(neighbours: Indices) -> Indices:
    """Return as many neighbours, of which each row itself is the first, as in AIF360.

    Args:
        neighbours: indices of rows (row, neighbour), see `neighbours`.
    """
    rows = np.arange(len(neighbours))[:, None]
    return np.concatenate([rows, neighbours[:, :-1]], axis=1)


def deviations(values: npt.NDArray[Any], neighbours: Indices) -> npt.NDArray[np.float64]:
    """Return how far each row's value is from that of its neighbours.

        C = 1 - 1/N Σ_n | v_n - 1/k Σ_{j ∈ kNN(n)} v_j |

    Consistency is C, 1 less the mean of these distances (Zemel et al. 2013, where v are
    predictions). Chien & Lee (2023) do not say whether v are predictions or genders. Random values
    of two kinds, of shares p and 1 - p, have about C = 1 - 2p(1 - p).

    Args:
        values: v (row,), boolean or in [0, 1].
        neighbours: indices of rows (row, neighbour), see `neighbours`.

    Returns:
        Terms of the sum (row,), in [0, 1]; all 0 if all values are equal.

    Raises:
        ValueError: `values` is not one-dimensional or not finite, or `neighbours` has another
            number of rows.
    """
    if values.ndim != 1 or len(values) != len(neighbours):
        raise ValueError(
            f"`values` must be one for each of the {len(neighbours)} rows, got shape {values.shape}"
        )
    v = values.astype(np.float64)
    check_finite(values=v)
    distances: npt.NDArray[np.float64] = np.abs(v - v[neighbours].mean(axis=1))
    return distances
