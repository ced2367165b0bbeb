"""Intervals of metrics over speakers and seeds.

The unit is the speaker: utterances of one speaker err alike, so a test set is as large as its
number of speakers. The error of a mean over seeds has two parts. That of the speakers is a
jackknife (Efron & Stein 1981), which leaves out each speaker of each group in turn:

    V_g = (n_g - 1) / n_g · Σ_i (θ_(i) - θ_(·))²

where θ_(i) is the mean over seeds without speaker i of the n_g of group g, whose others weigh
n_g / (n_g - 1) (see `Speakers.without_each`). That of the seeds is s² / K of the K seeds' values,
less what is in V_g already:

    V = Σ_g V_g + max(0, s² / K - Σ_g W_g)

    W_g = (n_g - 1) / (n_g K (K - 1)) · Σ_ik (θ_(i)k - θ_(i)· - θ_(·)k + θ_(·)·)²

Speakers and seeds are crossed. A seed's luck with a single speaker adds to the spread of both, and
their sum would count its variance W twice (Cameron et al. 2011; Owen 2007). Of the
difference of two systems, which the same speakers find hard, it is a quarter to half of all.

The error is the sum of two independent Student's t, by Behrens and Fisher (Fisher 1935). That of
the seeds has K - 1 degrees of freedom, that of the speakers those of Welch and Satterthwaite:

    f = (Σ_g V_g)² / Σ_g (V_g² / f_g)        f_g = 1 / (1 / (n_g - 1) + max(κ_g, 0) / 2n_g)

Of normal values f_g is n_g - 1. A variance of values with excess kurtosis κ varies more, by
σ⁴ (2 / (n - 1) + κ / n): a few speakers decide it, because they have most of the utterances or are
unlike all others. κ_g is the unbiased estimate from the θ_(i) (Joanes & Gill 1998, G2). The p-value
is the probability of an error as large as the metric, by all of s² / K: with W taken off, tails are
too light for Holm's rule (.10 of tables of equal systems had a false difference, with 30 + 30
speakers and 5 seeds). So p may be above .05 though the interval lacks 0. The interval reaches as
far as

    √(t_f² Σ_g V_g + t_(K-1)² (V - Σ_g V_g))

which nearly has a p-value of .05 (Howe 1974). A single t with Satterthwaite's degrees of freedom of
all parts would take three seeds that are alike by luck for no part at all.

A metric with a range [a, b] is put on the scale of 2 arcsin √((θ - a) / (b - a)) before, and the
ends of its interval back afterwards: a recall's error is the smaller, and the more lopsided, the
nearer it is to 0 or 1. Unlike log-odds, this scale is finite at both ends, where a metric is
without the one speaker who has all the errors.

A bootstrap of n speakers has only (n - 1) / n of their variance, a fifth too little at 5, and needs
thousands of resamples. The jackknife needs n, and no chance. `benchmarks/calibration.py` measures
how often these intervals hold the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fairser_core.metrics.arcsine_scale import ArcsineScale, Floats
from fairser_core.metrics.resampling import Indices

Part = tuple[float, float]
"""Estimated variance, and its degrees of freedom."""

LEVEL = 0.95
NODES = 4000  # of the quadrature of p-values
FEWEST = 5
"""Number of speakers of a group below which nothing is said of others."""


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of a metric's mean over seeds; NaN where there is none.

    Attributes:
        low: lower end.
        high: upper end.
        error: standard error.
        reason: why there is no interval, or what it lacks; empty for a whole one.
        distance: distance of the mean from 0 on the scale of `parts`.
        parts: parts of the error of the p-value, of speakers and of seeds; none for no p-value.
    """

    low: float
    high: float
    error: float
    reason: str = ""
    distance: float = float("nan")
    parts: tuple[Part, Part] | tuple[()] = ()

    @cached_property
    def p(self) -> float:
        """p-value of a true mean of 0, of both sides."""
        return _p_value(self.distance, self.parts) if self.parts else float("nan")


ONE_SEED = "over speakers alone: a single seed has no spread"
UNDEFINED = "undefined, or undefined without one of the speakers"
AT_AN_END = "at an end of its range for all speakers and seeds: there is no spread to judge by"


def no_interval(reason: str) -> Interval:
    """Return the interval that is none."""
    nothing = float("nan")
    return Interval(nothing, nothing, nothing, reason)


def interval(
    per_seed: Floats,
    without_each: Floats,
    group: Indices,
    within: tuple[float, float] | None = None,
    shared: float | None = None,
) -> Interval:
    """Return the interval of a metric's mean over seeds, or of a difference's.

    A difference between two systems is paired by speaker and seed: both arrays hold differences.
    With one seed the interval is over speakers alone, and says so.

    Args:
        per_seed: metric on all rows (seed,); seeds in which it is undefined, NaN, do not count.
        without_each: metric without each speaker (speaker, seed); see `Speakers.without_each`.
        group: number of each speaker's group (speaker,).
        within: least and greatest value of the metric; None for a difference between systems. A
            metric without a least or a greatest value has none.
        shared: Σ_g W_g where `without_each` holds means over seeds; None to take it from there.

    Returns:
        NaN, and why, if a group has fewer than five speakers, the metric is undefined in all seeds
        or without one of the speakers, or it is at an end of its range in all of them.
    """
    within = within if within and np.isfinite(within).all() else None
    defined = np.isfinite(per_seed)
    sizes = np.bincount(group)
    if sizes.min() < FEWEST:
        return no_interval(f"fewer than {FEWEST} speakers in a group")
    if not (defined.any() and np.isfinite(without_each[:, defined]).all()):
        return no_interval(UNDEFINED)
    values, means = per_seed[defined], without_each[:, defined].mean(axis=1)
    mean = float(values.mean())
    if within and not within[0] < mean < within[1]:
        return no_interval(AT_AN_END)
    scale = ArcsineScale(within)
    shown = scale.there(means)
    freedoms = [_freedom(shown[group == number]) for number in range(len(sizes))]
    speakers, reason = _sum(speaker_variances(shown, group), freedoms), ONE_SEED
    of_seeds = common = 0.0
    if len(values) > 1:
        steepness, reason = scale.steepness(mean) ** 2, ""
        of_seeds = steepness * float(values.var(ddof=1)) / len(values)
        if shared is None:
            shared = shared_variance(without_each[:, defined], group)
        common = steepness * shared
    whole = speakers, (of_seeds, max(len(values) - 1, 1))
    parts = [speakers, (max(of_seeds - common, 0.0), max(len(values) - 1, 1))]
    return _around(mean, scale, parts, whole, reason)


