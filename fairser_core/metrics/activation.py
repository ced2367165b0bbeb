"""Accuracy and fairness of predicted activation, between women and men or any other groups.

A value is *high* above the threshold and *low* at or below it, truth and prediction alike
(Gorrostieta et al. 2019, Eq. 3); r₀ and r₁ are the recalls of low and of high. A difference is
female less male: negative means worse for women. Each metric is a number, or one a resample
(draw,).

Gaps are of the groups that are judged. Of two they are the paper's; of more each absolute
difference becomes the root mean square of the differences of all pairs (see `group_gaps`).

Fairness of a regression without a threshold is measured on errors ŷ - y, and on predictions of
utterances with like truth. Their unit is the standard deviation of the truth.
"""

import itertools
from collections.abc import Callable, Sequence
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
from fairser_core.metrics.confusion_matrix import Integers, recall_variances
from fairser_core.metrics.recall import recall
from fairser_core.metrics.resampling import Draws, Indices, Values, mean, ratio, within

BINS = 5
"""Bins of the truth, which hold as many values each, in `separation_gap`."""

GENDERS = ("female", "male")
LEVELS = ("low", "high")


@dataclass(frozen=True, eq=False)
class ActivationPredictions:
    """Activation predicted for utterances, or for windows.

    Attributes:
        truth: activation (row,).
        prediction: predicted activation in the same unit (row,).
        group: number of the speaker's group in `groups` (row,).
        threshold: θ, in the unit of `truth`.
        draws: resamples of the rows; None for the rows as they are.
        groups: names of the groups.
        judged: numbers of the groups that worst values and gaps are of; None for all.
        speaker: number of the speaker (row,), the unit of sampling variances; None if unknown.

    Raises:
        ValueError: the arrays differ in length or are not one-dimensional, `truth` or
            `prediction` is not finite, or `group` is not of whole numbers.
    """

    truth: Floats
    prediction: Floats
    group: Integers
    threshold: float
    draws: Draws | None = None
    groups: tuple[str, ...] = GENDERS
    judged: tuple[int, ...] | None = None
    speaker: Integers | None = None

    def __post_init__(self) -> None:
        check_equal_length(truth=self.truth, prediction=self.prediction, group=self.group)
        check_finite(truth=self.truth, prediction=self.prediction)
        if not np.issubdtype(self.group.dtype, np.integer):
            raise ValueError(f"`group` must be of whole numbers, got dtype {self.group.dtype}")
        if self.speaker is not None:
            check_equal_length(truth=self.truth, speaker=self.speaker)

    @classmethod
    def of_genders(
        cls,
        truth: Floats,
        prediction: Floats,
        female: Booleans,
        threshold: float,
        draws: Draws | None = None,
    ) -> "ActivationPredictions":
        """Return predictions with the speaker's gender as the group.

        Args:
            truth: activation (row,).
            prediction: predicted activation in the same unit (row,).
            female: whether the speaker is female, else male (row,).
            threshold: θ, in the unit of `truth`.
            draws: resamples of the rows; None for the rows as they are.

        Raises:
            ValueError: see the class; or `female` is not boolean.
        """
        check_equal_length(truth=truth, prediction=prediction, female=female)
        check_boolean(female=female)
        return cls(truth, prediction, np.where(female, 0, 1), threshold, draws)

    @cached_property
    def cccs(self) -> dict[str, Values]:
        """CCC of `all` and of each group; see `concordance.ccc`."""
        rows = {name: self.group == number for number, name in enumerate(self.groups)}
        return {
            group: ccc(self.truth[at], self.prediction[at], within(self.draws, at))
            for group, at in ({"all": np.ones(len(self.truth), dtype=bool)} | rows).items()
        }

    @cached_property
    def recalls(self) -> dict[tuple[str, str], Values]:
        """Recall by level, `low` or `high`, and group; see `recall.recall`."""
        high, predicted = self.truth > self.threshold, self.prediction > self.threshold
        return {
            (level, group): recall(high[at], predicted[at], level == "high", within(self.draws, at))
            for group, at in ((name, self.group == n) for n, name in enumerate(self.groups))
            for level in LEVELS
        }

    @property
    def judged_numbers(self) -> Sequence[int]:
        """Numbers of the groups that worst values and gaps are of."""
        return range(len(self.groups)) if self.judged is None else self.judged

    @property
    def judged_groups(self) -> tuple[str, ...]:
        """Names of the groups that worst values and gaps are of."""
        return tuple(self.groups[number] for number in self.judged_numbers)

    @property
    def recall_variances(self) -> Values:
        """Sampling variance of the recalls of judged groups (..., group, level), over speakers.

        NaN where a level has fewer than two speakers; see `confusion_matrix.recall_variances`.

        Raises:
            ValueError: speakers are unknown.
        """
        if self.speaker is None:
            raise ValueError("`speaker` must be known for sampling variances, is None")
        high, predicted = self.truth > self.threshold, self.prediction > self.threshold
        rows = high.astype(np.int64), predicted.astype(np.int64)
        return recall_variances(
            self.group, self.judged_numbers, self.speaker, *rows, len(LEVELS), self.draws
        )

    @property
    def undefined(self) -> Values:
        """NaN, or one a resample (draw,)."""
        return np.full(() if self.draws is None else len(self.draws), np.nan)

    def ccc_of(self, group: str) -> Values:
        """Return the CCC of a group; NaN if there is no such group."""
        return self.cccs[group] if group in self.groups else self.undefined

    def recall_of(self, level: str, group: str) -> Values:
        """Return the recall of a level in a group; NaN if there is no such group."""
        return self.recalls.get((level, group), self.undefined)

    def level_gap(self, level: str) -> Values:
        """Return the root mean square over pairs of judged groups of the difference in recall.

        Of two groups this is |r_a - r_b|, exactly.
        """
        return _apart([self.recalls[level, group] for group in self.judged_groups])

    @cached_property
    def unit(self) -> Values:
        """Standard deviation of the truth (ddof 0)."""
        truth = self.truth.astype(np.float64)
        if self.draws is None:
            return np.asarray(np.std(truth))
        return np.array([np.std(truth[rows]) if len(rows) else np.nan for rows in self.drawn])

    @property
    def drawn(self) -> list[Indices]:
        """Rows of each resample, each as often as it is drawn; empty without resamples."""
        draws = self.draws
        return [] if draws is None else [draws.rows(draw) for draw in range(len(draws))]

    def difference(self, values: Floats, rows: Booleans | None = None) -> Values:
        """Return the mean of women's values less that of men's, in units of the truth.

        Args:
            values: values in the truth's unit (row,).
            rows: which rows count (row,); None for all.

        Returns:
            NaN without rows of women or of men, if groups are no genders, or if the truth is
            constant.
        """
        if not {*GENDERS} <= {*self.groups}:
            return self.undefined
        women, men = (self._mean(name, values, rows) for name in GENDERS)
        return ratio(women - men, self.unit)

    def mean_gap(self, values: Floats, rows: Booleans | None = None) -> Values:
        """Return the root mean square over pairs of judged groups of the difference of means.

        In units of the truth. Of two groups this is the absolute difference, exactly.

        Args:
            values: values in the truth's unit (row,).
            rows: which rows count (row,); None for all.

        Returns:
            NaN if a judged group has no row, or if the truth is constant.
        """
        return ratio(_apart([self._mean(g, values, rows) for g in self.judged_groups]), self.unit)

    def _mean(self, group: str, values: Floats, rows: Booleans | None) -> Values:
        """Return the mean of a group's values; NaN without a row."""
        at = self.group == self.groups.index(group)
        at = at if rows is None else at & rows
        return mean(values[at], within(self.draws, at))

    def by_bin(self, of: "Callable[[ActivationPredictions, Booleans], Values]") -> Values:
        """Return a statistic of the rows within each bin of the truth (bin, ...).

        Edges are the quintiles of the truth; a value at an edge is below it.

        Args:
            of: statistic of some rows of predictions.
        """
        if self.draws is not None:
            return np.stack([self._drawn_by_bin(rows, of) for rows in self.drawn], axis=-1)
        edges = np.quantile(self.truth, np.arange(1, BINS) / BINS, method="inverted_cdf")
        of_row = np.searchsorted(edges, self.truth)
        return np.stack([of(self, of_row == number) for number in range(BINS)])

    def _drawn_by_bin(
        self, rows: Indices, of: "Callable[[ActivationPredictions, Booleans], Values]"
    ) -> Values:
        """Return a statistic of some rows (bin,); NaN without a row."""
        if not len(rows):
            return np.full(BINS, np.nan)
        drawn = self.truth[rows], self.prediction[rows], self.group[rows]
        groups = {"groups": self.groups, "judged": self.judged}
        return ActivationPredictions(*drawn, self.threshold, **groups).by_bin(of)  # type: ignore[arg-type]


def _apart(values: Sequence[Values]) -> Values:
    """Return the root mean square of the differences of all pairs; of two the absolute one."""
    pairs = [(a - b) ** 2 for a, b in itertools.combinations(values, 2)]
    return np.asarray(np.sqrt(sum(pairs[1:], pairs[0]) / len(pairs)))
