"""Table of the metrics of activation, and of other dimensions of emotion."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairser_core.metrics.activation import GENDERS, LEVELS, ActivationPredictions
from fairser_core.metrics.activation_fairness import (
    bias_diff,
    bias_gap,
    ccc_diff,
    ccc_gap,
    equalized_odds_difference,
    mae_diff,
    mae_gap,
    recall_gap,
    recall_gap_excess,
    separation_diff,
    separation_gap,
    tpr_diff,
    tpr_high_diff,
    tpr_low_diff,
    worst_ccc,
    worst_recall,
)
from fairser_core.metrics.checks import Booleans, Floats
from fairser_core.metrics.metric import Metric, Place, measure, metric_key, names
from fairser_core.metrics.resampling import Values

ACTIVATION: tuple[Metric[ActivationPredictions], ...] = (
    Metric(
        name="ccc",
        better="maximize",
        of=lambda predictions: predictions.cccs["all"],
        title="CCC",
        explanation="concordance correlation coefficient of predicted and rated activation: how "
        "near predictions lie to the ratings, in order, level and spread",
        range=(-1, 1),
        interval=True,
        shown=(Place.RESULTS, Place.PICTURE, Place.WEIGHTS),
    ),
    Metric(
        name="ccc_female",
        better="maximize",
        of=lambda predictions: predictions.ccc_of("female"),
        title="CCC of women",
        explanation="CCC of women's utterances",
        range=(-1, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="ccc_male",
        better="maximize",
        of=lambda predictions: predictions.ccc_of("male"),
        title="CCC of men",
        explanation="CCC of men's utterances",
        range=(-1, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="worst_ccc",
        better="maximize",
        of=worst_ccc,
        least=True,
        title="worst CCC",
        explanation="the least CCC of a group: of a model that serves women and men equally badly "
        "it is low, though their difference is 0",
        range=(-1, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="ccc_diff",
        better="zero",
        of=ccc_diff,
        title="CCC-diff",
        explanation="CCC of women less that of men",
        range=(-2, 2),
        parts=("ccc_female", "ccc_male"),
        interval=True,
        shown=(Place.RESULTS, Place.PICTURE, Place.WEIGHTS),
    ),
    Metric(
        name="recall_low_female",
        better="maximize",
        of=lambda predictions: predictions.recall_of("low", "female"),
        title="recall of women, low",
        explanation="share of women's utterances of low activation that are predicted low",
        range=(0, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="recall_low_male",
        better="maximize",
        of=lambda predictions: predictions.recall_of("low", "male"),
        title="recall of men, low",
        explanation="share of men's utterances of low activation that are predicted low",
        range=(0, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="recall_high_female",
        better="maximize",
        of=lambda predictions: predictions.recall_of("high", "female"),
        title="recall of women, high",
        explanation="share of women's utterances of high activation that are predicted high",
        range=(0, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="recall_high_male",
        better="maximize",
        of=lambda predictions: predictions.recall_of("high", "male"),
        title="recall of men, high",
        explanation="share of men's utterances of high activation that are predicted high",
        range=(0, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="tpr_low_diff",
        better="zero",
        of=tpr_low_diff,
        title="TPR-low-diff",
        explanation="recall of women less that of men, among utterances of low activation",
        range=(-1, 1),
        parts=("recall_low_female", "recall_low_male"),
        interval=True,
        shown=(Place.RESULTS, Place.WEIGHTS),
        panel="TPR metrics",
    ),
    Metric(
        name="tpr_high_diff",
        better="zero",
        of=tpr_high_diff,
        title="TPR-high-diff",
        explanation="recall of women less that of men, among utterances of high activation",
        range=(-1, 1),
        parts=("recall_high_female", "recall_high_male"),
        interval=True,
        shown=(Place.RESULTS, Place.WEIGHTS),
        panel="TPR metrics",
    ),
    Metric(
        name="tpr_diff",
        better="zero",
        of=tpr_diff,
        title="TPR-diff",
        explanation="sum of TPR-low-diff and TPR-high-diff, which may cancel",
        range=(-2, 2),
        interval=True,
        shown=(Place.RESULTS, Place.PICTURE, Place.WEIGHTS),
        panel="TPR metrics",
    ),
    Metric(
        name="recall_gap",
        better="minimize",
        gap=True,
        terms=("tpr_low_diff", "tpr_high_diff"),
        of=recall_gap,
        title="recall gap",
        explanation="difference of recalls between two groups, such as women and men, among "
        "utterances of low activation, plus the same among those of high: how far it is from "
        "equality of odds; of more than two groups each is the root mean square over pairs",
        range=(0, 2),
        shown=(Place.RESULTS,),
    ),
    Metric(
        name="recall_gap_excess",
        better="minimize",
        gap=True,
        of=recall_gap_excess,
        title="recall gap beyond chance",
        explanation="recall gap less its sampling variance over speakers",
        range=(0, 2),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="equalized_odds_difference",
        better="minimize",
        gap=True,
        of=equalized_odds_difference,
        title="equalized odds difference",
        explanation="difference of recalls between two groups, such as women and men, among "
        "utterances of low activation or among those of high, whichever is larger; of more than "
        "two groups the largest of a pair",
        range=(0, 1),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="worst_recall",
        better="maximize",
        of=worst_recall,
        least=True,
        title="worst recall",
        explanation="the least recall of a group among utterances of low or of high activation: of "
        "a model that predicts nobody low it is 0, however equal the groups",
        range=(0, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="ccc_gap",
        better="minimize",
        gap=True,
        terms=("ccc_diff",),
        of=ccc_gap,
        title="CCC gap",
        explanation="difference of CCC between two groups, such as women and men; of more than two "
        "the largest of a pair",
        range=(0, 2),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="bias_diff",
        better="zero",
        of=bias_diff,
        title="bias-diff",
        explanation="mean error of women less that of men, in standard deviations of the ratings: "
        "above 0 women are taken for more than they are, next to men",
        range=(-np.inf, np.inf),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="bias_gap",
        better="minimize",
        gap=True,
        terms=("bias_diff",),
        of=bias_gap,
        title="bias gap",
        explanation="how far mean errors of groups lie apart, |women - men| or the root mean "
        "square over pairs, in standard deviations of the ratings",
        range=(0, np.inf),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="mae_diff",
        better="zero",
        of=mae_diff,
        title="MAE-diff",
        explanation="mean absolute error of women less that of men, in standard deviations of the "
        "ratings: above 0 women are predicted less exactly",
        range=(-np.inf, np.inf),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="mae_gap",
        better="minimize",
        gap=True,
        terms=("mae_diff",),
        of=mae_gap,
        title="MAE gap",
        explanation="how far mean absolute errors of groups lie apart, |women - men| or the root "
        "mean square over pairs, in standard deviations of the ratings",
        range=(0, np.inf),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="separation_diff",
        better="zero",
        of=separation_diff,
        title="separation-diff",
        explanation="mean prediction for women less that for men among utterances of like rating, "
        "mean over fifths of the ratings, in standard deviations of the ratings",
        range=(-np.inf, np.inf),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="separation_gap",
        better="minimize",
        gap=True,
        of=separation_gap,
        title="separation gap",
        explanation="how far mean predictions for groups lie apart among utterances of like "
        "rating, |women - men| or the root mean square over pairs, mean over fifths of the "
        "ratings, in standard deviations of the ratings",
        range=(0, np.inf),
        shown=(Place.GROUPS,),
    ),
)
"""Metrics of activation, in the order in which tables have them."""


def activation_metrics(
    truth: Floats, prediction: Floats, female: Booleans, threshold: float
) -> dict[str, float]:
    """Return every metric of predicted activation by name; see `of_genders`."""
    predictions = ActivationPredictions.of_genders(truth, prediction, female, threshold)
    return {name: float(value) for name, value in measure(ACTIVATION, predictions).items()}


def activation_values(predictions: ActivationPredictions) -> dict[str, float]:
    """Return every metric, and those of each group that the table has no row of, by name."""
    values = measure(ACTIVATION, predictions)
    for group in _further(predictions.groups):
        values[f"ccc_{metric_key(group)}"] = predictions.cccs[group]
        for level in LEVELS:
            values[f"recall_{level}_{metric_key(group)}"] = predictions.recalls[level, group]
    return {name: float(value) for name, value in values.items()}


def value_names(groups: Sequence[str]) -> tuple[str, ...]:
    """Return the names of `activation_values` of groups, in order."""
    further = [metric_key(group) for group in _further(groups)]
    kinds = ("ccc", *(f"recall_{level}" for level in LEVELS))
    return (*names(ACTIVATION), *(f"{kind}_{group}" for group in further for kind in kinds))


def _further(groups: Sequence[str]) -> list[str]:
    """Return the groups that are not the genders of the table."""
    return [group for group in groups if group not in GENDERS]


def each_target(
    metrics: Sequence[Metric[Any]], each: Mapping[str, Mapping[str, Values]]
) -> dict[str, Values]:
    """Return the metrics of the one target, or those over several; see `over_targets`."""
    return dict(next(iter(each.values()))) if len(each) == 1 else over_targets(metrics, each)


def over_targets(
    metrics: Sequence[Metric[Any]], each: Mapping[str, Mapping[str, Values]]
) -> dict[str, Values]:
    """Return metrics over several targets, then `<metric>_<target>`.

    Of gaps and of the least of several values the worst target counts, of signed differences the
    one farthest from 0; all else are means.

    Args:
        metrics: rows of the table, in order.
        each: metrics by name, by target.
    """
    combined = {}
    for metric in metrics:
        values = np.stack([of_target[metric.name] for of_target in each.values()])
        combined[metric.name] = _combined(metric, values)
    keys = [metric.name for metric in metrics]
    return combined | {f"{name}_{key}": each[key][name] for name in keys for key in each}


def _combined(metric: Metric[Any], values: Values) -> Values:
    """Return a metric over targets (...) of its values (target, ...)."""
    if metric.better == "zero":
        farthest = np.abs(values).argmax(axis=0)  # a NaN counts as the farthest
        return np.asarray(np.take_along_axis(values, farthest[None], axis=0)[0])
    if metric.better == "minimize":
        return np.asarray(values.max(axis=0))
    return np.asarray(values.min(axis=0) if metric.least else values.mean(axis=0))
