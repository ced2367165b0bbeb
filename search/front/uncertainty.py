"""Uncertainty of means over seeds: a few seeds gave them, and others would move them."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

LEVEL = 0.95
FEWEST = 3  # seeds of an interval


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


def interval(
    lanes: Sequence[float | None], bounds: tuple[float, float] = (-math.inf, math.inf)
) -> tuple[float, float] | None:
    """Return Student's 95 % interval of the mean over lanes, as far as it lies within bounds.

    Lanes are few, so the percentiles of a bootstrap would be too near to each other.

    Args:
        lanes: a value a seed; None where it is undefined.
        bounds: least and greatest value that the mean can have.

    Returns:
        None with fewer than `FEWEST` values: Student's quantile of two is 12.7, so that their
        interval says nothing.
    """
    defined = np.array([value for value in lanes if value is not None], dtype=np.float64)
    if len(defined) < FEWEST:
        return None
    reach = (
        stats.t.ppf((1 + LEVEL) / 2, len(defined) - 1) * defined.std(ddof=1) / len(defined) ** 0.5
    )
    mean, (least, most) = defined.mean(), bounds
    return float(max(mean - reach, least)), float(min(mean + reach, most))


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
