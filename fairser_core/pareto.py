"""Pareto dominance, priorities and hypervolume; every objective is a cost, lower is better."""

from typing import Any

import numpy as np
import numpy.typing as npt

Costs = npt.NDArray[np.floating[Any]]
Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]


def dominates(a: Costs, b: Costs) -> bool:
    """Return whether `a` dominates `b`: nowhere worse, and better in some objective.

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
    """Return the Pareto front: whether each item is dominated by no other.

    Of two objectives in O(n log n), by a sweep along the first (Kung et al. 1975).

    Args:
        costs: shape (item, objective).

    Returns:
        Shape (item,). Equal items are on the front together, or not at all.

    Raises:
        ValueError: `costs` is not of this shape, has no objective or is not finite.
    """
    _checked(costs)
    if costs.shape[1] == 2:
        return _staircase(costs)
    return np.asarray(~_dominance(costs).any(axis=0))


def _staircase(costs: Costs) -> Booleans:
    """Return the front of two objectives: items below all that precede them along the first."""
    order = np.lexsort(costs.T[::-1])
    rows = costs[order]
    new = np.append(True, (rows[1:] != rows[:-1]).any(axis=1))[: len(rows)]
    least = np.append(np.inf, np.minimum.accumulate(rows[:, 1]))[: len(rows)]
    start = np.maximum.accumulate(np.where(new, np.arange(len(rows)), 0))  # of equal rows
    result = np.empty(len(rows), dtype=np.bool_)
    result[order] = rows[:, 1] < least[start]
    return result


def ranks(costs: Costs) -> Integers:
    """Return the rank of each item: the number of its front in non-dominated sorting.

    The front is removed and the front of the rest is found, until no item is left (Deb et al. 2002,
    "A fast and elitist multiobjective genetic algorithm: NSGA-II", Sec. III-A). Time and memory
    grow with the square of the number of items.

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


def spread_order(costs: Costs, scale: Costs) -> Integers:
    """Return the items in an order in which every prefix is spread out: an epsilon-net.

    The first item is the best in the first objective. Each further item is the farthest from the
    items before it (Salinas et al. 2021, Sec. 4.2, by the farthest-point rule of Gonzalez 1985).

    Args:
        costs: shape (item, objective).
        scale: unit of distance in each objective, shape (objective,), > 0.

    Returns:
        Rows of `costs` in that order, shape (item,). Among equals the smaller sum of scaled
        costs goes first, then the lower row.

    Raises:
        ValueError: `costs` is not of this shape, has no objective or is not finite.
    """
    scaled = _checked(costs) / scale
    if not len(scaled):
        return np.empty(0, dtype=np.int64)
    sums = scaled.sum(axis=1)
    taken = [int(np.lexsort((sums, scaled[:, 0]))[0])]
    near = np.full(len(scaled), np.inf)
    while len(taken) < len(scaled):
        near = np.minimum(near, np.linalg.norm(scaled - scaled[taken[-1]], axis=1))
        near[taken] = -1.0
        taken.append(int(np.lexsort((sums, -near))[0]))
    return np.array(taken, dtype=np.int64)


def priorities(costs: Costs, violations: Costs) -> Integers:
    """Return the priority of each item, by which items are kept if not all can be: 0 is first.

    Feasible items come before infeasible ones, which follow in order of their violation. Feasible
    items are ordered by rank, and within a rank by `spread_order`: the selection of Schmucker et
    al. 2021 with the epsilon-net of Salinas et al. 2021.

    Args:
        costs: shape (item, objective), in any order.
        violations: distance of each item from being feasible, shape (item,); 0 or less if it is.

    Returns:
        A permutation of 0 .. items - 1: the priority of each item, not the items in order.

    Raises:
        ValueError: `costs` is not of this shape, has no objective, or it or `violations` is not
            finite, or they differ in length.
    """
    _checked(costs)
    _checked(violations[:, None], "violations")
    if len(costs) != len(violations):
        raise ValueError(f"{len(costs)} costs given with {len(violations)} violations")
    feasible = violations <= 0
    rows = np.flatnonzero(feasible)
    scale = _spans(costs[rows])
    rank = ranks(costs[rows])
    fronts = [rows[rank == number] for number in range(rank.max(initial=-1) + 1)]
    ordered = [members[spread_order(costs[members], scale)] for members in fronts]
    others = np.flatnonzero(~feasible)
    ordered.append(others[np.argsort(violations[others], kind="stable")])
    result = np.empty(len(costs), dtype=np.int64)
    result[np.concatenate(ordered)] = np.arange(len(costs))
    return result


def _spans(costs: Costs) -> Costs:
    """Return each objective's interquartile range, if 0 its range, if 0 then 1 (objective,)."""
    if not len(costs):
        return np.ones(costs.shape[1])
    quartiles = np.subtract(*np.quantile(costs, [0.75, 0.25], axis=0))
    spans = np.where(quartiles > 0, quartiles, np.ptp(costs, axis=0))
    return np.asarray(np.where(spans > 0, spans, 1.0))


def hypervolume(costs: Costs, reference: Costs) -> float:
    """Return the hypervolume: the volume that the items dominate, up to a reference point.

    The value is exact, by slices along the last objective (While et al. 2006). Time grows fast with
    the number of objectives.

    Args:
        costs: shape (item, objective).
        reference: worst costs that count, shape (objective,). An item that does not beat it
            in every objective adds nothing.

    Returns:
        Volume in the product of the objectives' units, >= 0; 0 if no item beats the reference.

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
    """Return the hypervolume of items that all beat the reference."""
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
    # Item i is the last to enter the slab that begins at its last cost.
    return sum(
        float(thickness[i]) * _volume(costs[: i + 1, :-1], reference[:-1])
        for i in np.flatnonzero(thickness)
    )


def _dominance(costs: Costs) -> Booleans:
    """Return whether item i dominates item j, shape (item, item)."""
    nowhere_worse = np.ones((len(costs), len(costs)), dtype=np.bool_)
    for column in costs.T:
        nowhere_worse &= column[:, None] <= column[None, :]
    return nowhere_worse & ~nowhere_worse.T


def _checked(costs: Costs, name: str = "costs") -> Costs:
    if costs.ndim != 2 or costs.shape[1] == 0:
        raise ValueError(f"`{name}` must have shape (item, objective), got {costs.shape}")
    bad = np.flatnonzero(~np.isfinite(costs).all(axis=1))
    if len(bad):
        raise ValueError(f"`{name}` must be finite, got {costs[bad[0]].tolist()} in row {bad[0]}")
    return costs
