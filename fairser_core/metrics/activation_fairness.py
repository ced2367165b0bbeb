"""Fairness of predicted activation, between women and men or any other groups.

Differences are of women and men, gaps and worst values of the judged groups; see `activation`.
"""

import numpy as np

from fairser_core.metrics import group_gaps
from fairser_core.metrics.activation import LEVELS, ActivationPredictions
from fairser_core.metrics.resampling import Values, ratio


def worst_ccc(predictions: ActivationPredictions) -> Values:
    """Return the least CCC of the judged groups: of two the lesser of that of women and of men.

    A model that serves all groups equally badly has a low value, and no difference.

    Returns:
        In [-1, 1], 1 is best. NaN if that of a group is undefined.
    """
    return np.asarray(np.min([predictions.cccs[g] for g in predictions.judged_groups], axis=0))


def ccc_gap(predictions: ActivationPredictions) -> Values:
    """Return the largest difference of the CCC between two judged groups.

    Returns:
        In [0, 2], 0 is best. NaN if that of a group is undefined.
    """
    values = np.array([predictions.cccs[group] for group in predictions.judged_groups])
    return np.asarray(values.max(axis=0) - values.min(axis=0))


def ccc_diff(predictions: ActivationPredictions) -> Values:
    """Return the CCC of women less that of men.

    Returns:
        In [-2, 2], 0 is best. NaN if one of the two is undefined, or groups are no genders.
    """
    return predictions.ccc_of("female") - predictions.ccc_of("male")


def tpr_low_diff(predictions: ActivationPredictions) -> Values:
    """Return r₀f - r₀m, the first term of Gorrostieta et al. 2019, Eq. 8.

    Returns:
        In [-1, 1], 0 is best. NaN if women or men have no low value, or groups are no genders.
    """
    return predictions.recall_of("low", "female") - predictions.recall_of("low", "male")


def tpr_high_diff(predictions: ActivationPredictions) -> Values:
    """Return r₁f - r₁m, the second term of Gorrostieta et al. 2019, Eq. 8.

    Returns:
        In [-1, 1], 0 is best. NaN if women or men have no high value, or groups are no genders.
    """
    return predictions.recall_of("high", "female") - predictions.recall_of("high", "male")


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
    return predictions.level_gap("low") + predictions.level_gap("high")


def recall_gap_excess(predictions: ActivationPredictions) -> Values:
    """Return `recall_gap` less what sampling of speakers alone gives each of its two terms.

    A term is √max(0, mean over pairs (r_g - r_g')² - 2 · mean over groups of the variance of r_g);
    see `group_gaps`.

    Returns:
        In [0, 2], 0 is best. NaN if a recall is undefined, is of fewer than two speakers, or
        speakers are unknown.
    """
    if predictions.speaker is None:
        return predictions.undefined
    groups = predictions.judged_groups
    recalls = np.array([[predictions.recalls[level, g] for g in groups] for level in LEVELS])
    values = np.moveaxis(recalls, (0, 1), (-2, -1))
    variances = np.swapaxes(predictions.recall_variances, -1, -2)
    squares = group_gaps.mean_square(values, variances)
    defined = np.isfinite(variances).all(axis=(-2, -1))
    return np.where(defined, group_gaps.root(squares).sum(axis=-1), np.nan)


def equalized_odds_difference(predictions: ActivationPredictions) -> Values:
    """Return max(|r₀m - r₀f|, |r₁m - r₁f|), as fairlearn does: r₀ = 1 - false positive rate.

    Of several groups the differences are the largest between two of them, as fairlearn's are.

    Returns:
        In [0, 1], 0 is best. NaN if a recall is undefined.
    """
    ranges = []
    for level in LEVELS:
        values = np.array([predictions.recalls[level, g] for g in predictions.judged_groups])
        ranges.append(values.max(axis=0) - values.min(axis=0))
    # numpy hands a NaN on, max() and min() may swallow it.
    return np.asarray(np.maximum(*ranges))


def worst_recall(predictions: ActivationPredictions) -> Values:
    """Return the least recall of a level in a judged group: of r₀f, r₀m, r₁f and r₁m.

    A model that predicts nobody low has 0, and no gap there.

    Returns:
        In [0, 1], 1 is best. NaN if a recall is undefined.
    """
    judged = [predictions.recalls[at, g] for g in predictions.judged_groups for at in LEVELS]
    return np.asarray(np.min(judged, axis=0))


def bias_diff(predictions: ActivationPredictions) -> Values:
    """Return the mean error ŷ - y of women less that of men, in standard deviations of y.

    Returns:
        0 is best; above 0 women are taken for more excited than they are, next to men. NaN without
        women or men, or if the truth is constant.
    """
    return predictions.difference(predictions.prediction - predictions.truth)


def bias_gap(predictions: ActivationPredictions) -> Values:
    """Return how far mean errors of judged groups lie apart: of two genders |`bias_diff`|.

    Returns:
        At least 0, which is best. NaN if a group has no row, or if the truth is constant.
    """
    return predictions.mean_gap(predictions.prediction - predictions.truth)


def mae_diff(predictions: ActivationPredictions) -> Values:
    """Return the mean absolute error of women less that of men, in standard deviations of y.

    Returns:
        0 is best; above 0 women are predicted less exactly. NaN without women or men, or if the
        truth is constant.
    """
    return predictions.difference(np.abs(predictions.prediction - predictions.truth))


def mae_gap(predictions: ActivationPredictions) -> Values:
    """Return how far mean absolute errors of judged groups lie apart: of two genders |`mae_diff`|.

    Returns:
        At least 0, which is best. NaN if a group has no row, or if the truth is constant.
    """
    return predictions.mean_gap(np.abs(predictions.prediction - predictions.truth))


def separation_diff(predictions: ActivationPredictions) -> Values:
    """Return the mean prediction of women less that of men among utterances of like truth.

    The difference is taken within each fifth of the truth, and averaged over those that have both.

    Returns:
        In standard deviations of y; 0 is best, which it can be though no fifth is. NaN if none has
        women and men, or if the truth is constant.
    """
    return _mean_of_bins(predictions.by_bin(lambda p, rows: p.difference(p.prediction, rows)))


def separation_gap(predictions: ActivationPredictions) -> Values:
    """Return the mean absolute difference of mean predictions among utterances of like truth.

    A regression is separated if predictions depend on the group through the truth alone. As in
    `separation_diff`, but no difference cancels another, and of any judged groups.

    Returns:
        In standard deviations of y, at least 0, which is best. NaN if no fifth has rows of all
        groups, or if the truth is constant.
    """
    return _mean_of_bins(predictions.by_bin(lambda p, rows: p.mean_gap(p.prediction, rows)))


def _mean_of_bins(values: Values) -> Values:
    """Return means over bins (bin, ...) with a value; NaN where none has one."""
    known = np.isfinite(values)
    return ratio(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0).astype(np.float64))
