"""Reasons why metrics of tested systems have no value, in words."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from fairser_core.metrics.tables import METRICS
from search.replication.estimate import Estimate
from search.replication.systems import System
from search.tasks.speaker_metrics import SpeakerMetrics

OTHERWISE = (
    "too few utterances of a group, a detector that never fires, or predictions that never vary or "
    "are not finite"
)


def undefined_text(
    estimated: Mapping[str, Mapping[str, Estimate]],
    systems: Sequence[System],
    speaker_metrics: SpeakerMetrics,
) -> str:
    """Return a sentence on metrics without a value, and why; empty if all have one.

    Args:
        estimated: estimates by system and metric.
        systems: tested systems, at least one.
        speaker_metrics: metrics of the task on the test data.
    """
    names = list(
        dict.fromkeys(
            name for row in estimated.values() for name, of in row.items() if math.isnan(of.mean)
        )
    )
    if not names:
        return ""
    titles = ", ".join(METRICS[name].title if name in METRICS else name for name in names)
    return f"No value of {titles}: {_reasons(systems, speaker_metrics)}."


def undefined_metrics(metrics: Mapping[str, Sequence[float | None]]) -> list[str]:
    """Return the names of metrics (seed,) that have no value of any seed."""
    return [name for name, values in metrics.items() if np.isnan(np.asarray(values, float)).all()]


def lacking(system: System, speaker_metrics: SpeakerMetrics) -> str:
    """Return why metrics of a system may be undefined."""
    return _reasons([system], speaker_metrics)


def _reasons(systems: Sequence[System], speaker_metrics: SpeakerMetrics) -> str:
    task, threshold = speaker_metrics.task, speaker_metrics.threshold
    predictions = systems[0].predictions
    lacks = task.lacks(predictions, threshold) if "truth" in predictions else []
    return "; ".join(lacks) or OTHERWISE
