"""Concordance of predicted and true values."""

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.checks import Floats, check_equal_length, check_finite
from fairser_core.metrics.resampling import Draws, Values, ratio, totals

NEARLY_CONSTANT = 1e-10
"""Variance, as a share of the greatest square, below which rounded moments decide nothing."""


def ccc(truth: Floats, prediction: Floats, draws: Draws | None = None) -> Values:
    """Return the concordance correlation coefficient.

        CCC = 2·cov(y, ŷ) / (σ²_y + σ²_ŷ + (μ_y - μ_ŷ)²)

    with population (1/n) moments: Lin 1989, and Gorrostieta et al. 2019, Eq. 9, whose printed
    denominator lacks the second plus.

    Args:
        truth: y, shape (row,).
        prediction: ŷ, shape (row,).
        draws: resamples of the rows; None for the rows as they are.

    Returns:
        In [-1, 1], 1 is best; 0 if just one of the two is constant, or both are at different
        values. NaN if there are fewer than two values, or if both are constant and equal.

    Raises:
        ValueError: the arrays differ in length, are not one-dimensional or are not finite.
    """
    check_equal_length(truth=truth, prediction=prediction)
    check_finite(truth=truth, prediction=prediction)
    y, y_hat = truth.astype(np.float64), prediction.astype(np.float64)
    return np.asarray(_ccc(y, y_hat)) if draws is None else _ccc_of_draws(y, y_hat, draws)


def _ccc(y: npt.NDArray[np.float64], y_hat: npt.NDArray[np.float64]) -> float:
    if len(y) < 2:
        return float("nan")
    # Decided on the values: the variance of a constant is often not zero after rounding.
    if np.ptp(y) == 0 or np.ptp(y_hat) == 0:
        return float("nan") if np.array_equal(y, y_hat) else 0.0
    covariance = np.mean((y - y.mean()) * (y_hat - y_hat.mean()))
    return float(2 * covariance / (y.var() + y_hat.var() + (y.mean() - y_hat.mean()) ** 2))


def _ccc_of_draws(
    y: npt.NDArray[np.float64], y_hat: npt.NDArray[np.float64], draws: Draws
) -> Values:
    """Return the CCC of each resample (draw,), from its moments."""
    if not len(y):
        return np.full(len(draws), np.nan)
    # A common shift changes no CCC, and leaves variances more of their digits.
    a, b = y - y.mean(), y_hat - y.mean()
    count, *sums = totals([np.ones_like(a), a, b, a * a, b * b, a * b], draws)
    mean_a, mean_b, aa, bb, ab = (ratio(total, count) for total in sums)
    variances = np.stack([aa - mean_a**2, bb - mean_b**2])
    spread = variances.sum(axis=0) + (mean_a - mean_b) ** 2
    values = ratio(2 * (ab - mean_a * mean_b), spread)
    limit = NEARLY_CONSTANT * max(np.max(a * a), np.max(b * b))
    for draw in np.flatnonzero((variances <= limit).any(axis=0)):
        rows = draws.rows(int(draw))
        values[draw] = _ccc(y[rows], y_hat[rows])
    return values
