"""Resamples of rows, and intervals from them.

A resample counts how often each unit is drawn; a unit is drawn with all of its rows. Sums over the
rows of many resamples are one matrix product.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.checks import Booleans

Array = npt.NDArray[Any]
Indices = npt.NDArray[np.intp]
Values = npt.NDArray[np.float64]
"""A metric of the rows as they are (), or of each resample (draw,)."""

LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Draws:
    """Resamples of rows.

    Attributes:
        counts: how often each unit is drawn (draw, unit).
        unit: unit of each row (row,).
    """

    counts: npt.NDArray[np.float64]
    unit: Indices

    def __len__(self) -> int:
        return len(self.counts)

    def rows(self, draw: int) -> Indices:
        """Return the rows of a resample, each as often as its unit is drawn."""
        return np.repeat(np.arange(len(self.unit)), self.counts[draw, self.unit].astype(np.intp))


def draw_units(unit: Indices, draws: int, rng: np.random.Generator) -> Draws:
    """Draw as many units as there are with replacement, many times.

    Args:
        unit: unit of each row, numbered from 0 (row,).
        draws: number of resamples.
        rng: source of the chance.
    """
    units = int(unit.max()) + 1
    counts = np.empty((draws, units))
    for draw in range(draws):
        counts[draw] = np.bincount(rng.integers(0, units, units), minlength=units)
    return Draws(counts, unit)


def within(draws: Draws | None, rows: Booleans) -> Draws | None:
    """Return the same resamples of some of the rows.

    Args:
        draws: resamples of all rows; None for the rows as they are.
        rows: which rows remain (row,).
    """
    return None if draws is None else Draws(draws.counts, draws.unit[rows])


def totals(terms: Sequence[Array], draws: Draws | None = None) -> Values:
    """Return sums of terms over the rows or over those of each resample.

    Args:
        terms: what is summed, each (row,).
        draws: resamples of the rows; None for the rows as they are.

    Returns:
        Shape (term,) or (term, draw).
    """
    if draws is None:
        return np.array([np.sum(term, dtype=np.float64) for term in terms])
    units = draws.counts.shape[1]
    by_unit = [np.bincount(draws.unit, weights=term, minlength=units) for term in terms]
    return np.stack(by_unit) @ draws.counts.T


def mean(values: Array, draws: Draws | None = None) -> Values:
    """Return the mean of values over the rows or over those of each resample.

    Args:
        values: what is averaged (row,).
        draws: resamples of the rows; None for the rows as they are.

    Returns:
        NaN without rows.
    """
    if draws is None:
        return np.asarray(np.mean(values) if len(values) else np.nan)
    total, count = totals([values, np.ones(len(values))], draws)
    return ratio(total, count)


def ratio(part: Values, whole: Values) -> Values:
    """Return part / whole; NaN where the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole == 0, np.nan, np.divide(part, whole))


def interval(values: npt.NDArray[np.float64], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % percentile interval of a metric's mean, over seeds and resamples.

    In each resample n - 1 of the n seeds are drawn with replacement, so that their means vary as
    means of n seeds do (s²/n) though n is small. Utterances of a speaker count as independent,
    which they are not: the interval is rather too narrow.

    Args:
        values: metric of resamples (draw, seed).
        rng: source of the seeds drawn.

    Returns:
        Lower and upper end; resamples in which the metric is undefined do not count. NaN if these
        are more than 5 %.
    """
    draws, seeds = values.shape
    chosen = rng.integers(0, seeds, (draws, max(seeds - 1, 1)))
    means = np.take_along_axis(values, chosen, axis=1).mean(axis=1)
    return percentiles(means) or (float("nan"), float("nan"))


def percentiles(values: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of a metric of resamples (draw,).

    Returns:
        Lower and upper end; resamples in which the metric is undefined, NaN, do not count. None if
        these are more than 5 %.
    """
    known = values[~np.isnan(values)]
    if len(known) < LEVEL * len(values):
        return None
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
