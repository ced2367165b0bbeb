"""Floors: least values that a model must reach to count, since a useless model may be fair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bounds = tuple[tuple[str, float], ...]
"""Metric and least value of each floor; empty without floors."""


@dataclass(frozen=True)
class Floor:
    """Least value of a metric that a model must reach to count: a constant predictor has no gap.

    Attributes:
        metric: name of the metric; higher is better.
        of_baseline: share of the baseline's value that must be reached.
        baseline: value of the baseline, mean over its lanes.
        curve: the same after each epoch of the baseline's training.
        spreads: spreads over the baseline's lanes after each epoch (`<metric>_sd`), which show how
            far a seed moves a metric.
    """

    metric: str
    of_baseline: float
    baseline: float
    curve: tuple[float, ...] = ()
    spreads: tuple[Mapping[str, float], ...] = ()

    @property
    def value(self) -> float:
        """Least value allowed."""
        return self.of_baseline * self.baseline

    @property
    def void(self) -> bool:
        """Whether it excludes nothing: a constant model has 0 of what floors are of."""
        return self.value <= 0

    def at(self, epoch: int) -> float:
        """Return the least value allowed after so many epochs of training."""
        curve = self.curve or (self.baseline,)
        return self.of_baseline * curve[min(epoch, len(curve)) - 1]

    def spread(self, epoch: int) -> Mapping[str, float]:
        """Return the spreads over the baseline's lanes at an epoch; empty if they are not known."""
        return self.spreads[min(epoch, len(self.spreads)) - 1] if self.spreads else {}

    def violation(self, metrics: Mapping[str, float]) -> float:
        """Return the distance from `metrics` up to the floor; 0 or less if they reach it."""
        return self.value - metrics[self.metric]


def bounds(floors: Sequence[Floor]) -> Bounds:
    """Return the metric and the least value of each floor."""
    return tuple((floor.metric, floor.value) for floor in floors)


def missed(floors: Sequence[Floor], metrics: Mapping[str, float]) -> tuple[str, ...]:
    """Return the metrics of the floors that `metrics` miss."""
    return tuple(floor.metric for floor in floors if floor.violation(metrics) > 0)


def shortfall(violations: Floats, floors: Bounds) -> Floats:
    """Return the distance from reaching all floors, as one number to rank by.

    The distance is the sum over the floors, each as a share of its floor. Otherwise a small floor
    would hardly count beside a large one.

    Args:
        violations: distance to each floor, 0 or less where it is reached (..., floor).
        floors: metric and least value of each floor.

    Returns:
        Shape (...); 0 if all floors are reached, else more.
    """
    scale = np.array([abs(least) or 1.0 for _, least in floors])
    return np.asarray((np.maximum(violations, 0.0) / scale).sum(axis=-1))
