"""Systems that were tested: the models of a candidate, with their metrics and predictions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from search.replication import test_record, test_tables
from search.replication.test_record import RecordedTest
from search.store.storage import Storage, StorageError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class System:
    """Tested models of a candidate.

    Attributes:
        name: name of the candidate.
        seeds: seeds of the models.
        diverged: number of seeds without a model.
        metrics: every metric (seed,); NaN where it is undefined.
        predictions: table of a row per utterance or detector's answer, a column per seed.
    """

    name: str
    seeds: list[int]
    diverged: int
    metrics: dict[str, Floats]
    predictions: pd.DataFrame

    def values(self, metric: str) -> Floats:
        """Return a metric (seed,); NaN if the record lacks it."""
        return self.metrics.get(metric, np.full(len(self.seeds), np.nan))


def systems(folder: Storage) -> list[System]:
    """Return all systems that a replication tested, in the order of their tests.

    Raises:
        StorageError: the record or a file of predictions cannot be read, or further seeds of a
            candidate were tested on other utterances.
    """
    groups: dict[str, list[RecordedTest]] = {}
    for test in test_record.read(folder):
        groups.setdefault(test.name, []).append(test)
    return [_system(folder, name, tests) for name, tests in groups.items()]


def _system(folder: Storage, name: str, tests: list[RecordedTest]) -> System:
    table, *others = (test_tables.read_predictions(folder, test) for test in tests)
    for other in others:  # further seeds
        if not table["utterance"].equals(other["utterance"]):
            raise StorageError(
                f"seeds of {name} were tested on different utterances ({folder.where()})"
            )
        table = table.join(other[other.columns.difference(table.columns)])
    metrics = {
        metric: np.array([value for test in tests for value in test.metrics[metric]], np.float64)
        for metric in tests[0].metrics
        if all(metric in test.metrics for test in tests)
    }
    seeds = [seed for test in tests for seed in test.seeds]
    return System(name, seeds, sum(len(test.diverged) for test in tests), metrics, table)


def mean_sd(values: Floats) -> tuple[float, float]:
    """Return mean and standard deviation (ddof 1) of the values that are not NaN.

    Returns:
        The mean, NaN without a value; the deviation, NaN with fewer than two.
    """
    defined = values[~np.isnan(values)]
    mean = float(defined.mean()) if len(defined) else float("nan")
    return mean, float(defined.std(ddof=1)) if len(defined) > 1 else float("nan")
