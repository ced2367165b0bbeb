"""Uncertainty of a front: its members' means come from a few seeds, and others would move them.

Configurations are trained with seeds of one list, and those trained with the same seed share its
luck. A seed is therefore drawn for all configurations at once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from fairser_core import pareto

Floats = NDArray[np.float64]

DRAWS = 1000
LEVEL = 0.95


def standard_errors(lanes: Floats) -> Floats:
    """Return the standard errors of means over lanes.

    An item with a single lane is taken to vary as much as a lane of the others does.

    Args:
        lanes: shape (item, seed, quantity); NaN where an item was not trained with a seed.

    Returns:
        Shape (item, quantity); 0 where no item has two lanes.
    """
    count = np.isfinite(lanes).sum(axis=1)
    means = np.nansum(lanes, axis=1) / np.maximum(count, 1)
    squares = np.nansum((lanes - means[:, None]) ** 2, axis=1)
    observed = np.sqrt(squares / np.maximum(count - 1, 1))
    deviation = np.where(count > 1, observed, usual_deviation(lanes))
    return np.asarray(deviation / np.sqrt(np.maximum(count, 1)))


def interval(lanes: Sequence[float | None]) -> tuple[float, float] | None:
    """Return Student's 95 % interval of the mean over lanes; None with fewer than two.

    Lanes are few, so the percentiles of a bootstrap would be too near to each other.
    """
    known = np.array([value for value in lanes if value is not None], dtype=np.float64)
    if len(known) < 2:
        return None
    reach = stats.t.ppf((1 + LEVEL) / 2, len(known) - 1) * known.std(ddof=1) / len(known) ** 0.5
    return float(known.mean() - reach), float(known.mean() + reach)


def drawn_means(lanes: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Return means over lanes as other seeds might have given them.

    The Bayesian bootstrap (Rubin 1981) gives every seed an exponential weight in each draw, the
    same for all items. Its means vary (n - 1) / (n + 1) times as much as those of n lanes do, so
    the deviations are scaled up by the root of the inverse. An item with a single lane shows no
    spread, and is taken to vary as much as a lane of the others does.

    Args:
        lanes: shape (item, seed, quantity); NaN where an item was not trained with a seed.
        draws: number of draws.
        rng: source of the weights.

    Returns:
        Shape (draw, item, quantity).
    """
    known = np.asarray(np.isfinite(lanes).all(axis=2))
    count = known.sum(axis=1)
    values = np.where(known[..., None], lanes, 0.0)
    mean = values.sum(axis=1) / count[:, None]
    weights = rng.exponential(size=(draws, lanes.shape[1]))
    totals = np.einsum("ds,is->di", weights, known.astype(float))
    drawn = np.einsum("ds,isq->diq", weights, values) / totals[..., None]
    widen = np.sqrt((count + 1) / np.maximum(count - 1, 1))
    single = (count == 1)[:, None] * rng.normal(size=drawn.shape) * usual_deviation(lanes)
    return np.asarray(mean + widen[:, None] * (drawn - mean) + single)


def usual_deviation(lanes: Floats) -> Floats:
    """Return the standard deviation over seeds, pooled over items.

    Args:
        lanes: shape (item, seed, quantity); NaN where an item was not trained with a seed.

    Returns:
        Shape (quantity,); 0 where no item has two lanes.
    """
    count = np.isfinite(lanes).sum(axis=1)
    means = np.nansum(lanes, axis=1) / np.maximum(count, 1)
    squares = np.nansum((lanes - means[:, None]) ** 2, axis=(0, 1))
    freedom = np.maximum(count - 1, 0).sum(axis=0)
    return np.asarray(np.sqrt(squares / np.maximum(freedom, 1)))


def front_probabilities(
    costs: Floats, violations: Floats, owners: Sequence[int], seed: int = 0
) -> dict[int, float]:
    """Return the probability that a configuration is on the front that endless seeds would show.

    Args:
        costs: costs of candidates, shape (candidate, seed, objective); NaN where a candidate was
            not trained with a seed.
        violations: distances to the floors, 0 or less where a floor is reached, shape
            (candidate, seed, floor).
        owners: configuration of each candidate.
        seed: seed of the bootstrap.

    Returns:
        Probability per configuration, in [0, 1]: the share of draws in which any of its candidates
        reaches all floors and is beaten by none that does.
    """
    stacked = np.concatenate([costs, violations], axis=2)
    draws = drawn_means(stacked, DRAWS, np.random.default_rng(seed))
    objectives = costs.shape[2]
    feasible = np.asarray((draws[..., objectives:] <= 0).all(axis=2))
    names = np.array(owners)
    hits = dict.fromkeys(owners, 0)
    for drawn_costs, drawn_feasible in zip(draws[..., :objectives], feasible, strict=True):
        rows = np.flatnonzero(drawn_feasible)
        on_front = rows[pareto.front(drawn_costs[rows])] if len(rows) else rows
        for owner in set(names[on_front].tolist()):
            hits[owner] += 1
    return {owner: count / DRAWS for owner, count in hits.items()}
