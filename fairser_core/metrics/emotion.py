"""How accurate an emotion's detector is, and how even-handed between the raters' genders."""

from collections.abc import Mapping

import numpy as np

from fairser_core.metrics.activation import (
    Booleans,
    Floats,
    check_boolean,
    check_equal_length,
    check_finite,
)
from fairser_core.metrics.parity import FIRES_ABOVE, parity


def f1(truth: Booleans, prediction: Booleans, level: bool = True) -> float:
    """F1 of one class: 2 TP / (2 TP + FP + FN).

    Args:
        truth: whether it is the emotion (utterance,).
        prediction: whether the detector fires (utterance,).
        level: the class: the emotion, or all others.

    Returns:
        In [0, 1], 1 is best. NaN if the class is neither in the truth nor in the prediction.

    Raises:
        ValueError: the arrays differ in length, are not one-dimensional or are not boolean.
    """
    check_equal_length(truth=truth, prediction=prediction)
    check_boolean(truth=truth, prediction=prediction)
    hits = int(np.sum((truth == level) & (prediction == level)))
    named = int(np.sum(truth == level)) + int(np.sum(prediction == level))
    return 2 * hits / named if named else float("nan")


def f1_macro(truth: Booleans, prediction: Booleans) -> float:
    """Mean of the F1 of both classes: of those that are in the truth or in the prediction.

    A detector that never fires has less than 0.5.

    Args:
        truth: whether it is the emotion (utterance,).
        prediction: whether the detector fires (utterance,).

    Returns:
        In [0, 1], 1 is best. NaN without utterances.

    Raises:
        ValueError: see `f1`.
    """
    both = np.array([f1(truth, prediction, level) for level in (False, True)])
    known = both[~np.isnan(both)]
    return float(known.mean()) if len(known) else float("nan")


def f1_weighted(truth: Booleans, prediction: Booleans) -> float:
    """Mean of the F1 of both classes, each weighted by its share of the truth: the paper's F1.

    A detector that never fires has 2(1 - p)² / (2 - p) for an emotion of share p: 0.78 for 0.15.

    Args:
        truth: whether it is the emotion (utterance,).
        prediction: whether the detector fires (utterance,).

    Returns:
        In [0, 1], 1 is best. NaN without utterances.

    Raises:
        ValueError: see `f1`.
    """
    parts = [
        np.mean(truth == level) * f1(truth, prediction, level)
        for level in (False, True)
        if (truth == level).any()
    ]
    return float(sum(parts)) if parts else float("nan")


def f1s(truth: Booleans, fires: Booleans) -> dict[str, float]:
    """The three F1 of a detector: `f1` (see `f1_weighted`), `f1_positive` (`f1`), `f1_macro`."""
    return {
        "f1": f1_weighted(truth, fires),
        "f1_positive": f1(truth, fires),
        "f1_macro": f1_macro(truth, fires),
    }


def view_metrics(
    heard: Mapping[str, Booleans], known: Mapping[str, Booleans], scores: Mapping[str, Floats]
) -> dict[str, float]:
    """Accuracy of a detector in what each gender of the raters hears (Chien & Lee 2023, Table 3).

    Args:
        heard: for each gender, whether its consensus is the emotion (utterance,).
        known: for each gender, whether it has a consensus (utterance,); others do not count.
        scores: for each gender, probability of the emotion from its perspective (utterance,); the
            same for all where a detector has only one.

    Returns:
        `f1_<gender>`, `f1_positive_<gender>` and `f1_macro_<gender>` (see `f1s`), and under
        `<metric>_views` their means over the genders.

    Raises:
        ValueError: see `f1`.
    """
    metrics: dict[str, float] = {}
    each = []
    for gender, score in scores.items():
        rows = known[gender]
        found = f1s(heard[gender][rows], score[rows] > FIRES_ABOVE)
        metrics |= {f"{name}_{gender}": value for name, value in found.items()}
        each.append(found)
    views = {f"{name}_views": float(np.mean([f[name] for f in each])) for name in each[0]}
    return metrics | views


def detection_metrics(
    truth: Booleans, score: Floats, s1: Booleans, aligned: Floats
) -> dict[str, float]:
    """Accuracy of a detector, and statistical parity between the genders of the raters.

    Args:
        truth: whether the ground truth is the emotion (utterance,).
        score: probability of the emotion (utterance,); the detector fires above 0.5.
        s1: where both genders perceive the ground truth, else it is S2 (utterance,).
        aligned: gender whose perception alone the ground truth is (utterance,): 1 female, 0 male,
            NaN for neither's.

    Returns:
        One value a name:

        - `f1_*`, `f1_positive_*` and `f1_macro_*` (see `f1s`) over `all` utterances, `s1` and `s2`.
        - `parity_s2` and others: see `parity`, over the utterances that have an aligned gender.

    Raises:
        ValueError: the arrays differ in length or are not one-dimensional, `score` is not finite,
            or `truth` or `s1` is not boolean.
    """
    check_equal_length(truth=truth, score=score, s1=s1, aligned=aligned)
    check_finite(score=score)
    check_boolean(truth=truth, s1=s1)
    fires = score > FIRES_ABOVE
    metrics: dict[str, float] = {}
    for name, rows in {"all": np.ones_like(s1), "s1": s1, "s2": ~s1}.items():
        found = f1s(truth[rows], fires[rows])
        metrics |= {f"{metric}_{name}": value for metric, value in found.items()}
    biased = ~np.isnan(aligned)
    return metrics | parity(score[biased], aligned[biased] == 1)
