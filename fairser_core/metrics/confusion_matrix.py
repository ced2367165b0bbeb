"""Confusion of several classes by group, and the recalls, precisions and F1 that follow."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.resampling import Draws, Values, ratio, within

Integers = npt.NDArray[np.integer]


@dataclass(frozen=True, eq=False)
class ClassConfusion:
    """Numbers of rows by true and predicted class.

    Attributes:
        counts: rows by groups, true class and predicted class (..., class, class), or those of each
            resample (draw, ..., class, class). Leading axes stay in all results.
    """

    counts: Values

    @cached_property
    def truths(self) -> Values:
        """Rows of each true class (..., class)."""
        return np.asarray(self.counts.sum(axis=-1))

    @cached_property
    def predictions(self) -> Values:
        """Rows of each predicted class (..., class)."""
        return np.asarray(self.counts.sum(axis=-2))

    @cached_property
    def hits(self) -> Values:
        """Rows of each class that are predicted to be of it (..., class)."""
        return np.diagonal(self.counts, axis1=-2, axis2=-1)

    @property
    def recalls(self) -> Values:
        """Share of a class's rows that are predicted to be of it (..., class); NaN without rows."""
        return ratio(self.hits, self.truths)

    @property
    def precisions(self) -> Values:
        """Share of a prediction's rows that are of the class; NaN where it is never predicted."""
        return ratio(self.hits, self.predictions)

    @property
    def f1(self) -> Values:
        """F1 of each class (..., class): 2 TP / (2 TP + FP + FN).

        NaN of a class that is neither in the truth nor in the prediction.
        """
        return ratio(2 * self.hits, self.truths + self.predictions)

    @property
    def macro_f1(self) -> Values:
        """Mean F1 of the classes in the truth or in the prediction (...); NaN without rows."""
        return mean_of_defined(self.f1)

    @property
    def uar(self) -> Values:
        """Unweighted average recall: mean recall of the classes in the truth (...)."""
        return mean_of_defined(self.recalls)

    @property
    def accuracy(self) -> Values:
        """Share of rows that are predicted right (...); NaN without rows."""
        return ratio(self.hits.sum(axis=-1), self.truths.sum(axis=-1))


def confusions(
    group: Integers,
    truth: Integers,
    prediction: Integers,
    shape: tuple[int, int],
    draws: Draws | None,
) -> ClassConfusion:
    """Count the rows of each group by true and predicted class.

    Args:
        group: number of each row's group; rows of negative numbers are not counted (row,).
        truth: number of each row's class (row,).
        prediction: number of each row's predicted class (row,).
        shape: numbers of groups and of classes.
        draws: resamples of the rows; None for the rows as they are.

    Returns:
        Counts (group, class, class), with draws (draw, group, class, class).
    """
    groups, classes = shape
    rows = group >= 0
    cell = (group[rows] * classes + truth[rows]) * classes + prediction[rows]
    cells = groups * classes * classes
    if draws is None:
        counts = np.bincount(cell, minlength=cells).astype(np.float64)
        return ClassConfusion(counts.reshape(groups, classes, classes))
    units = draws.counts.shape[1]
    at = draws.unit[rows] * cells + cell
    of_units = np.bincount(at, minlength=units * cells).reshape(units, cells)
    return ClassConfusion((draws.counts @ of_units).reshape(-1, groups, classes, classes))


def mean_of_defined(values: Values) -> Values:
    """Return the mean over the last axis of the values that are not NaN; NaN without any."""
    defined = np.isfinite(values)
    return ratio(np.where(defined, values, 0.0).sum(axis=-1), defined.sum(axis=-1).astype(float))


def recall_variances(
    group: Integers,
    judged: Iterable[int],
    speaker: Integers,
    truth: Integers,
    prediction: Integers,
    classes: int,
    draws: Draws | None,
) -> Values:
    """Return the sampling variance of the recall of each class in groups, over speakers.

        V = m / (m - 1) · Σ_i (hits_i - r n_i)² / (Σ_i n_i)²

    of the m speakers i with n_i rows of the class: that of a ratio of sums (Cochran 1977, Sampling
    Techniques, 6.4).

    Args:
        group: number of each row's group (row,).
        judged: numbers of the groups.
        speaker: number of each row's speaker (row,).
        truth: number of each row's class (row,).
        prediction: number of each row's predicted class (row,).
        classes: number of classes.
        draws: resamples of the rows; None for the rows as they are.

    Returns:
        (..., group, class); NaN where a class has fewer than two speakers in a group.
    """
    each = []
    for rows in (group == number for number in judged):
        columns = speaker[rows], truth[rows], prediction[rows]
        each.append(_speaker_confusions(*columns, classes, within(draws, rows)))
    return np.stack([*map(_variances_over_units, each)], axis=-2)


def _speaker_confusions(
    speaker: Integers, truth: Integers, prediction: Integers, classes: int, draws: Draws | None
) -> ClassConfusion:
    """Count the rows of each speaker by true and predicted class (..., speaker, class, class)."""
    if draws is None:
        names, number = np.unique(speaker, return_inverse=True)
        return confusions(number, truth, prediction, (len(names), classes), None)
    # A unit is of few speakers: a product of all units and all speakers would be of zeros, mostly.
    units = draws.counts.shape[1]
    pairs, pair = np.unique(speaker * units + draws.unit, return_inverse=True)
    of_pairs = confusions(pair, truth, prediction, (len(pairs), classes), None).counts
    drawn = draws.counts[:, pairs % units, None, None] * of_pairs
    _, first = np.unique(pairs // units, return_index=True)
    return ClassConfusion(np.add.reduceat(drawn, first, axis=1))


def _variances_over_units(of: ClassConfusion) -> Values:
    """Return the variances of `recall_variances` (..., class) from counts of each unit."""
    present, total = of.truths > 0, of.truths.sum(axis=-2)
    recall = ratio(of.hits.sum(axis=-2), total)
    residuals = (of.hits - recall[..., None, :] * of.truths) ** 2
    count = present.sum(axis=-2).astype(float)
    square = ratio(np.where(present, residuals, 0.0).sum(axis=-2), total**2)
    return ratio(count * square, np.maximum(count - 1, 0.0))
