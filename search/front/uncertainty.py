"""Uncertainty of means over seeds: a few seeds gave them, and others would move them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

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
    defined = np.array([value for value in lanes if value is not None], dtype=np.float64)
    if len(defined) < 2:
        return None
    reach = (
        stats.t.ppf((1 + LEVEL) / 2, len(defined) - 1) * defined.std(ddof=1) / len(defined) ** 0.5
    )
    return float(defined.mean() - reach), float(defined.mean() + reach)


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
