"""Statistical parity of a detector between two groups of utterances, in its readings."""

import numpy as np

from fairser_core.metrics.activation import (
    Booleans,
    Floats,
    check_boolean,
    check_equal_length,
    check_finite,
)

FIRES_ABOVE = 0.5
"""A detector fires where its score, the probability of the emotion, is above."""
RND_STEP = 10


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
