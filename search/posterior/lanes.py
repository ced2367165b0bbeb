"""Data of a posterior: lanes that a search trained, and the goal that they are judged by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairser_core.metrics.directions import cost

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

COLLAPSED = 0.5  # share of the baseline's value under which a lane is collapsed


@dataclass(frozen=True)
class Goal:
    """Metrics that candidates are judged by, all as costs: lower is better.

    Attributes:
        metrics: names: the objectives, then the metrics that only have a floor.
        objectives: number of objectives.
        limits: worst cost that counts: the floor, or the reference point (metric,).
        floored: whether a metric has a floor (metric,).
        baseline: costs of the baseline's lanes (seed, epoch, metric); no seed without a baseline.
        standing: least chance that a seed of a member stands; 0 for any.
        repeatable: whether a configuration can be trained with a second seed.
    """

    metrics: tuple[str, ...]
    objectives: int
    limits: Floats
    floored: Booleans
    baseline: Floats
    standing: float = 0.0
    repeatable: bool = True

    @property
    def reference(self) -> Floats:
        """Reference point of the hypervolume (objective,)."""
        return self.limits[: self.objectives]

    def baseline_mean(self, epochs: int) -> Floats:
        """Return the baseline's mean costs (epoch, metric); its last epoch stands for later ones.

        Args:
            epochs: number of epochs.
        """
        rows = np.minimum(np.arange(epochs), self.baseline.shape[1] - 1)
        return np.asarray(self.baseline.mean(axis=0)[rows])

    def stands(self, costs: Floats) -> Booleans:
        """Return whether lanes stand.

        A lane is collapsed at an epoch if it diverged, or if a floor's metric is below half of the
        baseline's mean at this epoch.

        Args:
            costs: costs (lane, epoch, metric); NaN where a lane diverged.

        Returns:
            Shape (lane, epoch).
        """
        defined = np.isfinite(costs).all(axis=2)
        if not len(self.baseline):
            return np.asarray(defined)
        base = self.baseline_mean(costs.shape[1])[:, self.floored]
        worst = np.where(base < 0, COLLAPSED * base, np.inf)
        return np.asarray(defined & ~(costs[..., self.floored] > worst).any(axis=2))


def make_goal(
    objectives: Sequence[str],
    reference: Mapping[str, float],
    floors: Mapping[str, float],
    baseline: Mapping[str, Floats] | None = None,
    standing: float = 0.0,
    repeatable: bool = True,
) -> Goal:
    """Return the goal of a sweep.

    Args:
        objectives: metric names, accuracy first.
        reference: reference point of the hypervolume, for objectives without a floor.
        floors: least value of each floor's metric.
        baseline: values of the baseline's lanes (seed, epoch), by metric; None without a baseline.
        standing: least chance that a seed of a member stands.
        repeatable: whether a configuration can be trained with a second seed.
    """
    metrics = (*objectives, *(name for name in floors if name not in objectives))
    limits = [cost(name, floors[name] if name in floors else reference[name]) for name in metrics]
    columns = [cost(name, 1.0) * baseline[name] for name in metrics] if baseline else []
    return Goal(
        metrics=metrics,
        objectives=len(objectives),
        limits=np.array(limits),
        floored=np.array([name in floors for name in metrics]),
        baseline=np.stack(columns, axis=2) if columns else np.empty((0, 1, len(metrics))),
        standing=standing,
        repeatable=repeatable,
    )


@dataclass(frozen=True)
class Lanes:
    """Lanes in the order of the log.

    For a plan, lanes that run can be among them, with a length of 0. What they will show is taken
    to be what is expected, so that no second lane is spent on the same question.

    Attributes:
        places: configurations in the unit cube (configuration, dimension).
        owners: configuration of each lane (lane,).
        seeds: seed of each lane (lane,).
        costs: cost after each epoch (lane, epoch, metric); NaN where a lane diverged.
        lengths: number of epochs that each lane trained; 0 where it runs (lane,).
    """

    places: Floats
    owners: Integers
    seeds: Integers
    costs: Floats
    lengths: Integers

    def __len__(self) -> int:
        return len(self.owners)

    @property
    def seen(self) -> Booleans:
        """Whether a lane trained an epoch (lane, epoch)."""
        return np.asarray(np.arange(self.costs.shape[1]) < self.lengths[:, None])

    @property
    def at(self) -> Floats:
        """Place of each lane (lane, dimension)."""
        return np.asarray(self.places[self.owners])

    def head(self, count: int) -> "Lanes":
        """Return the first lanes, with the same configurations."""
        return self.take(np.arange(count))

    def take(self, rows: Integers) -> "Lanes":
        """Return lanes by number, with the same configurations."""
        return Lanes(
            self.places,
            self.owners[rows],
            self.seeds[rows],
            self.costs[rows],
            self.lengths[rows],
        )
