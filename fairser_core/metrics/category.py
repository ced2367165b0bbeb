"""Accuracy and fairness of predicted classes, between groups of any number.

Groups are judged by the gaps of their true positive rates, the recalls of the classes: equality of
odds (Hardt et al. 2016), in the form of De-Arteaga et al. (2019) for many classes, the root mean
square over classes. Each metric is a number, or one a resample (draw,).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fairser_core.metrics import group_gaps
from fairser_core.metrics.calibration import Reliability, reliability
from fairser_core.metrics.checks import check_equal_length
from fairser_core.metrics.confusion_matrix import (
    ClassConfusion,
    Integers,
    confusions,
    mean_of_defined,
    recall_variances,
)
from fairser_core.metrics.resampling import Draws, Values

MOST_SUMMED = 1e-3
"""Amount by which the probabilities of a row may differ from 1 in sum."""


@dataclass(frozen=True, eq=False)
class CategoryPredictions:
    """Classes predicted for utterances.

    Attributes:
        truth: number of the class (row,).
        probability: probability of each class (row, class).
        group: number of the group; negative for rows in none (row,).
        judged: numbers of the groups that gaps and worst values are of, at least two.
        speaker: number of the speaker (row,), the unit of sampling variances.
        draws: resamples of the rows; None for the rows as they are.

    Raises:
        ValueError: the arrays differ in length, fewer than two groups are judged, probabilities
            are not finite, or those of a row do not sum to 1.
    """

    truth: Integers
    probability: npt.NDArray[np.float64]
    group: Integers
    judged: tuple[int, ...]
    speaker: Integers
    draws: Draws | None = None

    def __post_init__(self) -> None:
        check_equal_length(truth=self.truth, group=self.group, speaker=self.speaker)
        if self.probability.ndim != 2 or len(self.probability) != len(self.truth):
            shape = self.probability.shape
            raise ValueError(
                f"`probability` must be (row, class) of {len(self.truth)} rows, got {shape}"
            )
        if len(self.judged) < 2:
            raise ValueError(f"two groups or more must be judged, got {self.judged}")
        sums = self.probability.sum(axis=1)
        bad = np.flatnonzero(~(np.abs(sums - 1) <= MOST_SUMMED))
        if len(bad):
            raise ValueError(f"probabilities must sum to 1, row {bad[0]} sums to {sums[bad[0]]}")

    @cached_property
    def prediction(self) -> Integers:
        """Number of the most probable class (row,)."""
        return np.asarray(self.probability.argmax(axis=1))

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.probability.shape[1])

    @cached_property
    def whole(self) -> ClassConfusion:
        """Confusion of all rows, in a group or not."""
        nobody = np.zeros(len(self.truth), dtype=np.intp)
        counts = confusions(nobody, self.truth, self.prediction, (1, self.classes), self.draws)
        return ClassConfusion(counts.counts[..., 0, :, :])

    @cached_property
    def by_group(self) -> ClassConfusion:
        """Confusion of each judged group, in their order."""
        number = np.full(max(int(self.group.max(initial=0)), *self.judged) + 1, -1)
        number[list(self.judged)] = np.arange(len(self.judged))
        group = np.where(self.group < 0, -1, number[self.group])
        shape = (len(self.judged), self.classes)
        return confusions(group, self.truth, self.prediction, shape, self.draws)

    @cached_property
    def recall_variances(self) -> Values:
        """Sampling variance of each recall of `by_group` (..., group, class), over speakers.

        NaN where a class has fewer than two speakers; see `confusion_matrix.recall_variances`.
        """
        rows = self.truth, self.prediction
        return recall_variances(
            self.group, self.judged, self.speaker, *rows, self.classes, self.draws
        )

    def reliability(self, rows: npt.NDArray[np.intp]) -> Reliability:
        """Return the reliability curve of some of the rows."""
        right = self.prediction[rows] == self.truth[rows]
        return reliability(self.probability[rows].max(axis=1), right)


Measure = Callable[[CategoryPredictions], Values]


def tpr_gap(predictions: CategoryPredictions) -> Values:
    """Return the gap of true positive rates: root mean square over classes and pairs of groups.

    Classes that fewer than two judged groups have do not count.

    Returns:
        In [0, 1], 0 is best. NaN if no class counts.
    """
    recalls = np.swapaxes(predictions.by_group.recalls, -1, -2)
    return group_gaps.root(mean_of_defined(group_gaps.mean_square(recalls)))


def tpr_gap_excess(predictions: CategoryPredictions) -> Values:
    """Return `tpr_gap` less what sampling of speakers alone gives it.

    Classes of fewer than two speakers in a judged group do not count in that group.

    Returns:
        In [0, 1], 0 is best. NaN if no class counts.
    """
    recalls = np.swapaxes(predictions.by_group.recalls, -1, -2)
    variances = np.swapaxes(predictions.recall_variances, -1, -2)
    recalls = np.where(np.isfinite(variances), recalls, np.nan)
    return group_gaps.root(mean_of_defined(group_gaps.mean_square(recalls, variances)))


def tpr_gap_largest(predictions: CategoryPredictions) -> Values:
    """Return the largest difference of a recall between two groups, of any class.

    Returns:
        In [0, 1], 0 is best. NaN if no class is of two groups.
    """
    recalls = np.swapaxes(predictions.by_group.recalls, -1, -2)
    return _greatest(group_gaps.largest_difference(recalls))


def f1_gap(predictions: CategoryPredictions) -> Values:
    """Return the gap of F1: root mean square over classes and pairs of groups.

    Returns:
        In [0, 1], 0 is best. NaN if no class is of two groups.
    """
    f1 = np.swapaxes(predictions.by_group.f1, -1, -2)
    return group_gaps.root(mean_of_defined(group_gaps.mean_square(f1)))


def macro_f1_gap(predictions: CategoryPredictions) -> Values:
    """Return the largest difference of macro F1 between two groups.

    Returns:
        In [0, 1], 0 is best. NaN unless two groups have rows.
    """
    return group_gaps.largest_difference(predictions.by_group.macro_f1)


def uar_gap(predictions: CategoryPredictions) -> Values:
    """Return the largest difference of the unweighted average recall between two groups.

    Returns:
        In [0, 1], 0 is best. NaN unless two groups have rows.
    """
    return group_gaps.largest_difference(predictions.by_group.uar)


def worst_macro_f1(predictions: CategoryPredictions) -> Values:
    """Return the least macro F1 of a judged group.

    Returns:
        In [0, 1], 1 is best. NaN if a group has no rows.
    """
    return group_gaps.worst(predictions.by_group.macro_f1)


def worst_recall(predictions: CategoryPredictions) -> Values:
    """Return the least recall of a class in a judged group that has the class.

    Returns:
        In [0, 1], 1 is best. NaN without rows.
    """
    recalls = predictions.by_group.recalls
    flat = recalls.reshape(*recalls.shape[:-2], -1)
    return -_greatest(-flat)


def ece(predictions: CategoryPredictions) -> Values:
    """Return the expected calibration error of all rows; see `calibration.reliability`.

    Returns:
        In [0, 1], 0 is best. NaN without rows.
    """
    return _of_draws(predictions, _ece)


def worst_ece(predictions: CategoryPredictions) -> Values:
    """Return the greatest expected calibration error of a judged group.

    Returns:
        In [0, 1], 0 is best. NaN if a group has no rows.
    """
    return _of_draws(predictions, lambda each, rows: float(_eces(each, rows).max()))


def ece_gap(predictions: CategoryPredictions) -> Values:
    """Return the largest difference of the expected calibration error between two groups.

    Returns:
        In [0, 1], 0 is best. NaN unless two groups have rows.
    """

    def gap(each: CategoryPredictions, rows: npt.NDArray[np.intp]) -> float:
        return float(group_gaps.largest_difference(_eces(each, rows)))

    return _of_draws(predictions, gap)


def _ece(predictions: CategoryPredictions, rows: npt.NDArray[np.intp]) -> float:
    return predictions.reliability(rows).error


def _eces(predictions: CategoryPredictions, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """Return the expected calibration error of each judged group (group,)."""
    group = predictions.group[rows]
    return np.array([_ece(predictions, rows[group == number]) for number in predictions.judged])


def _of_draws(
    predictions: CategoryPredictions,
    of_rows: Callable[[CategoryPredictions, npt.NDArray[np.intp]], float],
) -> Values:
    """Return a metric of the rows as they are, or of each resample, from their numbers."""
    draws = predictions.draws
    if draws is None:
        return np.asarray(of_rows(predictions, np.arange(len(predictions.truth))))
    return np.array([of_rows(predictions, draws.rows(draw)) for draw in range(len(draws))])


def _greatest(values: Values) -> Values:
    """Return the greatest value over the last axis that is not NaN; NaN without any."""
    defined = np.isfinite(values)
    most = np.where(defined, values, -np.inf).max(axis=-1)
    return np.where(defined.any(axis=-1), most, np.nan)
