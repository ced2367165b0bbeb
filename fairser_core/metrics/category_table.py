"""Table of the metrics of classes of emotion."""

from collections.abc import Sequence
from dataclasses import replace

from fairser_core.metrics import category
from fairser_core.metrics.category import CategoryPredictions
from fairser_core.metrics.metric import Metric, Place, measure, metric_key, names

CATEGORY: tuple[Metric[CategoryPredictions], ...] = (
    Metric(
        name="macro_f1",
        better="maximize",
        of=lambda predictions: predictions.whole.macro_f1,
        title="macro F1",
        explanation="mean F1 of the classes, each as much as any other",
        range=(0, 1),
        interval=True,
        shown=(Place.RESULTS, Place.PICTURE, Place.WEIGHTS),
    ),
    Metric(
        name="uar",
        better="maximize",
        of=lambda predictions: predictions.whole.uar,
        title="UAR",
        explanation="unweighted average recall: mean recall of the classes",
        range=(0, 1),
        interval=True,
        shown=(Place.RESULTS, Place.WEIGHTS),
    ),
    Metric(
        name="accuracy",
        better="maximize",
        of=lambda predictions: predictions.whole.accuracy,
        title="accuracy",
        explanation="share of utterances whose class is predicted",
        range=(0, 1),
        interval=True,
        shown=(Place.REPORT,),
    ),
    Metric(
        name="worst_macro_f1",
        better="maximize",
        of=category.worst_macro_f1,
        title="worst macro F1",
        explanation="least macro F1 of a group: of a model that serves all groups equally badly it "
        "is low, though their gap is 0",
        range=(0, 1),
        interval=True,
        shown=(Place.RESULTS, Place.GROUPS),
    ),
    Metric(
        name="worst_class_recall",
        better="maximize",
        of=category.worst_recall,
        title="worst class recall",
        explanation="least recall of a class in a group",
        range=(0, 1),
        interval=True,
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="tpr_gap",
        better="minimize",
        gap=True,
        of=category.tpr_gap,
        title="TPR gap",
        explanation="gap of true positive rates between groups, root mean square over classes and "
        "pairs of groups: how far it is from equality of odds",
        range=(0, 1),
        shown=(Place.RESULTS, Place.PICTURE, Place.WEIGHTS),
    ),
    Metric(
        name="tpr_gap_excess",
        better="minimize",
        gap=True,
        of=category.tpr_gap_excess,
        title="TPR gap beyond chance",
        explanation="TPR gap less its sampling variance over speakers",
        range=(0, 1),
        shown=(Place.RESULTS,),
    ),
    Metric(
        name="tpr_gap_largest",
        better="minimize",
        gap=True,
        of=category.tpr_gap_largest,
        title="largest TPR difference",
        explanation="largest difference of the recall of a class between two groups",
        range=(0, 1),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="f1_gap",
        better="minimize",
        gap=True,
        of=category.f1_gap,
        title="F1 gap",
        explanation="gap of F1 between groups, root mean square over classes and pairs of groups",
        range=(0, 1),
        shown=(Place.RESULTS,),
    ),
    Metric(
        name="macro_f1_gap",
        better="minimize",
        gap=True,
        of=category.macro_f1_gap,
        title="macro F1 gap",
        explanation="largest difference of macro F1 between two groups",
        range=(0, 1),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="uar_gap",
        better="minimize",
        gap=True,
        of=category.uar_gap,
        title="UAR gap",
        explanation="largest difference of the unweighted average recall between two groups",
        range=(0, 1),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="ece",
        better="minimize",
        of=category.ece,
        title="ECE",
        explanation="expected calibration error: how far the confidence of predictions is from "
        "their accuracy, mean over ten bins of equal mass",
        range=(0, 1),
        shown=(Place.REPORT,),
    ),
    Metric(
        name="worst_ece",
        better="minimize",
        of=category.worst_ece,
        title="worst ECE",
        explanation="greatest expected calibration error of a group",
        range=(0, 1),
        shown=(Place.GROUPS,),
    ),
    Metric(
        name="ece_gap",
        better="minimize",
        gap=True,
        of=category.ece_gap,
        title="ECE gap",
        explanation="largest difference of the expected calibration error between two groups",
        range=(0, 1),
        shown=(Place.REPORT,),
    ),
)
"""Metrics of classes of emotion, in the order in which tables have them."""


def category_values(predictions: CategoryPredictions, groups: Sequence[str]) -> dict[str, float]:
    """Return every metric, and macro F1 and UAR of each group, by name.

    Args:
        predictions: of classes.
        groups: names of all groups, in order.
    """
    values = measure(CATEGORY, predictions)
    every = replace(predictions, judged=tuple(range(len(groups)))).by_group
    for kind, of_groups in (("macro_f1", every.macro_f1), ("uar", every.uar)):
        for group, value in zip(groups, of_groups, strict=True):
            values[f"{kind}_{metric_key(group)}"] = value
    return {name: float(value) for name, value in values.items()}


def value_names(groups: Sequence[str]) -> tuple[str, ...]:
    """Return the names of `category_values` of groups, in order."""
    further = [f"{kind}_{metric_key(group)}" for kind in ("macro_f1", "uar") for group in groups]
    return (*names(CATEGORY), *further)
