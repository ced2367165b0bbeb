"""Table of the metrics of detectors of emotions."""

from collections.abc import Mapping

import numpy as np

from fairser_core.metrics.consistency import NEIGHBOURS
from fairser_core.metrics.emotion import (
    DetectorPredictions,
    consistency,
    parity_s2,
    parity_s2_ratio_gap,
    parity_s2_rnd,
    parity_s2_score,
    parity_s2_signed,
)
from fairser_core.metrics.f1_rows import f1_row
from fairser_core.metrics.metric import Metric, Place, measure
from fairser_core.metrics.resampling import Values

EMOTION: tuple[Metric[DetectorPredictions], ...] = (
    f1_row(
        "f1_all",
        "weighted",
        "all",
        "F1 All",
        shown=(Place.RESULTS, Place.TABLE_1),
        label="All",
    ),
    f1_row(
        "f1_s1",
        "weighted",
        "s1",
        "F1 S1",
        shown=(Place.RESULTS, Place.PICTURE, Place.TABLE_1),
        label="S1",
    ),
    f1_row(
        "f1_s2",
        "weighted",
        "s2",
        "F1 S2",
        shown=(Place.RESULTS, Place.PICTURE, Place.TABLE_1),
        label="S2",
    ),
    f1_row(
        "f1_female",
        "weighted",
        "female",
        "F1 women",
        shown=(Place.GROUPS, Place.TABLE_3),
        label="F",
    ),
    f1_row("f1_male", "weighted", "male", "F1 men", shown=(Place.GROUPS, Place.TABLE_3), label="M"),
    f1_row("f1_views", "weighted", "views", "F1, both perspectives"),
    f1_row("f1_positive_all", "positive", "all", "positive F1 All", interval=False),
    f1_row("f1_positive_s1", "positive", "s1", "positive F1 S1", interval=False),
    f1_row("f1_positive_s2", "positive", "s2", "positive F1 S2", interval=False),
    f1_row("f1_positive_female", "positive", "female", "positive F1 women", interval=False),
    f1_row("f1_positive_male", "positive", "male", "positive F1 men", interval=False),
    f1_row(
        "f1_positive_views", "positive", "views", "positive F1, both perspectives", interval=False
    ),
    f1_row("f1_macro_all", "macro", "all", "macro F1 All"),
    f1_row(
        "f1_macro_s1",
        "macro",
        "s1",
        "macro F1 S1",
        shown=(Place.RESULTS, Place.WEIGHTS, Place.TABLE_1),
        label="S1, macro",
    ),
    f1_row("f1_macro_s2", "macro", "s2", "macro F1 S2"),
    f1_row("f1_macro_female", "macro", "female", "macro F1 women"),
    f1_row("f1_macro_male", "macro", "male", "macro F1 men"),
    f1_row(
        "f1_macro_views",
        "macro",
        "views",
        "macro F1, both perspectives",
        shown=(Place.REPORT, Place.WEIGHTS),
    ),
    Metric(
        name="parity_s2",
        better="minimize",
        gap=True,
        terms=("parity_s2_signed",),
        of=parity_s2,
        title="parity |ΔP| S2",
        explanation="|P(detected given men's) - P(detected given women's)| on utterances of S2 "
        "whose ground truth is only the men's or only the women's perception",
        range=(0, 1),
        shown=(Place.RESULTS, Place.PICTURE, Place.WEIGHTS, Place.TABLE_2),
        label="|ΔP|",
    ),
    Metric(
        name="parity_s2_signed",
        better="zero",
        of=parity_s2_signed,
        title="parity ΔP S2",
        explanation="P(detected given women's) - P(detected given men's)",
        range=(-1, 1),
        interval=True,
        shown=(Place.TABLE_2,),
        label="signed",
    ),
    Metric(
        name="parity_s2_score",
        better="minimize",
        gap=True,
        of=parity_s2_score,
        title="parity of scores S2",
        explanation="|E[score given men's] - E[score given women's]|",
        range=(0, 1),
        shown=(Place.TABLE_2,),
        label="of scores",
    ),
    Metric(
        name="parity_s2_ratio_gap",
        better="minimize",
        gap=True,
        of=parity_s2_ratio_gap,
        title="parity ratio gap S2",
        explanation="1 - the lesser rate of detection / the greater, of the same two groups",
        range=(0, 1),
        shown=(Place.TABLE_2,),
        label="ratio gap",
    ),
    Metric(
        name="parity_s2_rnd",
        better="minimize",
        gap=True,
        of=parity_s2_rnd,
        title="parity rND S2",
        explanation="normalised discounted difference of the same two groups in the ranking by "
        "score (Yang & Stoyanovich 2017)",
        range=(0, 1),
        shown=(Place.TABLE_2,),
        label="rND",
    ),
    Metric(
        name="consistency_gender",
        better="maximize",
        of=consistency("gender"),
        title="consistency, gender",
        explanation=f"share of the {NEIGHBOURS} nearest in the representation that are of the same "
        "gender's perception, by chance about 0.5",
        range=(0, 1),
        interval=True,
        shown=(Place.RESULTS, Place.PICTURE, Place.WEIGHTS, Place.TABLE_4),
        label="gender",
    ),
    Metric(
        name="consistency_gender_self",
        better="maximize",
        of=consistency("gender_self"),
        title="consistency with self, gender",
        explanation=f"share of an utterance and the {NEIGHBOURS - 1} nearest to it that are of the "
        "same gender's perception",
        range=(0, 1),
    ),
    Metric(
        name="consistency_emotion",
        better="maximize",
        of=consistency("emotion"),
        title="consistency, prediction",
        explanation=f"share of the {NEIGHBOURS} nearest in the representation for which the "
        "detector decides alike",
        range=(0, 1),
        interval=True,
        shown=(Place.RESULTS, Place.TABLE_4),
        label="prediction",
    ),
    Metric(
        name="consistency_emotion_self",
        better="maximize",
        of=consistency("emotion_self"),
        title="consistency with self, prediction",
        explanation=f"share of an utterance and the {NEIGHBOURS - 1} nearest to it for which the "
        "detector decides alike",
        range=(0, 1),
    ),
)
"""Metrics of detectors, in the order in which tables have them."""


def detector_metrics(predictions: DetectorPredictions) -> dict[str, float]:
    """Return every metric of an emotion's detectors by name."""
    return {name: float(value) for name, value in measure(EMOTION, predictions).items()}


def over_emotions(each: Mapping[str, Mapping[str, Values]]) -> dict[str, Values]:
    """Return means of metrics over emotions, then `<metric>_<emotion>`.

    Args:
        each: metrics by name, by emotion.
    """
    names = next(iter(each.values()))
    means = {
        name: np.asarray(np.mean([metrics[name] for metrics in each.values()], axis=0))
        for name in names
    }
    return means | {f"{name}_{key}": each[key][name] for name in names for key in each}
