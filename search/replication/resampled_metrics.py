"""Metrics without each speaker and with groups by chance, from predictions of tested models."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.chance import gap_by_chance
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import over_emotions
from fairser_core.metrics.intervals import Speakers
from fairser_core.metrics.metric import Metric, measure
from fairser_core.metrics.resampling import Draws, Values
from search.replication.tested_predictions import activation_predictions, detector_predictions
from search.space.tasks import TASKS

SPEAKER = "speaker"
"""Column of the speakers' names; records of earlier versions lack it."""

Predictions = ActivationPredictions | DetectorPredictions
Measure = Callable[[Draws], dict[str, Values]]
"""Metrics by name (draw,) of a seed's model in resamples of the table's rows."""


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
        task: `activation` or `emotion`.
        threshold: activation above which an utterance is high; used by the activation task.
        speakers: speakers of the table.

    Returns:
        Each metric with intervals (speaker, seed); for detectors of emotions their mean, and
        `<metric>_<emotion>` for each emotion. NaN where the metric is undefined.
    """
    metrics = [metric for metric in TASKS[task].metrics if metric.interval]
    draws = speakers.without_each()
    rows = []
    for seed in seeds:
        if task == "emotion":
            rows.append(_emotion(table, seed, metrics, draws))
        else:
            rows.append(_measure(metrics, activation_predictions(table, seed, threshold), draws))
    return {name: np.stack([row[name] for row in rows], axis=-1) for name in rows[0]}


def _emotion(
    table: pd.DataFrame, seed: int, metrics: Sequence[Metric[Any]], draws: Draws
) -> dict[str, Values]:
    each = {}
    for emotion, rows in _by_emotion(table).items():
        of_rows = Draws(draws.counts, draws.unit[rows])
        each[emotion] = _measure(metrics, detector_predictions(table[rows], seed), of_rows)
    return over_emotions(each)


def _by_emotion(table: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Return which rows are of each emotion (row,)."""
    emotions = table["emotion"].to_numpy()
    return {str(emotion): emotions == emotion for emotion in dict.fromkeys(emotions)}


def _measure(
    metrics: Sequence[Metric[Any]], predictions: Predictions | None, draws: Draws
) -> dict[str, Values]:
    """Return metrics by name (draw,); NaN without predictions."""
    if predictions is None:
        return {metric.name: np.full(len(draws), np.nan) for metric in metrics}
    return measure(metrics, dataclasses.replace(predictions, draws=draws))


def chance_levels(
    table: pd.DataFrame, seeds: Sequence[int], task: str, threshold: float
) -> dict[str, float]:
    """Return what each absolute gap would be, mean over seeds, were the groups given by chance.

    Args:
        table: predictions of the seeds' models.
        seeds: seeds of the models.
        task: `activation` or `emotion`.
        threshold: activation above which an utterance is high; used by the activation task.

    Returns:
        For detectors of emotions their mean, and `<metric>_<emotion>` for each emotion. Empty if
        the record does not name the speakers.
    """
    metrics = [metric for metric in TASKS[task].metrics if metric.gap]
    if SPEAKER not in table:
        return {}
    if task != "emotion":
        every = [activation_predictions(table, seed, threshold) for seed in seeds]
        known = [of_seed for of_seed in every if of_seed]
        return {m.name: gap_by_chance(m, known, table[SPEAKER].to_numpy()) for m in metrics}
    each = {}
    for emotion, rows in _by_emotion(table).items():
        own, speaker = table[rows], table[SPEAKER].to_numpy()[rows]
        detectors = [of for seed in seeds if (of := detector_predictions(own, seed))]
        each[emotion] = {m.name: np.asarray(gap_by_chance(m, detectors, speaker)) for m in metrics}
    return {name: float(value) for name, value in over_emotions(each).items()}
