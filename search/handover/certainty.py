"""Certainty of a bundle's metrics: intervals over speakers, and gaps by chance."""

from dataclasses import dataclass

import numpy as np

from fairser_core.metrics.intervals import interval
from fairser_core.metrics.tables import metric_of
from search.tasks.measurement import Measurement


@dataclass(frozen=True)
class Certain:
    """A metric of a bundle.

    Attributes:
        value: value on the validation utterances; NaN where it is undefined.
        low: lower end of the 95 % interval over speakers; None without one.
        high: upper end of the same.
        chance: level of an absolute gap by chance; None for another metric.
    """

    value: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None

    def to_json(self) -> dict[str, float | None]:
        """Return what `bundle.json` holds: None where a number is undefined."""
        held = {"value": self.value, "low": self.low, "high": self.high}
        if self.chance is not None:
            held["chance"] = self.chance
        return {key: None if v is None or np.isnan(v) else v for key, v in held.items()}


Measures = dict[str, Certain]
"""Metrics by name."""


def certain(measurement: Measurement) -> Measures:
    """Return a model's metrics with their intervals over speakers, or of gaps their chance level.

    A bundle is one seed, so the intervals have no part of seeds.

    Args:
        measurement: of the model's bundle.
    """
    speakers, measures = measurement.speakers, {}
    left = measurement.measure(speakers.without_each())
    for name, value in measurement.measure(None).items():
        if name in measurement.chance:
            measures[name] = Certain(float(value), chance=measurement.chance[name])
            continue
        within = metric_of(name).range
        of = interval(np.array([float(value)]), left[name][:, None], speakers.group, within)
        whole = not np.isnan(of.low)
        ends = (of.low, of.high) if whole else (None, None)
        measures[name] = Certain(float(value), *ends)
    return measures
