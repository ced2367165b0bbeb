"""Metrics without each speaker and with groups by chance, from predictions of tested models."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics.intervals import Speakers
from search.tasks.tasks import TASKS

SPEAKER = "speaker"
"""Column of the speakers' names; records of earlier versions lack it."""


def speakers_of(table: pd.DataFrame) -> Speakers | None:
    """Return the speakers of a table of predictions, who are the unit of its intervals.

    Groups of the activation task are the genders of the speakers. In the emotion task groups are
    the genders of the raters, and each speaker has utterances of both: all speakers are then of one
    group. Their sessions are no groups of speakers either, since two in a session are too few.

    Args:
        table: predictions of tested models.

    Returns:
        None if the record does not name the speakers.
    """
    if SPEAKER not in table:
        return None
    group = table["gender"].to_numpy() if "gender" in table else None
    return Speakers.of(table[SPEAKER].to_numpy(), group)


def metrics_without_each(
    table: pd.DataFrame, seeds: Sequence[int], task: str, threshold: float, speakers: Speakers
) -> dict[str, NDArray[np.float64]]:
    """Return metrics without each speaker in turn.

    Args:
        table: predictions of the seeds' models.
        seeds: seeds of the models.
        task: key of `TASKS`.
        threshold: activation above which an utterance is high; used by the activation task.
        speakers: speakers of the table.

    Returns:
        Each metric with intervals (speaker, seed); for detectors of emotions their mean, and
        `<metric>_<emotion>` for each emotion. NaN where the metric is undefined.
    """
    metrics = [metric for metric in TASKS[task].metrics if metric.interval]
    draws = speakers.without_each()
    rows = [TASKS[task].tested(table, seed, threshold, metrics)(draws) for seed in seeds]
    return {name: np.stack([row[name] for row in rows], axis=-1) for name in rows[0]}


def chance_levels(
    table: pd.DataFrame, seeds: Sequence[int], task: str, threshold: float
) -> dict[str, float]:
    """Return what each absolute gap would be, mean over seeds, were the groups given by chance.

    Args:
        table: predictions of the seeds' models.
        seeds: seeds of the models.
        task: key of `TASKS`.
        threshold: activation above which an utterance is high; used by the activation task.

    Returns:
        For detectors of emotions their mean, and `<metric>_<emotion>` for each emotion. Empty if
        the record does not name the speakers.
    """
    if SPEAKER not in table:
        return {}
    return TASKS[task].gaps_by_chance(table, table[SPEAKER].to_numpy(), seeds, threshold)
