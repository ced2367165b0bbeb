"""Accuracy and fairness of predicted activation, between women and men.

A value is *high* above the threshold and *low* at or below it, truth and prediction alike
(Gorrostieta et al. 2019, Eq. 3); r₀ and r₁ are the recalls of low and of high. A difference is
female less male: negative means worse for women. Each metric is a number, or one a resample
(draw,).

Fairness of a regression without a threshold is measured on errors ŷ - y, and on predictions of
utterances with like truth. Their unit is the standard deviation of the truth.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairser_core.metrics.checks import (
    Booleans,
    Floats,
    check_boolean,
    check_equal_length,
    check_finite,
)
from fairser_core.metrics.concordance import ccc
from fairser_core.metrics.recall import recall
from fairser_core.metrics.resampling import Draws, Values, mean, ratio, within

BINS = 5
"""Bins of the truth, which hold as many values each, in `separation_gap`."""


@dataclass(frozen=True, eq=False)
class ActivationPredictions:
    """Activation predicted for utterances, or for windows.

    Attributes:
        truth: activation (row,).
        prediction: predicted activation in the same unit (row,).
        female: whether the speaker is female, else male (row,).
        threshold: θ, in the unit of `truth`.
        draws: resamples of the rows; None for the rows as they are.

    Raises:
        ValueError: the arrays differ in length or are not one-dimensional, `truth` or
            `prediction` is not finite, or `female` is not boolean.
    """

    truth: Floats
    prediction: Floats
    female: Booleans
    threshold: float
    draws: Draws | None = None

    def __post_init__(self) -> None:
        check_equal_length(truth=self.truth, prediction=self.prediction, female=self.female)
        check_finite(truth=self.truth, prediction=self.prediction)
        check_boolean(female=self.female)

    @cached_property
    def cccs(self) -> dict[str, Values]:
        """CCC of `all`, of `female` and of `male`; see `concordance.ccc`."""
        rows = {"all": np.ones_like(self.female), "female": self.female, "male": ~self.female}
        return {
            group: ccc(self.truth[at], self.prediction[at], within(self.draws, at))
            for group, at in rows.items()
        }

    @cached_property
    def recalls(self) -> dict[tuple[str, str], Values]:
        """Recall by level, `low` or `high`, and group, `female` or `male`; see `recall.recall`."""
        high, predicted = self.truth > self.threshold, self.prediction > self.threshold
        return {
            (level, group): recall(high[at], predicted[at], level == "high", within(self.draws, at))
            for group, at in (("female", self.female), ("male", ~self.female))
            for level in ("low", "high")
        }

    @cached_property
    def unit(self) -> Values:
        """Standard deviation of the truth (ddof 0), of the rows as they are."""
        return np.asarray(np.std(self.truth.astype(np.float64)))

    def difference(self, values: Floats, rows: Booleans | None = None) -> Values:
        """Return the mean of women's values less that of men's, in units of the truth.

        Args:
            values: values in the truth's unit (row,).
            rows: which rows count (row,); None for all.

        Returns:
            NaN without rows of women or of men, or if the truth is constant.
        """
        means = []
        for group in (self.female, ~self.female):
            at = group if rows is None else group & rows
            means.append(mean(values[at], within(self.draws, at)))
        return ratio(means[0] - means[1], self.unit)

    @cached_property
    def separations(self) -> Values:
        """Differences of mean predictions within bins of the truth (bin, ...).

        Edges are the quintiles of the truth; a value at an edge is below it. NaN in a bin without
        women or without men.
        """
        edges = np.quantile(self.truth, np.arange(1, BINS) / BINS)
        of_row = np.searchsorted(edges, self.truth)
        return np.stack(
            [self.difference(self.prediction, of_row == number) for number in range(BINS)]
        )


def worst_ccc(predictions: ActivationPredictions) -> Values:
    """Return the lesser of the CCC of women and that of men.

    A model that serves women and men equally badly has a low value, and no difference.

    Returns:
        In [-1, 1], 1 is best. NaN if one of the two is undefined.
    """
    return np.minimum(predictions.cccs["female"], predictions.cccs["male"])


def ccc_diff(predictions: ActivationPredictions) -> Values:
    """Return the CCC of women less that of men.

    Returns:
        In [-2, 2], 0 is best. NaN if one of the two is undefined.
    """
    return predictions.cccs["female"] - predictions.cccs["male"]


def tpr_low_diff(predictions: ActivationPredictions) -> Values:
    """Return r₀f - r₀m, the first term of Gorrostieta et al. 2019, Eq. 8.

    Returns:
        In [-1, 1], 0 is best. NaN if women or men have no low value.
    """
    return predictions.recalls["low", "female"] - predictions.recalls["low", "male"]


def tpr_high_diff(predictions: ActivationPredictions) -> Values:
    """Return r₁f - r₁m, the second term of Gorrostieta et al. 2019, Eq. 8.

    Returns:
        In [-1, 1], 0 is best. NaN if women or men have no high value.
    """
    return predictions.recalls["high", "female"] - predictions.recalls["high", "male"]


def tpr_diff(predictions: ActivationPredictions) -> Values:
    """Return (r₀f - r₀m) + (r₁f - r₁m) (Gorrostieta et al. 2019, Eq. 8).

    Returns:
        In [-2, 2], 0 is best, which it can be though neither term is. NaN if a recall is undefined.
    """
    return tpr_low_diff(predictions) + tpr_high_diff(predictions)


def recall_gap(predictions: ActivationPredictions) -> Values:
    """Return |r₀m - r₀f| + |r₁m - r₁f| (Gorrostieta et al. 2019, Eq. 7).

    Returns:
        In [0, 2], 0 is best. NaN if a recall is undefined.
    """
    return np.abs(tpr_low_diff(predictions)) + np.abs(tpr_high_diff(predictions))


def equalized_odds_difference(predictions: ActivationPredictions) -> Values:
    """Return max(|r₀m - r₀f|, |r₁m - r₁f|), as fairlearn does: r₀ = 1 - false positive rate.

    Returns:
        In [0, 1], 0 is best. NaN if a recall is undefined.
    """
    # numpy hands a NaN on, max() and min() may swallow it.
    return np.maximum(np.abs(tpr_low_diff(predictions)), np.abs(tpr_high_diff(predictions)))


def worst_recall(predictions: ActivationPredictions) -> Values:
    """Return the least of r₀f, r₀m, r₁f and r₁m.

    A model that predicts nobody low has 0, and no gap there.

    Returns:
        In [0, 1], 1 is best. NaN if a recall is undefined.
    """
    return np.asarray(np.min([*predictions.recalls.values()], axis=0))


def ccc_gap(predictions: ActivationPredictions) -> Values:
    """Return |CCC of women - CCC of men|.

    Returns:
        In [0, 2], 0 is best. NaN if one of the two is undefined.
    """
    return np.abs(ccc_diff(predictions))


def bias_diff(predictions: ActivationPredictions) -> Values:
    """Return the mean error ŷ - y of women less that of men, in standard deviations of y.

    Returns:
        0 is best; above 0 women are taken for more excited than they are, next to men. NaN without
        women or men, or if the truth is constant.
    """
    return predictions.difference(predictions.prediction - predictions.truth)


def bias_gap(predictions: ActivationPredictions) -> Values:
    """Return the absolute value of `bias_diff`.

    Returns:
        At least 0, which is best. NaN where `bias_diff` is.
    """
    return np.abs(bias_diff(predictions))


def mae_diff(predictions: ActivationPredictions) -> Values:
    """Return the mean absolute error of women less that of men, in standard deviations of y.

    Returns:
        0 is best; above 0 women are predicted less exactly. NaN without women or men, or if the
        truth is constant.
    """
    return predictions.difference(np.abs(predictions.prediction - predictions.truth))


def mae_gap(predictions: ActivationPredictions) -> Values:
    """Return the absolute value of `mae_diff`.

    Returns:
        At least 0, which is best. NaN where `mae_diff` is.
    """
    return np.abs(mae_diff(predictions))


def separation_diff(predictions: ActivationPredictions) -> Values:
    """Return the mean prediction of women less that of men among utterances of like truth.

    The difference is taken within each fifth of the truth, and averaged over those that have both.

    Returns:
        In standard deviations of y; 0 is best, which it can be though no fifth is. NaN if none has
        women and men, or if the truth is constant.
    """
    return _mean_of_bins(predictions.separations)


def separation_gap(predictions: ActivationPredictions) -> Values:
    """Return the mean absolute difference of mean predictions among utterances of like truth.

    A regression is separated if predictions depend on the group through the truth alone. As in
    `separation_diff`, but no difference cancels another.

    Returns:
        In standard deviations of y, at least 0, which is best. NaN where `separation_diff` is.
    """
    return _mean_of_bins(np.abs(predictions.separations))


def _mean_of_bins(values: Values) -> Values:
    """Return means over bins (bin, ...) with a value; NaN where none has one."""
    known = np.isfinite(values)
    return ratio(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0).astype(np.float64))
