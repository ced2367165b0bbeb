"""Metrics of resampled utterances, computed from the predictions of tested models."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics.resampling import draw_units
from search.tasks.tasks import TASKS

DRAWS = 2000
CHUNK = 100  # resamples at once: bounds memory


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
    measures = [TASKS[task].tested(table, seed, threshold, metrics) for seed in seeds]
    unit = np.unique(table["utterance"], return_inverse=True)[1]
    rng, chunks = np.random.default_rng(0), []
    for start in range(0, DRAWS, CHUNK):
        draws = draw_units(unit, min(CHUNK, DRAWS - start), rng)
        rows = [measure_seed(draws) for measure_seed in measures]
        chunks.append({name: np.stack([row[name] for row in rows], axis=-1) for name in rows[0]})
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
