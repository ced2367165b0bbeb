"""Pareto dominance and hypervolume; every objective is a cost, lower is better."""

from typing import Any

import numpy as np
import numpy.typing as npt

Costs = npt.NDArray[np.floating[Any]]
Booleans = npt.NDArray[np.bool_]


def dominates(a: Costs, b: Costs) -> bool:
    """Whether `a` is nowhere worse than `b` and somewhere better.

    Args:
        a: costs of one item, shape (objective,).
        b: costs of the other, shape (objective,).

    Returns:
        False for equal items: neither dominates the other.

    Raises:
        ValueError: `a` or `b` is not a finite, one-dimensional array of one objective or
            more, or they differ in length.
    """
    if a.shape != b.shape:
        raise ValueError(f"the items differ in shape: {a.shape} != {b.shape}")
    return bool(_dominance(_checked(np.stack([a, b])))[0, 1])


def front(costs: Costs) -> Booleans:
    """Which items no other item dominates.

    Args:
        costs: shape (item, objective).

    Returns:
        Shape (item,). Equal items are on the front together, or not at all.

    Raises:
        ValueError: `costs` is not of this shape, has no objective or is not finite.
    """
    return np.asarray(~_dominance(_checked(costs)).any(axis=0))


def ranks(costs: Costs) -> npt.NDArray[np.int64]:
    """Non-dominated sorting: the number of the front that each item lies on.

    The front is taken off and the rest is searched for its front, until nothing is left (Deb et
    al. 2002, Sec. III-A). Time and memory grow with the square of the number of items.

    Args:
        costs: shape (item, objective), in any order.

    Returns:
        Shape (item,), 0 for the items on the front. The rank of each item, not their order.

    Raises:
        ValueError: `costs` is not of this shape, has no objective or is not finite.
    """
    dominance = _dominance(_checked(costs))
    dominators_left = dominance.sum(axis=0)
    rank = np.full(len(costs), -1, dtype=np.int64)
    number = 0
    while (rank < 0).any():
        peeled = (rank < 0) & (dominators_left == 0)
        rank[peeled] = number
        dominators_left -= dominance[peeled].sum(axis=0)
        number += 1
    return rank


def hypervolume(costs: Costs, reference: Costs) -> float:
    """Volume that the items dominate, up to a reference point.

    Exact, by slicing along the last objective (While et al. 2006); meant for few objectives.

    Args:
        costs: shape (item, objective).
        reference: the worst costs that count, shape (objective,). An item that does not beat it
            in every objective adds nothing.

    Returns:
        In the product of the objectives' units; 0 if no item beats the reference.

    Raises:
        ValueError: `costs` is not of this shape, has no objective or is not finite, or
            `reference` is not finite or not of this shape.
    """
    _checked(costs)
    if reference.shape != costs.shape[1:]:
        raise ValueError(
            f"`reference` must have one value an objective, got shape {reference.shape}"
            f" for costs of shape {costs.shape}"
        )
    if not np.isfinite(reference).all():
        raise ValueError(f"`reference` must be finite, got {reference.tolist()}")
    inside = (costs < reference).all(axis=1)
    return _volume(costs[inside].astype(np.float64), reference.astype(np.float64))


def _volume(costs: Costs, reference: Costs) -> float:
    """Hypervolume of items that all beat the reference."""
    if len(costs) == 0:
        return 0.0
    if costs.shape[1] == 1:
        return float(reference[0] - costs.min())
    if costs.shape[1] > 2:
        costs = costs[~_dominance(costs).any(axis=0)]
    costs = costs[np.argsort(costs[:, -1], kind="stable")]
    thickness = np.diff(costs[:, -1], append=reference[-1])
    if costs.shape[1] == 2:
        heights = reference[0] - np.minimum.accumulate(costs[:, 0])
        return float(thickness @ heights)
    # Item i is the last to enter the slab that begins at its own last cost.
    return sum(
        float(thickness[i]) * _volume(costs[: i + 1, :-1], reference[:-1])
        for i in np.flatnonzero(thickness)
    )


def _dominance(costs: Costs) -> Booleans:
    """Whether item i dominates item j, shape (item, item)."""
    nowhere_worse = np.ones((len(costs), len(costs)), dtype=np.bool_)
    for column in costs.T:
        nowhere_worse &= column[:, None] <= column[None, :]
    return nowhere_worse & ~nowhere_worse.T


def _checked(costs: Costs) -> Costs:
    if costs.ndim != 2 or costs.shape[1] == 0:
        raise ValueError(f"`costs` must have shape (item, objective), got {costs.shape}")
    bad = np.flatnonzero(~np.isfinite(costs).all(axis=1))
    if len(bad):
        raise ValueError(f"`costs` must be finite, got {costs[bad[0]].tolist()} in row {bad[0]}")
    return costs
