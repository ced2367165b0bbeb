"""Estimates of systems' metrics on test data: over seeds, and against the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics.intervals import Interval, interval, no_interval
from fairser_core.metrics.metric import Place, names, shown_in
from fairser_core.metrics.speakers import Speakers
from fairser_core.metrics.tables import metric_of
from search.front.names import BASELINE
from search.replication.estimate import Estimate, adjusted
from search.replication.systems import System, mean_sd
from search.tasks.speaker_metrics import SpeakerMetrics
from search.tasks.tasks import TASKS

Floats = NDArray[np.float64]

SHOWN = {key: names(shown_in(task.metrics, Place.RESULTS)) for key, task in TASKS.items()}
"""Metrics of each task in tables of test results."""
GROUPS = {key: names(shown_in(task.metrics, Place.GROUPS)) for key, task in TASKS.items()}
"""Metrics of each task in tables of the groups' own test results."""
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


def estimates(
    tested: Sequence[System],
    speaker_metrics: SpeakerMetrics,
    metrics: Sequence[str] | None = None,
    bases: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Estimate]]:
    """Return estimates of systems of one or several sweeps, by system and metric.

    Args:
        tested: tested systems, each with its own name.
        speaker_metrics: metrics of the task on these test data.
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
    without = {system.name: _without_each(system, speaker_metrics) for system in tested}
    wanted = SHOWN[speaker_metrics.task_name] if metrics is None else metrics
    estimated = {
        name: {
            metric: _estimate(metric, each, without.get(bases.get(name, ""))) for metric in wanted
        }
        for name, each in without.items()
    }
    return adjusted(estimated, wanted)


def _without_each(system: System, speaker_metrics: SpeakerMetrics) -> WithoutEach:
    table, seeds = system.predictions, system.seeds
    speakers = speaker_metrics.speakers(table)
    if speakers is None:
        return WithoutEach(system, None, {}, {})
    metrics = speaker_metrics.without_each(table, seeds, speakers)
    return WithoutEach(system, speakers, metrics, speaker_metrics.chance_levels(table, seeds))


def _estimate(metric: str, left: WithoutEach, base: WithoutEach | None) -> Estimate:
    """Return a system's estimate; `base` is its baseline."""
    system, defined = left.system, metric in left.system.metrics
    values = system.values(metric)
    alone = Estimate(
        *mean_sd(values),
        interval=_interval(left, metric, values),
        chance=left.chance.get(metric, float("nan")) if defined else float("nan"),
    )
    common = [seed for seed in system.seeds if base and seed in base.system.seeds]
    if base is None or not common:
        return alone
    difference, of_pairs = _paired(metric, left, base, common)
    return replace(alone, difference=difference, difference_interval=of_pairs)


def _paired(
    metric: str, left: WithoutEach, base: WithoutEach, common: Sequence[int]
) -> tuple[float, Interval]:
    """Return the mean difference from the baseline over common seeds, and its interval."""
    rows = [left.system.seeds.index(seed) for seed in common]
    base_rows = [base.system.seeds.index(seed) for seed in common]
    pairs = left.system.values(metric)[rows] - base.system.values(metric)[base_rows]
    mean, reason = mean_sd(pairs)[0], left.reason(metric) or base.reason(metric)
    if reason or left.speakers is None:
        return mean, no_interval(reason)
    without = left.metrics[metric][:, rows] - base.metrics[metric][:, base_rows]
    of_pairs = interval(pairs, without, left.speakers.group)
    return mean, replace(of_pairs, parts=()) if len(common) < FEWEST_SEEDS else of_pairs


def _interval(left: WithoutEach, metric: str, values: Floats) -> Interval:
    reason = left.reason(metric)
    if reason or left.speakers is None:
        return no_interval(reason)
    return interval(values, left.metrics[metric], left.speakers.group, metric_of(metric).range)
