"""Level by chance of absolute gaps between groups.

An absolute gap is above 0 also where there is none, the more so the fewer speakers there are.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.category import CategoryPredictions
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.metric import Metric
from fairser_core.metrics.resampling import Indices

Labels = npt.NDArray[Any]

Grouped = ActivationPredictions | CategoryPredictions | DetectorPredictions

PERMUTATIONS = 100


def gap_by_chance(
    metric: Metric[Any],
    predictions: Sequence[Grouped],
    speaker: Labels,
    group: str,
) -> float:
    """Return the level by chance of a metric that is an absolute gap; see `chance_level`.

    Args:
        metric: metric of the predictions.
        predictions: predictions of each seed for the same rows.
        speaker: name of each row's speaker (row,).
        group: field of the predictions that holds each row's group.

    Returns:
        Mean over seeds; NaN without predictions.
    """
    if not predictions:
        return float("nan")
    rng = np.random.default_rng(0)
    labels = getattr(predictions[0], group)
    return chance_level(_gap(metric, predictions, group), speaker, labels, PERMUTATIONS, rng)


def gap_p_value(
    metric: Metric[Any],
    predictions: Sequence[Grouped],
    speaker: Labels,
    group: str,
) -> float:
    """Return the share of groups given by chance whose gap is as large as the measured one.

        p = (1 + number of permutations with a gap ≥ the measured one) / (1 + permutations)

    This is a permutation test of the hypothesis that the groups do not differ (Phipson & Smyth
    2010); arguments are those of `gap_by_chance`.

    Returns:
        In (0, 1]; NaN without predictions, or where the gap is undefined.
    """
    if not predictions:
        return float("nan")
    gap, labels = _gap(metric, predictions, group), getattr(predictions[0], group)
    measured = gap(labels)
    drawn = permuted(speaker, labels, PERMUTATIONS, np.random.default_rng(0))
    beyond = [gap(each) >= measured for each in drawn]
    return float("nan") if np.isnan(measured) else (1 + sum(beyond)) / (1 + len(beyond))


def _gap(
    metric: Metric[Any], predictions: Sequence[Grouped], group: str
) -> Callable[[Labels], float]:
    """Return the function that measures the mean gap over seeds of given groups."""

    def gap(labels: Labels) -> float:
        changes: dict[str, Any] = {group: labels}
        return float(np.mean([metric.of(dataclasses.replace(p, **changes)) for p in predictions]))

    return gap


def chance_level(
    gap: Callable[[Labels], float],
    speaker: Labels,
    group: Labels,
    permutations: int,
    rng: np.random.Generator,
) -> float:
    """Return the mean of an absolute gap were the groups given by chance.

    Args:
        gap: absolute gap of groups (row,).
        speaker: name of each row's speaker (row,).
        group: group of each row (row,).
        permutations: number of permutations.
        rng: source of the chance.

    Returns:
        Mean over the permutations in which the gap is defined; NaN without any.
    """
    gaps = np.array([gap(labels) for labels in permuted(speaker, group, permutations, rng)])
    finite = gaps[np.isfinite(gaps)]
    return float(finite.mean()) if len(finite) else float("nan")


def permuted(
    speaker: Labels, group: Labels, permutations: int, rng: np.random.Generator
) -> Iterator[Labels]:
    """Yield groups (row,) given by chance.

    Groups of speakers are permuted between the speakers; where a speaker has rows of several
    groups, as with the gender of the raters, they are permuted between the rows of the speaker.

    Args:
        speaker: name of each row's speaker (row,).
        group: group of each row (row,).
        permutations: number of permutations.
        rng: source of the chance.
    """
    _, first, unit = np.unique(speaker, return_index=True, return_inverse=True)
    of_speaker = np.asarray(group)[first]
    whole = np.array_equal(of_speaker[unit], group)
    for _ in range(permutations):
        if whole:
            yield rng.permutation(of_speaker)[unit]
        else:
            yield _permuted_within(np.asarray(group), unit, rng)


def _permuted_within(group: Labels, unit: Indices, rng: np.random.Generator) -> Labels:
    """Return groups (row,) permuted between the rows of each unit."""
    result = np.empty_like(group)
    # Rows in order of their unit, by chance within each, take the groups in order of the unit.
    result[np.lexsort((rng.random(len(unit)), unit))] = group[np.argsort(unit, kind="stable")]
    return result
