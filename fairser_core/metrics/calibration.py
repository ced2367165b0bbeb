"""Calibration of predicted classes: how far confidence is from accuracy."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.checks import Booleans, Floats, check_boolean, check_equal_length

BINS = 10


@dataclass(frozen=True, eq=False)
class Reliability:
    """Points of a reliability curve, one a bin of equal mass.

    Attributes:
        confidence: mean confidence (bin,).
        accuracy: share of right predictions (bin,).
        count: number of rows (bin,).
    """

    confidence: npt.NDArray[np.float64]
    accuracy: npt.NDArray[np.float64]
    count: npt.NDArray[np.int64]

    @property
    def error(self) -> float:
        """Expected calibration error: Σ_b n_b / n |accuracy_b - confidence_b|; NaN without rows."""
        if not self.count.sum():
            return float("nan")
        weight = self.count / self.count.sum()
        return float((weight * np.abs(self.accuracy - self.confidence)).sum())


def reliability(confidence: Floats, right: Booleans, bins: int = BINS) -> Reliability:
    """Return the reliability curve of predictions, in bins of equal mass (Nixon et al. 2019).

    Rows in order of their confidence are cut into bins whose numbers differ by one at most. Bins of
    equal mass have no empty ones, which bins of equal width have where models are sure.

    Args:
        confidence: probability of the predicted class (row,).
        right: whether the prediction is right (row,).
        bins: number of bins; of fewer rows each is one.

    Raises:
        ValueError: the arrays differ in length, or `right` is not boolean.
    """
    check_equal_length(confidence=confidence, right=right)
    check_boolean(right=right)
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, max(1, min(bins, len(order))))
    parts = [part for part in parts if len(part)]
    return Reliability(
        np.array([confidence[part].mean(dtype=np.float64) for part in parts]),
        np.array([right[part].mean() for part in parts]),
        np.array([len(part) for part in parts], dtype=np.int64),
    )
