"""Whether rows that lie near to each other in an embedding have the same value."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fairser_core.metrics import Floats, check_finite

Indices = npt.NDArray[np.intp]


def neighbours(embedding: Floats, k: int, *, include_self: bool = False) -> Indices:
    """The k rows nearest to each row, by Euclidean distance.

    Args:
        embedding: points (row, feature).
        k: how many, 1 ≤ k < rows.
        include_self: whether a row is its own first neighbour, before the k - 1 nearest others, as
            in AIF360; else it is none of its own.

    Returns:
        Indices of rows (row, neighbour), the nearest first; of equally near ones the lower first.

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
    points = embedding.astype(np.float64)
    nearest = np.empty((len(points), k), dtype=np.intp)
    for row, point in enumerate(points):
        # Of differences: from inner products, distances of equal rows would differ by rounding.
        distances = np.square(points - point).sum(axis=1)
        distances[row] = -1 if include_self else np.inf
        nearest[row] = np.argsort(distances, kind="stable")[:k]
    return nearest


def deviations(
    values: npt.NDArray[Any], neighbours: Indices, include_self: bool = False
) -> npt.NDArray[np.float64]:
    """How far each row's value is from the mean of its neighbours.

    Args:
        values: v (row,), boolean or in [0, 1].
        neighbours: indices of rows (row, neighbour), see `neighbours`, without the row itself.
        include_self: whether the row stands in place of the last of them.

    Returns:
        |v_n - 1/k Σ_{j ∈ kNN(n)} v_j| (row,), in [0, 1].
    """
    v: npt.NDArray[np.float64] = values.astype(np.float64)
    if include_self:
        neighbours = np.column_stack([np.arange(len(v)), neighbours[:, :-1]])
    away: npt.NDArray[np.float64] = np.abs(v - v[neighbours].mean(axis=1))
    return away


def consistency(values: npt.NDArray[Any], neighbours: Indices) -> float:
    """How far each row's value is that of its neighbours.

        C = 1 - 1/N Σ_n | v_n - 1/k Σ_{j ∈ kNN(n)} v_j |

    Zemel et al. 2013, where v are predictions; in Chien & Lee it is not told whether they or the
    genders. Random values of two kinds, p of one of them, have about 1 - 2p(1 - p).

    Args:
        values: v (row,), boolean or in [0, 1].
        neighbours: indices of rows (row, neighbour), see `neighbours`.

    Returns:
        In [0, 1], 1 if all values are equal. NaN without rows.

    Raises:
        ValueError: `values` is not one-dimensional or not finite, or `neighbours` are of another
            number of rows.
    """
    if values.ndim != 1 or len(values) != len(neighbours):
        raise ValueError(
            f"`values` must be one for each of the {len(neighbours)} rows, got shape {values.shape}"
        )
    if not len(values):
        return float("nan")
    check_finite(values=values.astype(np.float64))
    return float(1 - deviations(values, neighbours).mean())
