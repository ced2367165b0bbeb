"""Metrics of resampled utterances, computed from the predictions of tested models."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import over_emotions
from fairser_core.metrics.metric import Metric, measure
from fairser_core.metrics.resampling import Draws, Values, draw_units
from search.replication.tested_predictions import activation_predictions, detector_predictions
from search.space.tasks import TASKS

DRAWS = 2000
CHUNK = 100  # resamples at once: bounds memory

Measure = Callable[[Draws], dict[str, Values]]
"""Metrics by name (draw,) of a seed's model in resamples of the table's utterances."""


def resampled_metrics(
    table: pd.DataFrame, seeds: Sequence[int], task: str, threshold: float
) -> dict[str, NDArray[np.float64]]:
    """Return metrics of resampled utterances.

    Systems that were tested on the same utterances get the same resamples.

    Args:
        table: predictions of the seeds' models.
        seeds: seeds of the models.
        task: `activation` or `emotion`.
        threshold: activation above which an utterance is high; used by the activation task.

    Returns:
        Each metric with intervals (draw, seed); for detectors of emotions their mean, and
        `<metric>_<emotion>` for each emotion. NaN where the metric is undefined.
    """
    metrics = [metric for metric in TASKS[task].metrics if metric.interval]
    if task == "emotion":
        measures = [_emotion(table, seed, metrics) for seed in seeds]
    else:
        measures = [_activation(table, seed, threshold, metrics) for seed in seeds]
    unit = np.unique(table["utterance"], return_inverse=True)[1]
    rng, chunks = np.random.default_rng(0), []
    for start in range(0, DRAWS, CHUNK):
        draws = draw_units(unit, min(CHUNK, DRAWS - start), rng)
        rows = [measure_seed(draws) for measure_seed in measures]
        chunks.append({name: np.stack([row[name] for row in rows], axis=-1) for name in rows[0]})
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}


def _activation(
    table: pd.DataFrame, seed: int, threshold: float, metrics: Sequence[Metric[Any]]
) -> Measure:
    predictions = activation_predictions(table, seed, threshold)
    return lambda draws: _measure(metrics, predictions, draws)


def _emotion(table: pd.DataFrame, seed: int, metrics: Sequence[Metric[Any]]) -> Measure:
    emotions = table["emotion"].to_numpy()
    rows = {str(emotion): emotions == emotion for emotion in dict.fromkeys(emotions)}
    detectors = {emotion: detector_predictions(table[at], seed) for emotion, at in rows.items()}

    def measure_seed(draws: Draws) -> dict[str, Values]:
        return over_emotions(
            {
                emotion: _measure(metrics, detector, Draws(draws.counts, draws.unit[rows[emotion]]))
                for emotion, detector in detectors.items()
            }
        )

    return measure_seed


def _measure(
    metrics: Sequence[Metric[Any]],
    predictions: ActivationPredictions | DetectorPredictions | None,
    draws: Draws,
) -> dict[str, Values]:
    """Return metrics by name (draw,); NaN without predictions."""
    if predictions is None:
        return {metric.name: np.full(len(draws), np.nan) for metric in metrics}
    return measure(metrics, dataclasses.replace(predictions, draws=draws))
