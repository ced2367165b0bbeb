"""Estimate of a system's metric on test data, and the differences of a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fairser_core.metrics.intervals import Interval
from fairser_core.metrics.multiple_comparisons import holm

SIGNIFICANT = 0.05


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
    different = {
        system: [
            metric
            for metric, of in row.items()
            if of.difference_p is not None and of.difference_p < SIGNIFICANT
        ]
        for system, row in estimated.items()
    }
    return {system: metrics for system, metrics in different.items() if metrics}


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
