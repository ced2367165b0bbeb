"""What systems are worth on test data: over their seeds, and against the baseline."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics import resampling
from fairser_core.metrics.resampling import Values
from search.replication import test_record as examined
from search.replication.resampled_metrics import resampled
from search.store.storage import Storage, StorageError

Floats = NDArray[np.float64]

SHOWN = {
    "activation": ("ccc", "ccc_diff", "tpr_low_diff", "tpr_high_diff", "tpr_diff", "recall_gap"),
    "emotion": (
        "f1_all",
        "f1_s1",
        "f1_s2",
        "f1_macro_s1",
        "parity_s2",
        "consistency_gender",
        "consistency_emotion",
    ),
}
"""Metrics of each task that are shown, as in the papers' tables."""
BASELINE = "baseline"


@dataclass(frozen=True)
class System:
    """What was tested of a checkpoint.

    Attributes:
        name: of the checkpoint, or `baseline`.
        seeds: of its models.
        diverged: how many seeds have no model.
        metrics: every metric (seed,); NaN where one is undefined.
        told: what each seed said, a row for each answer.
    """

    name: str
    seeds: list[int]
    diverged: int
    metrics: dict[str, Floats]
    told: pd.DataFrame


Drawn = tuple[System, Values]
"""A system and its metrics of resampled utterances (draw, seed)."""


@dataclass(frozen=True)
class Estimate:
    """A metric of a system.

    Attributes:
        mean: over seeds.
        sd: over seeds (ddof 1); NaN for a single one.
        interval: of the mean, 95 % over seeds and utterances; NaN for metrics that `resampled`
            does not have.
        difference: mean over the seeds that both have of the value less the baseline's; None for
            the baseline, or without one.
        difference_interval: of the same, 95 %.
    """

    mean: float
    sd: float
    interval: tuple[float, float]
    difference: float | None = None
    difference_interval: tuple[float, float] | None = None

    @property
    def columns(self) -> dict[str, float | None]:
        """As a table of data has it, one value a column."""
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
    """All that was tested of a replication, in the order it was.

    Raises:
        StorageError: the record, or what models said, cannot be read.
    """
    groups: dict[str, list[examined.Examined]] = {}
    for one in examined.read(folder):
        groups.setdefault(one.name, []).append(one)
    return [_system(folder, name, group) for name, group in groups.items()]


def _system(folder: Storage, name: str, group: list[examined.Examined]) -> System:
    told, *others = (examined.read_told(folder, one) for one in group)
    for other in others:  # further seeds
        if not told["utterance"].equals(other["utterance"]):
            raise StorageError(f"models of {name} were tested on different data ({folder.where()})")
        told = told.join(other[other.columns.difference(told.columns)])
    metrics = {
        metric: np.array([v for one in group for v in one.metrics[metric]], dtype=np.float64)
        for metric in group[0].metrics
    }
    seeds = [seed for one in group for seed in one.seeds]
    return System(name, seeds, sum(len(one.diverged) for one in group), metrics, told)


def estimates(
    found: Sequence[System],
    task: str,
    threshold: float,
    metrics: Sequence[str] | None = None,
    bases: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Estimate]]:
    """Estimates of systems, which may be of several sweeps, by system and metric.

    Args:
        found: systems, each of another name.
        task: key of `SHOWN`.
        threshold: activation above it is high; of the activation task.
        metrics: that are wanted; by default those shown.
        bases: for systems that are compared with a baseline, its name; by default all are with
            the one named `baseline`, if it is there.

    Raises:
        ValueError: systems were tested on different utterances.
    """
    ids = np.unique(found[0].told["utterance"])
    for system in found:
        if not np.array_equal(np.unique(system.told["utterance"]), ids):
            raise ValueError(f"{system.name} and {found[0].name} were tested on other utterances")
    if bases is None:
        bases = {system.name: BASELINE for system in found if system.name != BASELINE}
    drawn = {s.name: (s, resampled(s.told, s.seeds, task, threshold)) for s in found}
    return {
        name: {
            metric: _estimate(metric, own, drawn.get(bases.get(name, "")))
            for metric in (SHOWN[task] if metrics is None else metrics)
        }
        for name, own in drawn.items()
    }


def _estimate(metric: str, own: Drawn, base: Drawn | None) -> Estimate:
    system, drawn = own
    values = system.metrics[metric]
    mean, sd = mean_sd(values)
    interval = _interval(drawn.get(metric))
    other, other_drawn = base or own
    common = [seed for seed in system.seeds if seed in other.seeds]
    if base is None or not common:
        return Estimate(mean, sd, interval)
    rows = [system.seeds.index(seed) for seed in common]
    other_rows = [other.seeds.index(seed) for seed in common]
    apart = mean_sd(values[rows] - other.metrics[metric][other_rows])[0]
    if metric not in drawn or metric not in other_drawn:
        return Estimate(mean, sd, interval, apart, _interval(None))
    difference = drawn[metric][:, rows] - other_drawn[metric][:, other_rows]
    return Estimate(mean, sd, interval, apart, _interval(difference))


def _interval(values: Floats | None) -> tuple[float, float]:
    """Of a metric (draw, seed); NaN where it cannot be had from resampled utterances."""
    if values is None:
        return float("nan"), float("nan")
    return resampling.interval(values, np.random.default_rng(1))


def mean_sd(values: Floats) -> tuple[float, float]:
    """Mean and spread (ddof 1) of the values that are known; NaN where there are too few."""
    known = values[~np.isnan(values)]
    mean = float(known.mean()) if len(known) else float("nan")
    return mean, float(known.std(ddof=1)) if len(known) > 1 else float("nan")


def outcome_csv(found: Mapping[str, Mapping[str, Estimate]], seeds: Mapping[str, int]) -> str:
    """One row a system and metric.

    Args:
        found: estimates by system and metric, one at least.
        seeds: how many each system has.
    """
    rows = [
        {"system": system, "seeds": seeds[system], "metric": metric}
        | {n: "" if v is None or math.isnan(v) else v for n, v in one.columns.items()}
        for system, metrics in found.items()
        for metric, one in metrics.items()
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
