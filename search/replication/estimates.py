"""Estimates of systems' metrics on test data: over seeds, and against the baseline."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics import resampling
from fairser_core.metrics.metric import Place, names, shown_in
from search.replication import test_record
from search.replication.resampled_metrics import resampled_metrics
from search.replication.test_record import RecordedTest
from search.space.tasks import TASKS
from search.store.storage import Storage, StorageError

Floats = NDArray[np.float64]

SHOWN = {key: names(shown_in(task.metrics, Place.RESULTS)) for key, task in TASKS.items()}
"""Metrics of each task in tables of test results."""
BASELINE = "baseline"


@dataclass(frozen=True)
class System:
    """Tested models of a candidate.

    Attributes:
        name: name of the candidate, or `baseline`.
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


@dataclass(frozen=True)
class Resamples:
    """System with its metrics of resampled utterances.

    Attributes:
        system: the system.
        metrics: metrics (draw, seed), by name.
    """

    system: System
    metrics: dict[str, Floats]

    def draws(self, metric: str) -> Floats | None:
        """Return a metric (draw, seed); None if it has no intervals or the record lacks it."""
        return self.metrics.get(metric) if metric in self.system.metrics else None


@dataclass(frozen=True)
class Estimate:
    """Estimate of a system's metric.

    Attributes:
        mean: mean over seeds.
        sd: standard deviation over seeds (ddof 1); NaN for a single seed.
        interval: 95 % interval of the mean, over seeds and utterances; NaN for a metric without
            intervals.
        difference: mean paired difference from the baseline, over the seeds trained for both; None
            for the baseline, or without one.
        difference_interval: 95 % interval of the difference; None without a difference.
    """

    mean: float
    sd: float
    interval: tuple[float, float]
    difference: float | None = None
    difference_interval: tuple[float, float] | None = None

    @property
    def columns(self) -> dict[str, float | None]:
        """Columns of a CSV."""
        low, high = self.difference_interval or (None, None)
        return {
            "mean": self.mean,
            "sd": self.sd,
            "low": self.interval[0],
            "high": self.interval[1],
            "difference": self.difference,
            "difference_low": low,
            "difference_high": high,
        }


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
    table, *others = (test_record.read_predictions(folder, test) for test in tests)
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


def estimates(
    tested: Sequence[System],
    task: str,
    threshold: float,
    metrics: Sequence[str] | None = None,
    bases: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Estimate]]:
    """Return estimates of systems of one or several sweeps, by system and metric.

    Args:
        tested: tested systems, each with its own name.
        task: key of `TASKS`.
        threshold: activation above which an utterance is high; used by the activation task.
        metrics: names of the metrics; by default those in tables of test results.
        bases: names of the systems' baselines, by system; by default `baseline`, if there is one.

    Raises:
        ValueError: systems were tested on different utterances.
    """
    ids = np.unique(tested[0].predictions["utterance"])
    for system in tested:
        if not np.array_equal(np.unique(system.predictions["utterance"]), ids):
            raise ValueError(
                f"systems {system.name} and {tested[0].name} were tested on different utterances"
            )
    if bases is None:
        bases = {system.name: BASELINE for system in tested if system.name != BASELINE}
    resamples = {
        system.name: Resamples(
            system, resampled_metrics(system.predictions, system.seeds, task, threshold)
        )
        for system in tested
    }
    return {
        name: {
            metric: _estimate(metric, resample, resamples.get(bases.get(name, "")))
            for metric in (SHOWN[task] if metrics is None else metrics)
        }
        for name, resample in resamples.items()
    }


def _estimate(metric: str, resamples: Resamples, base: Resamples | None) -> Estimate:
    system, draws = resamples.system, resamples.draws(metric)
    values = system.values(metric)
    mean, sd = mean_sd(values)
    common = [seed for seed in system.seeds if base and seed in base.system.seeds]
    if base is None or not common:
        return Estimate(mean, sd, _interval(draws))
    rows = [system.seeds.index(seed) for seed in common]
    base_rows = [base.system.seeds.index(seed) for seed in common]
    difference = mean_sd(values[rows] - base.system.values(metric)[base_rows])[0]
    base_draws = base.draws(metric)
    if draws is None or base_draws is None:
        paired = None
    else:
        paired = draws[:, rows] - base_draws[:, base_rows]
    return Estimate(mean, sd, _interval(draws), difference, _interval(paired))


def _interval(values: Floats | None) -> tuple[float, float]:
    """Return the 95 % interval of values (draw, seed); NaN without values."""
    if values is None:
        return float("nan"), float("nan")
    return resampling.interval(values, np.random.default_rng(1))


def mean_sd(values: Floats) -> tuple[float, float]:
    """Return mean and standard deviation (ddof 1) of the values that are not NaN.

    Returns:
        The mean, NaN without a value; the deviation, NaN with fewer than two.
    """
    defined = values[~np.isnan(values)]
    mean = float(defined.mean()) if len(defined) else float("nan")
    return mean, float(defined.std(ddof=1)) if len(defined) > 1 else float("nan")


def estimates_csv(table: Mapping[str, Mapping[str, Estimate]], seeds: Mapping[str, int]) -> str:
    """Return a CSV of a row per system and metric.

    Args:
        table: estimates by system and metric, at least one.
        seeds: number of seeds of each system.
    """
    rows = [
        {"system": system, "seeds": seeds[system], "metric": metric}
        | {n: "" if v is None or math.isnan(v) else v for n, v in estimate.columns.items()}
        for system, metrics in table.items()
        for metric, estimate in metrics.items()
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
