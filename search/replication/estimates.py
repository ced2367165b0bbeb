"""Estimates of systems' metrics on test data: over seeds, and against the baseline."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics.intervals import Interval, Speakers, holm, interval, no_interval
from fairser_core.metrics.metric import Place, names, shown_in
from fairser_core.metrics.tables import metric_of
from search.replication.speaker_metrics import (
    chance_levels,
    metrics_without_each,
    speakers_of,
)
from search.replication.systems import BASELINE, System, mean_sd
from search.tasks.tasks import TASKS

Floats = NDArray[np.float64]

SHOWN = {key: names(shown_in(task.metrics, Place.RESULTS)) for key, task in TASKS.items()}
"""Metrics of each task in tables of test results."""
SIGNIFICANT = 0.05
FEWEST_SEEDS = 5
"""Number of common seeds below which their spread is too uncertain for small p-values."""
UNNAMED = "the record does not name the speakers"
GAP = "an absolute gap has its level by chance instead"
LACKING = "the metric has no interval, or the record lacks it"


@dataclass(frozen=True)
class WithoutEach:
    """System with its metrics without each speaker.

    Attributes:
        system: the system.
        speakers: speakers of its predictions; None if its record does not name them.
        metrics: metrics (speaker, seed), by name; empty without speakers.
        chance: levels by chance of absolute gaps, by name.
    """

    system: System
    speakers: Speakers | None
    metrics: dict[str, Floats]
    chance: dict[str, float]

    def reason(self, metric: str) -> str:
        """Return why a metric has no interval; empty if nothing is in the way of one."""
        if self.speakers is None:
            return UNNAMED
        if metric in self.chance:
            return GAP
        return "" if metric in self.metrics and metric in self.system.metrics else LACKING


@dataclass(frozen=True)
class Estimate:
    """Estimate of a system's metric.

    Attributes:
        mean: mean over seeds.
        sd: standard deviation over seeds (ddof 1); NaN for a single seed.
        interval: 95 % interval of the mean, over speakers and seeds.
        chance: level of an absolute gap by chance; NaN for another metric.
        difference: mean paired difference from the baseline, over the seeds trained for both; None
            for the baseline, or without one.
        difference_interval: 95 % interval of the difference; None without a difference.
        difference_p: p-value of the difference, adjusted by `adjusted`; NaN with fewer than five
            common seeds, None without a difference.
    """

    mean: float
    sd: float
    interval: Interval
    chance: float = float("nan")
    difference: float | None = None
    difference_interval: Interval | None = None
    difference_p: float | None = None

    @property
    def columns(self) -> dict[str, float | None]:
        """Columns of a CSV."""
        of_difference = self.difference_interval
        return {
            "mean": self.mean,
            "sd": self.sd,
            "low": self.interval.low,
            "high": self.interval.high,
            "chance": self.chance,
            "difference": self.difference,
            "difference_low": of_difference.low if of_difference else None,
            "difference_high": of_difference.high if of_difference else None,
            "difference_p": self.difference_p,
        }


Estimates = Mapping[str, Mapping[str, Estimate]]
"""Estimates by system and metric."""


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
    without = {system.name: _without_each(system, task, threshold) for system in tested}
    wanted = SHOWN[task] if metrics is None else metrics
    found = {
        name: {
            metric: _estimate(metric, own, without.get(bases.get(name, ""))) for metric in wanted
        }
        for name, own in without.items()
    }
    return adjusted(found, wanted)


def _without_each(system: System, task: str, threshold: float) -> WithoutEach:
    table, seeds = system.predictions, system.seeds
    speakers = speakers_of(table)
    if speakers is None:
        return WithoutEach(system, None, {}, {})
    metrics = metrics_without_each(table, seeds, task, threshold, speakers)
    return WithoutEach(system, speakers, metrics, chance_levels(table, seeds, task, threshold))


def _estimate(metric: str, own: WithoutEach, base: WithoutEach | None) -> Estimate:
    system = own.system
    values, known = system.values(metric), metric in system.metrics
    alone = Estimate(
        *mean_sd(values),
        interval=_interval(own, metric, values),
        chance=own.chance.get(metric, float("nan")) if known else float("nan"),
    )
    common = [seed for seed in system.seeds if base and seed in base.system.seeds]
    if base is None or not common:
        return alone
    rows = [system.seeds.index(seed) for seed in common]
    base_rows = [base.system.seeds.index(seed) for seed in common]
    pairs = values[rows] - base.system.values(metric)[base_rows]
    reason = own.reason(metric) or base.reason(metric)
    if reason or own.speakers is None:
        of_pairs = no_interval(reason)
    else:
        left = own.metrics[metric][:, rows] - base.metrics[metric][:, base_rows]
        of_pairs = interval(pairs, left, own.speakers.group)
        if len(common) < FEWEST_SEEDS:
            of_pairs = replace(of_pairs, p=float("nan"))
    return replace(alone, difference=mean_sd(pairs)[0], difference_interval=of_pairs)


def _interval(own: WithoutEach, metric: str, values: Floats) -> Interval:
    reason = own.reason(metric)
    if reason or own.speakers is None:
        return no_interval(reason)
    return interval(values, own.metrics[metric], own.speakers.group, metric_of(metric).range)


def adjusted(estimated: Estimates, metrics: Sequence[str]) -> dict[str, dict[str, Estimate]]:
    """Return estimates of a table, with p-values adjusted for its differences (Holm 1979).

    Args:
        estimated: estimates by system and metric.
        metrics: names of the metrics of the table.
    """
    paired = [
        (system, metric, of.difference_interval.p)
        for system, row in estimated.items()
        for metric in metrics
        if (of := row[metric]).difference_interval
    ]
    p_values = holm([p for *_, p in paired])
    of_pair = {pair[:2]: p for pair, p in zip(paired, p_values, strict=True)}
    return {
        system: {
            metric: replace(row[metric], difference_p=of_pair.get((system, metric)))
            for metric in metrics
        }
        for system, row in estimated.items()
    }


def significant(estimated: Estimates) -> dict[str, list[str]]:
    """Return the metrics by system in which it differs from its baseline, p < .05 as adjusted."""
    found = {
        system: [
            metric
            for metric, of in row.items()
            if of.difference_p is not None and of.difference_p < SIGNIFICANT
        ]
        for system, row in estimated.items()
    }
    return {system: metrics for system, metrics in found.items() if metrics}


def reasons(estimated: Estimates) -> list[str]:
    """Return why intervals are missing, or what they lack, each reason once."""
    intervals = [
        each
        for row in estimated.values()
        for of in row.values()
        for each in (of.interval, of.difference_interval)
        if each
    ]
    return list(dict.fromkeys(each.reason for each in intervals if each.reason))


def estimates_csv(table: Estimates, seeds: Mapping[str, int]) -> str:
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
