"""Fairness of a ranking."""

import numpy as np

from fairser_core.metrics.checks import (
    Booleans,
    Floats,
    check_boolean,
    check_equal_length,
    check_finite,
)
from fairser_core.metrics.resampling import Draws, Values

STEP = 10


def rnd(score: Floats, female: Booleans, draws: Draws | None = None) -> Values:
    """Return the normalised discounted difference of a ranking (Yang & Stoyanovich 2017, Eq. 1).

        rND = 1/Z Σ_{i=10,20,...} 1/log₂i · | |S⁺_{1..i}|/i - |S⁺|/N |

    where the rows are ranked by their score, the highest first, and S⁺ is a group. Z is the sum for
    the worse of the two rankings that put either group wholly first.

    Args:
        score: probability of the emotion (row,); equal ones rank in the given order.
        female: whether a row is of S⁺ (row,).
        draws: resamples of the rows; None for the rows as they are.

    Returns:
        In [0, 1], 0 is best. NaN if a group is empty, or there are no more than ten rows.

    Raises:
        ValueError: the arrays differ in length or are not one-dimensional, `score` is not finite,
            or `female` is not boolean.
    """
    check_equal_length(score=score, female=female)
    check_finite(score=score)
    check_boolean(female=female)
    if draws is None:
        return np.asarray(_rnd(score, female))
    each = (draws.rows(draw) for draw in range(len(draws)))
    return np.array([_rnd(score[rows], female[rows]) for rows in each])


def _rnd(score: Floats, female: Booleans) -> float:
    worst = max(_discounted(np.sort(female)), _discounted(np.sort(female)[::-1]))
    if not worst > 0:
        return float("nan")
    return _discounted(female[np.argsort(-score, kind="stable")]) / worst


def _discounted(ranked: Booleans) -> float:
    """Return the sum of rND for a group's members in the order of a ranking."""
    cuts = np.arange(STEP, len(ranked) + 1, STEP)
    shares = np.cumsum(ranked)[cuts - 1] / cuts
    return float(np.sum(np.abs(shares - ranked.mean()) / np.log2(cuts))) if len(cuts) else 0.0
