"""Level by chance of absolute gaps between groups.

An absolute gap is above 0 also where there is none, the more so the fewer speakers there are.
"""

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.category import CategoryPredictions
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.metric import Metric
from fairser_core.metrics.resampling import Draws, Indices, Values

Labels = npt.NDArray[Any]

Grouped = ActivationPredictions | CategoryPredictions | DetectorPredictions

PERMUTATIONS = 100


def gaps_by_chance(
    metrics: Iterable[Metric[Any]],
    predictions: Sequence[Grouped],
    speaker: Labels,
    group: str,
) -> dict[str, float]:
    """Return the level by chance of metrics that are absolute gaps, by name; see `chance_level`.

    Args:
        metrics: metrics of the predictions.
        predictions: predictions of each seed for the same rows.
        speaker: name of each row's speaker (row,).
        group: field of the predictions that holds each row's group.

    Returns:
        Means over seeds; NaN without predictions.
    """
    if not predictions:
        return {metric.name: float("nan") for metric in metrics}
    labels = getattr(predictions[0], group)
    drawn = permuted(speaker, labels, PERMUTATIONS, np.random.default_rng(0))
    permutations = _permuted_predictions(predictions, speaker, group, np.stack([*drawn]))
    return {metric.name: mean_of_finite(_gaps(metric, permutations)) for metric in metrics}


def gap_p_value(
    metric: Metric[Any],
    predictions: Sequence[Grouped],
    speaker: Labels,
    group: str,
) -> float:
    """Return the share of groups given by chance whose gap is as large as the measured one.

        p = (1 + number of permutations with a gap ≥ the measured one) / (1 + permutations)

    This is a permutation test of the hypothesis that the groups do not differ (Phipson & Smyth
    2010); arguments are a metric and those of `gaps_by_chance`.

    Returns:
        In (0, 1]; NaN without predictions, or where the gap is undefined.
    """
    if not predictions:
        return float("nan")
    labels = getattr(predictions[0], group)
    drawn = permuted(speaker, labels, PERMUTATIONS, np.random.default_rng(0))
    # The measured groups come first, so that their gap is rounded like those by chance.
    permutations = _permuted_predictions(predictions, speaker, group, np.stack([labels, *drawn]))
    measured, *gaps = _gaps(metric, permutations)
    beyond = [gap >= measured for gap in gaps]
    return float("nan") if np.isnan(measured) else (1 + sum(beyond)) / (1 + len(beyond))


def _gaps(metric: Metric[Any], permutations: Sequence[Grouped]) -> Values:
    """Return the mean gap over seeds of each permutation (permutation,)."""
    return np.asarray(np.mean([metric.of(seed) for seed in permutations], axis=0))


def _permuted_predictions(
    predictions: Sequence[Grouped], speaker: Labels, group: str, drawn: Labels
) -> list[Grouped]:
    """Return predictions of each seed with groups (permutation, row) as their resamples."""
    labels, draws = permutation_draws(speaker, getattr(predictions[0], group), drawn)
    times = len(labels) // len(speaker)
    changes: dict[str, Any] = {group: labels, "draws": draws}
    return [dataclasses.replace(_repeated(seed, times), **changes) for seed in predictions]


def _repeated(predictions: Grouped, times: int) -> Grouped:
    """Return predictions with each row several times in succession."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(predictions):
        value = getattr(predictions, field.name)
        if isinstance(value, np.ndarray):  # of rows, as all arrays of predictions
            changes[field.name] = np.repeat(value, times, axis=0)
        elif isinstance(value, Mapping):
            changes[field.name] = {key: np.repeat(each, times) for key, each in value.items()}
    return dataclasses.replace(predictions, **changes)


def permutation_draws(speaker: Labels, group: Labels, drawn: Labels) -> tuple[Labels, Draws]:
    """Return permutations of the groups as resamples of rows.

    Each row stands once for each different group, in succession. A permutation draws a row once:
    in the group that it gives the row. So a metric measures all permutations at once.

    Args:
        speaker: name of each row's speaker (row,).
        group: group of each row (row,).
        drawn: permuted groups, see `permuted` (permutation, row).

    Returns:
        Group of each repeated row (row · group,), and the resamples of these rows.
    """
    different = np.unique(group)
    of_speakers, first, unit = _speakers(speaker, group)
    if not of_speakers:
        first = unit = np.arange(len(unit))
    number = np.searchsorted(different, drawn[:, first])  # NaN is the last
    counts = number[:, :, None] == np.arange(len(different))
    of_row = unit[:, None] * len(different) + np.arange(len(different))
    draws = Draws(counts.reshape(len(drawn), -1).astype(np.float64), of_row.ravel())
    return np.tile(different, len(unit)), draws


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
    return mean_of_finite([gap(labels) for labels in permuted(speaker, group, permutations, rng)])


def mean_of_finite(values: npt.ArrayLike) -> float:
    """Return the mean of the values that are finite; NaN without any."""
    values = np.asarray(values)
    finite = values[np.isfinite(values)]
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
    of_speakers, first, unit = _speakers(speaker, group)
    for _ in range(permutations):
        if of_speakers:
            yield rng.permutation(np.asarray(group)[first])[unit]
        else:
            yield _permuted_within(np.asarray(group), unit, rng)


def _speakers(speaker: Labels, group: Labels) -> tuple[bool, Indices, Indices]:
    """Return whether groups are of speakers, each one's first row, and each row's speaker."""
    _, first, unit = np.unique(speaker, return_index=True, return_inverse=True)
    return np.array_equal(np.asarray(group)[first][unit], group), first, unit


def _permuted_within(group: Labels, unit: Indices, rng: np.random.Generator) -> Labels:
    """Return groups (row,) permuted between the rows of each unit."""
    result = np.empty_like(group)
    # Rows in order of their unit, by chance within each, take the groups in order of the unit.
    result[np.lexsort((rng.random(len(unit)), unit))] = group[np.argsort(unit, kind="stable")]
    return result
