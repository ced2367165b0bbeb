"""Accuracy of an emotion's detector, and its fairness between the genders of the raters.

Each metric is a number, or one a resample (draw,).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from fairser_core.metrics.checks import (
    Booleans,
    Floats,
    check_boolean,
    check_equal_length,
    check_finite,
)
from fairser_core.metrics.f1 import Confusion, confusion
from fairser_core.metrics.ranking import rnd
from fairser_core.metrics.resampling import Draws, Values, mean, ratio, within

FIRES_ABOVE = 0.5
"""A detector fires where its score, the probability of the emotion, is above."""
GENDERS = ("female", "male")

Measure = Callable[["DetectorPredictions"], Values]
"""A metric of a detector's predictions."""


@dataclass(frozen=True, eq=False)
class DetectorPredictions:
    """Predictions of an emotion's detector for utterances, and the raters' perception.

    Attributes:
        truth: whether the ground truth is the emotion (utterance,).
        score: probability of the emotion (utterance,).
        s1: where both genders perceive the ground truth, else it is S2 (utterance,).
        aligned: gender whose perception alone the ground truth is (utterance,): 1 female, 0 male,
            NaN for neither's.
        perceived: by gender, whether its consensus is the emotion (utterance,): 1 or 0, NaN without
            a consensus. A gender that is not there has none.
        perspectives: by gender, probability of the emotion from its perspective (utterance,). A
            gender that is not there has `score`.
        deviations: by attribute, how far an utterance's is from that of its neighbours
            (utterance,), see `consistency.deviations`; NaN without such an attribute.
        draws: resamples of the utterances; None for the utterances as they are.

    Raises:
        ValueError: the arrays differ in length or are not one-dimensional, `score` is not finite,
            or `truth` or `s1` is not boolean.
    """

    truth: Booleans
    score: Floats
    s1: Booleans
    aligned: Floats
    perceived: Mapping[str, Floats] = field(default_factory=dict)
    perspectives: Mapping[str, Floats] = field(default_factory=dict)
    deviations: Mapping[str, Floats] = field(default_factory=dict)
    draws: Draws | None = None

    def __post_init__(self) -> None:
        check_equal_length(truth=self.truth, score=self.score, s1=self.s1, aligned=self.aligned)
        check_finite(score=self.score)
        check_boolean(truth=self.truth, s1=self.s1)

    @cached_property
    def confusions(self) -> dict[str, Confusion]:
        """Confusion matrices: of the ground truth in `all`, `s1` and `s2`, and by gender."""
        fires = self.score > FIRES_ABOVE
        sets = {"all": np.ones_like(self.s1), "s1": self.s1, "s2": ~self.s1}
        counts = {
            name: confusion(self.truth[rows], fires[rows], within(self.draws, rows))
            for name, rows in sets.items()
        }
        nothing = np.full(len(self.score), np.nan)
        for gender in GENDERS:
            perceived = self.perceived.get(gender, nothing)
            fires = self.perspectives.get(gender, self.score) > FIRES_ABOVE
            rows = ~np.isnan(perceived)
            counts[gender] = confusion(perceived[rows] == 1, fires[rows], within(self.draws, rows))
        return counts

    @cached_property
    def rates(self) -> dict[str, Values]:
        """P(ŷ=1) by the gender whose perception alone the ground truth is."""
        fires = self.score > FIRES_ABOVE
        return {gender: self.aligned_mean(fires, gender) for gender in GENDERS}

    def aligned_mean(self, values: Floats | Booleans, gender: str) -> Values:
        """Return the mean of values (utterance,) where the truth is this gender's perception."""
        rows = self.aligned == (gender == "female")
        return mean(values[rows], within(self.draws, rows))


def over(score: Callable[[Confusion], Values], rows: str) -> Measure:
    """Return the metric that is an F1 over one of the `confusions`.

    Args:
        score: kind of F1, of `f1`.
        rows: key of `DetectorPredictions.confusions`.
    """
    return lambda predictions: score(predictions.confusions[rows])


def over_views(score: Callable[[Confusion], Values]) -> Measure:
    """Return the metric that is the mean over the genders of an F1 of what each perceives.

    Args:
        score: kind of F1, of `f1`.
    """

    def views(predictions: DetectorPredictions) -> Values:
        each = [score(predictions.confusions[gender]) for gender in GENDERS]
        return np.asarray(np.mean(each, axis=0))

    return views


def parity_s2(predictions: DetectorPredictions) -> Values:
    """Return |P(ŷ=1|M) - P(ŷ=1|F)|, statistical parity on S2 (Chien & Lee, Table 2).

    Returns:
        In [0, 1], 0 is best. NaN if a group is empty.
    """
    return np.abs(parity_s2_signed(predictions))


def parity_s2_signed(predictions: DetectorPredictions) -> Values:
    """Return P(ŷ=1|F) - P(ŷ=1|M).

    Returns:
        In [-1, 1], 0 is best. NaN if a group is empty.
    """
    return predictions.rates["female"] - predictions.rates["male"]


def parity_s2_score(predictions: DetectorPredictions) -> Values:
    """Return |E[score|M] - E[score|F]|.

    Returns:
        In [0, 1], 0 is best. NaN if a group is empty.
    """
    female, male = (predictions.aligned_mean(predictions.score, gender) for gender in GENDERS)
    return np.abs(female - male)


def parity_s2_ratio_gap(predictions: DetectorPredictions) -> Values:
    """Return 1 - the lesser rate / the greater.

    Returns:
        In [0, 1], 0 is best. NaN if a group is empty, or the detector never fires.
    """
    greater = np.maximum(predictions.rates["female"], predictions.rates["male"])
    return ratio(parity_s2(predictions), greater)


def parity_s2_rnd(predictions: DetectorPredictions) -> Values:
    """Return the rND of the two groups; see `ranking.rnd`.

    Returns:
        In [0, 1], 0 is best. NaN if a group is empty, or both have no more than ten utterances.
    """
    rows = ~np.isnan(predictions.aligned)
    female = predictions.aligned[rows] == 1
    return rnd(predictions.score[rows], female, within(predictions.draws, rows))


def consistency(attribute: str) -> Measure:
    """Return the metric 1 - mean deviation of an attribute from its neighbours'.

    Neighbours stay those among all utterances, also in a resample.

    Args:
        attribute: key of `DetectorPredictions.deviations`.

    Returns:
        A metric in [0, 1], 1 is best. NaN if no utterance has the attribute.
    """

    def consistent(predictions: DetectorPredictions) -> Values:
        nothing = np.full(len(predictions.score), np.nan)
        deviations = predictions.deviations.get(attribute, nothing)
        rows = ~np.isnan(deviations)
        return 1 - mean(deviations[rows], within(predictions.draws, rows))

    return consistent