def speaker_variances(means: Floats, group: Indices) -> list[float]:
    """Return the jackknife variances V_g of a metric over the speakers of each group.

    Args:
        means: metric without each speaker, mean over seeds (speaker,).
        group: number of each speaker's group (speaker,).
    """
    groups = (means[group == number] for number in range(group.max() + 1))
    return [float((len(of_group) - 1) * of_group.var()) for of_group in groups]


def shared_variance(without_each: Floats, group: Indices) -> float:
    """Return Σ_g W_g, the variance of a mean over seeds that speakers and seeds have in common.

    Args:
        without_each: metric without each speaker (speaker, seed), of at least two seeds.
        group: number of each speaker's group (speaker,).
    """
    seeds, total = without_each.shape[1], 0.0
    for number in range(group.max() + 1):
        of_group = without_each[group == number]
        n, rows = len(of_group), of_group - of_group.mean(axis=1, keepdims=True)
        squares = ((rows - rows.mean(axis=0)) ** 2).sum()
        total += (n - 1) / (n * seeds * (seeds - 1)) * float(squares)
    return total


def _freedom(means: Floats) -> float:
    """Return f_g of a group's means without each of its speakers (speaker,), at least four."""
    n, deviations = len(means), means - means.mean()
    second, fourth = (deviations**2).mean(), (deviations**4).mean()
    if second == 0:
        return n - 1
    kurtosis = (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * (fourth / second**2 - 3) + 6)
    return float(1 / (1 / (n - 1) + max(kurtosis, 0.0) / (2 * n)))


def usual_freedom(speakers: int) -> float:
    """Return the f_g that normal values of so many speakers have on average.

    The estimated excess kurtosis of n normal values has mean 0 and the variance
    24 n (n - 1)² / ((n - 3) (n - 2) (n + 3) (n + 5)) (Joanes & Gill 1998). As if it were normal,
    its positive part has the mean of its standard deviation / √(2π).

    Args:
        speakers: number of speakers n, at least four.
    """
    n = speakers
    variance = 24 * n * (n - 1) ** 2 / ((n - 3) * (n - 2) * (n + 3) * (n + 5))
    return float(1 / (1 / (n - 1) + np.sqrt(variance / (2 * np.pi)) / (2 * n)))


def _sum(variances: Sequence[float], freedoms: Sequence[float]) -> Part:
    """Return the sum of estimated variances, and its degrees of freedom (Satterthwaite)."""
    parts = np.array(variances)
    total = float(parts.sum())
    if total == 0:
        return 0.0, np.inf
    return total, float(total**2 / (parts**2 / np.array(freedoms)).sum())


def _around(
    mean: float, scale: ArcsineScale, parts: Sequence[Part], whole: tuple[Part, Part], reason: str
) -> Interval:
    """Return the interval around a mean whose error has such parts on a scale.

    The p-value is by the whole parts, from which nothing is taken off.
    """
    present = [part for part in parts if part[0] > 0]
    if not present:
        return Interval(mean, mean, 0.0, reason, abs(mean), whole)
    centre, null = (float(scale.there(np.asarray(value))) for value in (mean, 0.0))
    half = float(reach(*(np.asarray(column) for column in zip(*present, strict=True))))
    return Interval(
        low=scale.back(centre - half),
        high=scale.back(centre + half),
        error=sum(variance for variance, _ in present) ** 0.5 / scale.steepness(mean),
        reason=reason,
        distance=abs(centre - null),
        parts=whole,
    )


def _p_value(distance: float, parts: Sequence[Part]) -> float:
    """Return the probability of an error at least as large, by Behrens and Fisher."""
    from scipy.special import stdtr, stdtrit  # .3 s to import, which a search need not take

    (smaller, few), (larger, many) = sorted(parts)
    if larger == 0:
        return float(distance == 0)
    levels = (np.arange(NODES) + 0.5) / NODES
    errors = smaller**0.5 * stdtrit(few, levels)  # as many above 0 as below: one tail, twice
    return 2 * float(stdtr(many, (errors - distance) / larger**0.5).mean())


def reach(variances: Floats, freedoms: Floats) -> Floats:
    """Return √(Σ t_f² V), nearly the quantile of a sum of independent Student's t (Howe 1974).

    Of one part it is exact; of two, p-values there are .047 to .055 instead of .05.

    Args:
        variances: V of each part (..., part).
        freedoms: f of each part (..., part).
    """
    from scipy.special import stdtrit

    squares = np.asarray(stdtrit(freedoms, (1 + LEVEL) / 2) ** 2 * variances)
    return np.asarray(np.sqrt(squares.sum(axis=-1)))
