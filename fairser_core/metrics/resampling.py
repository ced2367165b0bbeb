"""Resamples of rows.

A resample counts how often each unit is drawn; a unit is drawn with all of its rows. Counts may be
weights, which are not whole. Sums over the rows of many resamples are one matrix product.
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


@dataclass(frozen=True, eq=False)
class Draws:
    """Resamples of rows.

    Attributes:
        counts: how often each unit is drawn, or its weight (draw, unit).
        unit: unit of each row (row,).
    """

    counts: npt.NDArray[np.float64]
    unit: Indices

    def __len__(self) -> int:
        return len(self.counts)

    def rows(self, draw: int) -> Indices:
        """Return the rows of a resample, each as often as its unit is drawn.

        Of a weight the whole part counts: quantiles and ranks, and the standard deviation of the
        truth, are of the rows that remain.
        """
        return np.repeat(np.arange(len(self.unit)), self.counts[draw, self.unit].astype(np.intp))


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
