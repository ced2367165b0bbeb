"""Record of a system's metrics without each speaker: what intervals and chance levels need."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics.intervals import (
    UNDEFINED,
    Interval,
    interval,
    no_interval,
    speaker_variances,
)
from fairser_core.metrics.metric import Metric

Floats = NDArray[np.float64]
Values = Mapping[str, Sequence[float]]
LACKING = "the record lacks the metric"


@dataclass(frozen=True)
class SpeakerRecord:
    """Metrics of a system on one set of speakers; NaN where a metric is undefined.

    Attributes:
        sizes: number of speakers of each group, by its name.
        group: number of each speaker's group, in the order of `sizes` (speaker,).
        seeds: seeds of the models that predicted.
        per_seed: metrics of each seed (seed,), by name.
        without: metrics without each speaker, mean over seeds (speaker,), by name.
        chance: mean absolute value of each difference between groups with the groups given by
            chance, by name.
        shared: variance of one seed that speakers and seeds have in common, by name of a metric or
            gap; see `intervals.shared_variance`. Records of earlier versions lack some or all.
    """

    sizes: dict[str, int]
    group: list[int]
    seeds: list[int]
    per_seed: dict[str, list[float]]
    without: dict[str, list[float]]
    chance: dict[str, float]
    shared: dict[str, float] = field(default_factory=dict)

    def interval(self, metric: str, values: Floats, within: tuple[float, float]) -> Interval:
        """Return the interval of a metric over speakers, and over seeds that may be more.

        Args:
            metric: name of the metric.
            values: metric of each seed (seed,), also of seeds without a model.
            within: least and greatest value of the metric.
        """
        if metric not in self.without:
            return no_interval(LACKING)
        if not np.isfinite(values).any():
            return no_interval(UNDEFINED)
        shift = np.nanmean(values) - np.mean(self.per_seed[metric])
        without = np.array(self.without[metric]) + shift
        columns = np.repeat(without[:, None], len(values), axis=1)
        shared = self.shared.get(metric, 0.0) / len(self.seeds)
        return interval(values, columns, np.array(self.group), within, shared)

    def variances(self, metric: Metric[Any]) -> Floats:
        """Return the variances of a metric over the speakers of each group, then over seeds.

        A gap is taken as the sum of its terms, each with the sign that it has here: as if it were
        so far from 0 that no sign changes.

        Args:
            metric: difference between groups, or a gap with its terms.

        Returns:
            Shape (group + 1,). NaN over seeds with a single seed; all NaN of a gap without terms.
        """
        signs = self.signs(metric)
        if not signs.keys() <= self.without.keys():
            return np.full(len(self.sizes) + 1, np.nan)
        values = sum(sign * np.array(self.per_seed[name]) for name, sign in signs.items())
        without = sum(sign * np.array(self.without[name]) for name, sign in signs.items())
        over_seeds = float(np.var(values, ddof=1)) if len(self.seeds) > 1 else float("nan")
        over_speakers = speaker_variances(np.asarray(without), np.array(self.group))
        return np.array([*over_speakers, over_seeds])

    def signs(self, metric: Metric[Any]) -> dict[str, float]:
        """Return the metrics that make up a metric, with sign and weight; a mean over emotions."""
        if not metric.terms:
            return {metric.name: 1.0}
        signs = {}
        for term in metric.terms:
            names = [name for name in self.without if name.startswith(f"{term}_")] or [term]
            for name in names:
                signs[name] = float(np.copysign(1 / len(names), np.mean(self.per_seed[name])))
        return signs

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON holds it, with None for NaN."""
        held: dict[str, Any] = asdict(self)
        for name in ("per_seed", "without"):
            held[name] = {key: [_or_none(v) for v in row] for key, row in held[name].items()}
        for name in ("chance", "shared"):
            held[name] = {key: _or_none(v) for key, v in held[name].items()}
        return held

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> "SpeakerRecord":
        """Read what `to_json` wrote; anything else raises a KeyError, TypeError or ValueError."""
        per_seed, without = (
            {key: [_or_nan(v) for v in row] for key, row in held[name].items()}
            for name in ("per_seed", "without")
        )
        chance, shared = (
            {key: _or_nan(value) for key, value in held.get(name, {}).items()}
            for name in ("chance", "shared")
        )
        sizes, group, seeds = dict(held["sizes"]), list(held["group"]), list(held["seeds"])
        return cls(sizes, group, seeds, per_seed, without, chance, shared)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)
