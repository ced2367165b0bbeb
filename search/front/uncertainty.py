"""How sure a front is: its members' means come from a few seeds, and other seeds would move them.

Configurations are trained with seeds of one list, and those trained with the same seed share its
luck; a seed is therefore drawn for all of them at once.
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
    """Standard errors of means over lanes; a single lane is as uncertain as those of others are.

    Args:
        lanes: shape (item, seed, quantity); NaN where an item was not trained with a seed.

    Returns:
        Shape (item, quantity); 0 where no item has two lanes.
    """
    count = np.isfinite(lanes).sum(axis=1)
    means = np.nansum(lanes, axis=1) / np.maximum(count, 1)
    squares = np.nansum((lanes - means[:, None]) ** 2, axis=1)
    own = np.sqrt(squares / np.maximum(count - 1, 1))
    deviation = np.where(count > 1, own, usual_deviation(lanes))
    return np.asarray(deviation / np.sqrt(np.maximum(count, 1)))


def interval(lanes: Sequence[float | None]) -> tuple[float, float] | None:
    """Student's 95 % interval of the mean over lanes; None with fewer than two.

    Lanes are few, so a bootstrap's percentiles would be too near to each other.
    """
    known = np.array([value for value in lanes if value is not None], dtype=np.float64)
    if len(known) < 2:
        return None
    reach = stats.t.ppf((1 + LEVEL) / 2, len(known) - 1) * known.std(ddof=1) / len(known) ** 0.5
    return float(known.mean() - reach), float(known.mean() + reach)


def drawn_means(lanes: Floats, draws: int, rng: np.random.Generator) -> Floats:
    """Means over lanes as other seeds might have given them.

    The Bayesian bootstrap (Rubin 1981): each draw gives every seed an exponential weight, the
    same for all items. Its means vary (n - 1) / (n + 1) times as much as those of n lanes do, so
    the deviations are scaled up by the root of the inverse. An item with a single lane shows no
    spread: it varies as much as a lane of the others does.

    Args:
        lanes: shape (item, seed, quantity); NaN where an item was not trained with a seed.
        draws: how many.
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
    """Standard deviation over seeds, pooled over items (quantity,); 0 if none has two lanes.

    Args:
        lanes: shape (item, seed, quantity); NaN where an item was not trained with a seed.
    """
    count = np.isfinite(lanes).sum(axis=1)
    means = np.nansum(lanes, axis=1) / np.maximum(count, 1)
    squares = np.nansum((lanes - means[:, None]) ** 2, axis=(0, 1))
    freedom = np.maximum(count - 1, 0).sum(axis=0)
    return np.asarray(np.sqrt(squares / np.maximum(freedom, 1)))


def front_probabilities(
    costs: Floats, violations: Floats, owners: Sequence[int], seed: int = 0
) -> dict[int, float]:
    """How probable it is that a configuration is on the front that endless seeds would show.

    Args:
        costs: of candidates, shape (candidate, seed, objective), NaN where one was not trained
            with a seed.
        violations: by how much each misses the floors, shape (candidate, seed, floor).
        owners: configuration of each candidate.
        seed: of the bootstrap.

    Returns:
        Per configuration, in [0, 1]: the share of draws in which any of its candidates reaches
        all floors and is beaten by none that does.
    """
    stacked = np.concatenate([costs, violations], axis=2)
    draws = drawn_means(stacked, DRAWS, np.random.default_rng(seed))
    objectives = costs.shape[2]
    drawn, able = draws[..., :objectives], np.asarray((draws[..., objectives:] <= 0).all(axis=2))
    names = np.array(owners)
    hits = dict.fromkeys(owners, 0)
    for costs_now, able_now in zip(drawn, able, strict=True):
        rows = np.flatnonzero(able_now)
        on = rows[pareto.front(costs_now[rows])] if len(rows) else rows
        for owner in set(names[on].tolist()):
            hits[owner] += 1
    return {owner: count / DRAWS for owner, count in hits.items()}
