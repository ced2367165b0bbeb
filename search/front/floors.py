"""Floors: what a model must reach to count. One that is useless may well be fair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bounds = tuple[tuple[str, float], ...]
"""Metric and least value of each floor; empty without floors."""


@dataclass(frozen=True)
class Floor:
    """A metric that a model must reach to count: a constant predictor has no gap.

    Attributes:
        metric: which; higher is better.
        of_baseline: share of the baseline's value that is asked for.
        baseline: the baseline's value, mean over its lanes.
        curve: the same after each epoch of the baseline's training.
        spreads: `<metric>_sd` of the baseline's lanes after each epoch: how far a seed moves a
            metric.
    """

    metric: str
    of_baseline: float
    baseline: float
    curve: tuple[float, ...] = ()
    spreads: tuple[Mapping[str, float], ...] = ()

    @property
    def value(self) -> float:
        """The least value allowed."""
        return self.of_baseline * self.baseline

    def at(self, epoch: int) -> float:
        """The least value allowed of a training that is no further than this."""
        curve = self.curve or (self.baseline,)
        return self.of_baseline * curve[min(epoch, len(curve)) - 1]

    def spread(self, epoch: int) -> Mapping[str, float]:
        """Spread over the baseline's lanes at an epoch; empty where it is not known."""
        return self.spreads[min(epoch, len(self.spreads)) - 1] if self.spreads else {}

    def violation(self, metrics: Mapping[str, float]) -> float:
        """By how much `metrics` miss the floor; 0 or less when they reach it."""
        return self.value - metrics[self.metric]


def bounds(floors: Sequence[Floor]) -> Bounds:
    """What a front member must reach."""
    return tuple((floor.metric, floor.value) for floor in floors)


def missed(floors: Sequence[Floor], metrics: Mapping[str, float]) -> tuple[str, ...]:
    """The metrics of the floors that `metrics` miss."""
    return tuple(floor.metric for floor in floors if floor.violation(metrics) > 0)


def shortfall(violations: Floats, floors: Bounds) -> Floats:
    """How far from reaching all floors, as one number to rank by; 0 of what reaches them.

    The sum of what the floors are missed by, each as a share of its floor: a floor that is small
    would else hardly count beside one that is not.

    Args:
        violations: by how much each floor is missed, 0 or less if it is not (..., floor).
        floors: to take shares of.

    Returns:
        Shape (...); 0 or more.
    """
    scale = np.array([abs(least) or 1.0 for _, least in floors])
    return np.asarray((np.maximum(violations, 0.0) / scale).sum(axis=-1))
