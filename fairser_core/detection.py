"""How accurate an emotion's detector is, and how even-handed between the raters' genders."""

import numpy as np

from fairser_core.metrics import (
    Booleans,
    Floats,
    check_boolean,
    check_equal_length,
    check_finite,
)

FIRES_ABOVE = 0.5
"""A detector fires where its score, the probability of the emotion, is above."""
RND_STEP = 10


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


def parity(score: Floats, female: Booleans) -> dict[str, float]:
    """Statistical parity of a detector between two groups of utterances.

    With ŷ = [score > 0.5]; 0 is best for all.

    Args:
        score: probability of the emotion (utterance,).
        female: whether the ground truth is the women's perception alone, else it is the men's
            (utterance,).

    Returns:
        One value a name:

        - `parity_s2`: |P(ŷ=1|M) - P(ŷ=1|F)|, in [0, 1].
        - `parity_s2_signed`: P(ŷ=1|F) - P(ŷ=1|M), in [-1, 1].
        - `parity_s2_score`: |E[score|M] - E[score|F]|, in [0, 1].
        - `parity_s2_ratio_gap`: 1 - the lesser rate / the greater, in [0, 1]; NaN if the detector
          fires at nobody.
        - `parity_s2_rnd`: see `rnd`.

        All are NaN if a group is empty.

    Raises:
        ValueError: the arrays differ in length or are not one-dimensional, `score` is not finite,
            or `female` is not boolean.
    """
    check_equal_length(score=score, female=female)
    check_finite(score=score)
    check_boolean(female=female)
    rates = {"female": float("nan"), "male": float("nan")}
    means = dict(rates)
    if female.any() and not female.all():
        for gender, members in (("female", female), ("male", ~female)):
            rates[gender] = float(np.mean(score[members] > FIRES_ABOVE))
            means[gender] = float(np.mean(score[members]))
    signed, greater = rates["female"] - rates["male"], max(rates.values())
    return {
        "parity_s2": abs(signed),
        "parity_s2_signed": signed,
        "parity_s2_score": abs(means["female"] - means["male"]),
        "parity_s2_ratio_gap": abs(signed) / greater if greater else float("nan"),
        "parity_s2_rnd": rnd(score, female),
    }


def rnd(score: Floats, female: Booleans) -> float:
    """Normalised discounted difference of a ranking (Yang & Stoyanovich 2017, Eq. 1).

        rND = 1/Z Σ_{i=10,20,...} 1/log₂i · | |S⁺_{1..i}|/i - |S⁺|/N |

    where the utterances are ranked by their score, the highest first, and S⁺ is a group. Z is the
    sum for the worse of the two rankings that put either group wholly first.

    Args:
        score: probability of the emotion (utterance,); equal ones rank in the given order.
        female: whether an utterance is of S⁺ (utterance,).

    Returns:
        In [0, 1], 0 is best. NaN if a group is empty, or there are no more than ten utterances.
    """
    worst = max(_discounted(np.sort(female)), _discounted(np.sort(female)[::-1]))
    if not worst > 0:
        return float("nan")
    return _discounted(female[np.argsort(-score, kind="stable")]) / worst


def _discounted(ranked: Booleans) -> float:
    """The sum of rND for a group's members in the order of a ranking."""
    cuts = np.arange(RND_STEP, len(ranked) + 1, RND_STEP)
    shares = np.cumsum(ranked)[cuts - 1] / cuts
    return float(np.sum(np.abs(shares - ranked.mean()) / np.log2(cuts))) if len(cuts) else 0.0


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

        - `f1_all`, `f1_s1`, `f1_s2`: see `f1_weighted`; `f1_positive_*`: see `f1`;
          `f1_macro_*`: see `f1_macro`, over all utterances, S1 and S2.
        - `parity_s2` and others: see `parity`, over the utterances that have an aligned gender.

    Raises:
        ValueError: the arrays differ in length or are not one-dimensional, `score` is not finite,
            or `truth` or `s1` is not boolean.
    """
    check_equal_length(truth=truth, score=score, s1=s1, aligned=aligned)
    check_finite(score=score)
    check_boolean(truth=truth, s1=s1)
    fires, metrics = score > FIRES_ABOVE, {}
    for name, rows in {"all": np.ones_like(s1), "s1": s1, "s2": ~s1}.items():
        metrics[f"f1_{name}"] = f1_weighted(truth[rows], fires[rows])
        metrics[f"f1_positive_{name}"] = f1(truth[rows], fires[rows])
        metrics[f"f1_macro_{name}"] = f1_macro(truth[rows], fires[rows])
    biased = ~np.isnan(aligned)
    return metrics | parity(score[biased], aligned[biased] == 1)
