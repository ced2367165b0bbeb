"""F1 of a detector, from its confusion matrix."""

from dataclasses import dataclass

import numpy as np

from fairser_core.metrics.checks import Booleans, check_boolean, check_equal_length
from fairser_core.metrics.resampling import Draws, Values, ratio, totals


@dataclass(frozen=True, eq=False)
class Confusion:
    """Numbers of rows, or of those of each resample (draw,).

    Attributes:
        hits: with the emotion, detected.
        misses: with the emotion, not detected.
        alarms: without the emotion, detected.
        rest: without the emotion, not detected.
    """

    hits: Values
    misses: Values
    alarms: Values
    rest: Values

    @property
    def count(self) -> Values:
        """Number of all rows."""
        return self.hits + self.misses + self.alarms + self.rest


def confusion(truth: Booleans, prediction: Booleans, draws: Draws | None = None) -> Confusion:
    """Count a detector's hits, misses, false alarms and the rest.

    Args:
        truth: whether the row is the emotion (row,).
        prediction: whether the detector fires (row,).
        draws: resamples of the rows; None for the rows as they are.

    Raises:
        ValueError: the arrays differ in length, are not one-dimensional or are not boolean.
    """
    check_equal_length(truth=truth, prediction=prediction)
    check_boolean(truth=truth, prediction=prediction)
    cells = [truth & prediction, truth & ~prediction, ~truth & prediction, ~truth & ~prediction]
    return Confusion(*totals(cells, draws))


def f1(counts: Confusion, level: bool = True) -> Values:
    """Return the F1 of one class: 2 TP / (2 TP + FP + FN).

    Args:
        counts: of a detector.
        level: class: the emotion, or all others.

    Returns:
        In [0, 1], 1 is best. NaN if the class is neither in the truth nor in the prediction.
    """
    right = 2 * (counts.hits if level else counts.rest)
    return ratio(right, right + counts.misses + counts.alarms)


def f1_macro(counts: Confusion) -> Values:
    """Return the mean F1 of the classes that are in the truth or in the prediction.

    A detector that never fires has less than 0.5.

    Returns:
        In [0, 1], 1 is best. NaN without rows.
    """
    each = np.array([f1(counts, level) for level in (False, True)])
    return ratio(np.nansum(each, axis=0), np.sum(~np.isnan(each), axis=0))


def f1_weighted(counts: Confusion) -> Values:
    """Return the mean F1 of both classes, each weighted by its share of the truth.

    This is the F1 of Chien & Lee. A detector that never fires has 2(1 - p)² / (2 - p) for an
    emotion of share p: 0.78 for 0.15.

    Returns:
        In [0, 1], 1 is best. NaN without rows.
    """
    sizes = {False: counts.alarms + counts.rest, True: counts.hits + counts.misses}
    shares = {level: ratio(size, counts.count) for level, size in sizes.items()}
    # A class without rows has no weight, whether or not it has an F1.
    parts = [np.where(share == 0, 0.0, share * f1(counts, at)) for at, share in shares.items()]
    return parts[0] + parts[1]
