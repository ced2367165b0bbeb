"""Estimates of systems on test data: over their seeds, and against the baseline."""

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
from search.replication.resampled_metrics import resampled
from search.replication.test_record import Examined
from search.store.storage import Storage, StorageError
from search.tasks.tasks import TASKS

Floats = NDArray[np.float64]

SHOWN = {key: names(shown_in(task.metrics, Place.RESULTS)) for key, task in TASKS.items()}
"""Metrics of each task in tables of test results."""
BASELINE = "baseline"


@dataclass(frozen=True)
class System:
    """Models of a candidate that were tested.

    Attributes:
        name: of the candidate, or `baseline`.
        seeds: of its models.
        diverged: number of seeds without a model.
        metrics: every metric (seed,); NaN where it is undefined.
        predictions: what each seed's model predicts, a row for each prediction.
    """

    name: str
    seeds: list[int]
    diverged: int
    metrics: dict[str, Floats]
    predictions: pd.DataFrame

    def values(self, metric: str) -> Floats:
        """Return a metric (seed,); NaN if the record is older than the metric."""
        return self.metrics.get(metric, np.full(len(self.seeds), np.nan))


Resampled = tuple[System, dict[str, Floats]]
"""A system and its metrics of resampled utterances (draw, seed)."""


@dataclass(frozen=True)
class Estimate:
    """A metric of a system.

    Attributes:
        mean: over seeds.
        sd: over seeds (ddof 1); NaN for a single one.
        interval: of the mean, 95 % over seeds and utterances; NaN for a metric without intervals.
        difference: mean paired difference from the baseline, over the seeds trained for both; None
            for the baseline, or without one.
        difference_interval: of the same, 95 %.
    """

    mean: float
    sd: float
    interval: tuple[float, float]
    difference: float | None = None
    difference_interval: tuple[float, float] | None = None

    @property
    def columns(self) -> dict[str, float | None]:
        """Columns of a table of data."""
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
        StorageError: the record, or the models' predictions, cannot be read.
    """
    groups: dict[str, list[Examined]] = {}
    for record in test_record.read(folder):
        groups.setdefault(record.name, []).append(record)
    return [_system(folder, name, records) for name, records in groups.items()]


def _system(folder: Storage, name: str, records: list[Examined]) -> System:
    table, *others = (test_record.read_told(folder, record) for record in records)
    for other in others:  # further seeds
        if not table["utterance"].equals(other["utterance"]):
            raise StorageError(f"models of {name} were tested on different data ({folder.where()})")
        table = table.join(other[other.columns.difference(table.columns)])
    metrics = {
        metric: np.array([v for record in records for v in record.metrics[metric]], np.float64)
        for metric in records[0].metrics
        if all(metric in record.metrics for record in records)
    }
    seeds = [seed for record in records for seed in record.seeds]
    return System(name, seeds, sum(len(record.diverged) for record in records), metrics, table)


def estimates(
    tested: Sequence[System],
    task: str,
    threshold: float,
    metrics: Sequence[str] | None = None,
    bases: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Estimate]]:
    """Return estimates of systems, which may be of several sweeps, by system and metric.

    Args:
        tested: systems, each of another name.
        task: key of `TASKS`.
        threshold: activation above it is high; of the activation task.
        metrics: names of the metrics; by default those shown.
        bases: name of the baseline with which a system is compared, by system; by default the one
            named `baseline`, if it is there.

    Raises:
        ValueError: systems were tested on different utterances.
    """
    ids = np.unique(tested[0].predictions["utterance"])
    for system in tested:
        if not np.array_equal(np.unique(system.predictions["utterance"]), ids):
            raise ValueError(f"{system.name} and {tested[0].name} were tested on other utterances")
    if bases is None:
        bases = {system.name: BASELINE for system in tested if system.name != BASELINE}
    drawn = {s.name: (s, resampled(s.predictions, s.seeds, task, threshold)) for s in tested}
    return {
        name: {
            metric: _estimate(metric, system, drawn.get(bases.get(name, "")))
            for metric in (SHOWN[task] if metrics is None else metrics)
        }
        for name, system in drawn.items()
    }


def _estimate(metric: str, resampled_system: Resampled, base: Resampled | None) -> Estimate:
    system, drawn = resampled_system
    values = system.values(metric)
    mean, sd = mean_sd(values)
    known = metric in system.metrics and metric in drawn
    interval = _interval(drawn[metric] if known else None)
    other, other_drawn = base or resampled_system
    common = [seed for seed in system.seeds if seed in other.seeds]
    if base is None or not common:
        return Estimate(mean, sd, interval)
    rows = [system.seeds.index(seed) for seed in common]
    other_rows = [other.seeds.index(seed) for seed in common]
    apart = mean_sd(values[rows] - other.values(metric)[other_rows])[0]
    if not (known and metric in other.metrics and metric in other_drawn):
        return Estimate(mean, sd, interval, apart, _interval(None))
    difference = drawn[metric][:, rows] - other_drawn[metric][:, other_rows]
    return Estimate(mean, sd, interval, apart, _interval(difference))


def _interval(values: Floats | None) -> tuple[float, float]:
    """Return the interval of a metric (draw, seed); NaN for a metric without intervals."""
    if values is None:
        return float("nan"), float("nan")
    return resampling.interval(values, np.random.default_rng(1))


def mean_sd(values: Floats) -> tuple[float, float]:
    """Return mean and spread (ddof 1) of the values that are known; NaN where they are too few."""
    known = values[~np.isnan(values)]
    mean = float(known.mean()) if len(known) else float("nan")
    return mean, float(known.std(ddof=1)) if len(known) > 1 else float("nan")


def outcome_csv(estimated: Mapping[str, Mapping[str, Estimate]], seeds: Mapping[str, int]) -> str:
    """Return a CSV of one row a system and metric.

    Args:
        estimated: estimates by system and metric, at least one.
        seeds: number of seeds of each system.
    """
    rows = [
        {"system": system, "seeds": seeds[system], "metric": metric}
        | {n: "" if v is None or math.isnan(v) else v for n, v in estimate.columns.items()}
        for system, metrics in estimated.items()
        for metric, estimate in metrics.items()
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
