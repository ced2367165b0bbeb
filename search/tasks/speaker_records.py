"""Records of systems' metrics without each speaker, from tables of predictions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics.chance import PERMUTATIONS, mean_of_finite, permutation_draws, permuted
from fairser_core.metrics.intervals import shared_variance
from fairser_core.metrics.metric import Metric, Place
from search.tasks.counts import PEOPLE
from search.tasks.speaker_metrics import SPEAKER, SpeakerMetrics
from search.tasks.speaker_record import SpeakerRecord
from search.tasks.tasks import TASKS

NAMES = {"utterance", "session", SPEAKER}
"""Columns on which no metric depends."""
WHOLE = "all"
"""Name of the group of all speakers, where groups are those of the raters."""


def differences(task: str) -> list[Metric[Any]]:
    """Return the differences between groups whose signed values have intervals, and their gaps.

    In a task without signed differences they are the gaps of its tables of results.
    """
    metrics = TASKS[task].metrics
    signed = [m for m in metrics if m.terms or (m.better == "zero" and m.interval)]
    return signed or [m for m in metrics if m.gap and Place.RESULTS in m.shown]


def speaker_record(
    table: pd.DataFrame,
    seeds: Sequence[int],
    task: str,
    threshold: float,
    also: Collection[str] = (),
    permutations: int = PERMUTATIONS,
) -> SpeakerRecord:
    """Return what intervals and chance levels of a system need.

    Args:
        table: predictions of the seeds' models, with the speakers; see `Course.prediction_table`.
        seeds: seeds of the models.
        task: key of `TASKS`.
        threshold: activation above which an utterance is high; used by the activation task.
        also: names of metrics to record beside those with intervals.
        permutations: number of permutations of the groups.
    """
    measured = SpeakerMetrics(task, threshold)
    speakers, column = measured.speakers(table), TASKS[task].group_column_of(table)
    assert speakers is not None
    metrics = [m for m in TASKS[task].metrics if m.interval or m.terms or m.name in also]
    rows = [TASKS[task].tested(table, seed, threshold, metrics)(None) for seed in seeds]
    without = measured.without_each(table, seeds, speakers)
    gaps = [m for m in TASKS[task].metrics if m in differences(task) or (m.gap and m.name in also)]
    names = [WHOLE] if column is None else [PEOPLE.get(n, n) for n in np.unique(table[column])]
    record = SpeakerRecord(
        sizes=dict(zip(names, speakers.sizes.tolist(), strict=True)),
        group=speakers.group.tolist(),
        seeds=list(seeds),
        per_seed={name: [float(row[name]) for row in rows] for name in rows[0]},
        without={name: values.mean(axis=1).tolist() for name, values in without.items()},
        chance=_by_chance(table, seeds, task, threshold, gaps, permutations),
    )
    return replace(record, shared=_shared(record, without, task))


def _shared(
    record: SpeakerRecord, without: Mapping[str, NDArray[np.float64]], task: str
) -> dict[str, float]:
    """Return the variance of one seed that speakers and seeds share, by name of metric or gap.

    Empty with a single seed.
    """
    count, values = len(record.seeds), dict(without)
    if count == 1:
        return {}
    for metric in differences(task):
        signs = record.signs(metric)
        if signs.keys() <= without.keys():
            values[metric.name] = np.asarray(
                sum(sign * without[name] for name, sign in signs.items())
            )
    group = np.array(record.group)
    return {name: count * shared_variance(of, group) for name, of in values.items()}


def _by_chance(
    table: pd.DataFrame,
    seeds: Sequence[int],
    task: str,
    threshold: float,
    metrics: Sequence[Metric[Any]],
    permutations: int,
) -> dict[str, float]:
    """Return the mean absolute value of differences by name, were the groups given by chance."""
    column = TASKS[task].group_column_of(table) or "aligned"
    speaker, group = table[SPEAKER].to_numpy(), table[column].to_numpy()
    numbers = table.drop(columns=[*NAMES & {*table}])  # names take most of the time
    drawn = permuted(speaker, group, permutations, np.random.default_rng(0))
    labels, draws = permutation_draws(speaker, group, np.stack([*drawn]))
    rows = np.repeat(np.arange(len(numbers)), len(labels) // len(numbers))
    given = numbers.iloc[rows].assign(**{column: labels})
    tests = [TASKS[task].tested(given, seed, threshold, metrics)(draws) for seed in seeds]
    return {
        metric.name: mean_of_finite(np.mean([abs(test[metric.name]) for test in tests], axis=0))
        for metric in metrics
    }
