"""Metrics of resampled utterances, from the predictions of tested models."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics.resampling import draw_units
from search.tasks.tasks import TASKS

DRAWS = 2000
CHUNK = 100  # resamples at once: bounds memory


def resampled(
    table: pd.DataFrame, seeds: Sequence[int], task: str, threshold: float
) -> dict[str, NDArray[np.float64]]:
    """Return metrics of resampled utterances; the draws are the same for the same utterances.

    Args:
        table: predictions of the seeds' models.
        seeds: of the models.
        task: key of `TASKS`.
        threshold: activation above it is high; of the activation task.

    Returns:
        Each metric that has an interval (draw, seed), of emotions their mean, and
        `<metric>_<emotion>`; NaN where it is undefined.
    """
    metrics = [metric for metric in TASKS[task].metrics if metric.interval]
    measures = [TASKS[task].tested(table, seed, threshold, metrics) for seed in seeds]
    unit = np.unique(table["utterance"], return_inverse=True)[1]
    rng, chunks = np.random.default_rng(0), []
    for start in range(0, DRAWS, CHUNK):
        draws = draw_units(unit, min(CHUNK, DRAWS - start), rng)
        each = [measure_seed(draws) for measure_seed in measures]
        chunks.append({name: np.stack([row[name] for row in each], axis=-1) for name in each[0]})
    return {name: np.concatenate([chunk[name] for chunk in chunks]) for name in chunks[0]}
