"""The Pareto front of a sweep: which trials nothing else beats, and what they were held to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fairser_core import pareto
from fairser_core.metrics import cost
from search.log import TrialRecord, TrialState, Value


@dataclass(frozen=True)
class Floor:
    """The accuracy a model must reach to count: a constant predictor has no gap.

    Attributes:
        metric: which accuracy.
        of_baseline: share of the baseline's value that is asked for.
        baseline: the baseline's value, mean over its lanes.
    """

    metric: str
    of_baseline: float
    baseline: float

    @property
    def value(self) -> float:
        """The least value allowed."""
        return self.of_baseline * self.baseline

    def violation(self, metrics: Mapping[str, float]) -> float:
        """By how much `metrics` miss the floor; 0 or less when they reach it."""
        return self.value - metrics[self.metric]


@dataclass(frozen=True)
class Point:
    """One trial in the plane of objectives.

    Attributes:
        trial: its number.
        state: as in the log.
        values: value of each searched key.
        metrics: every metric at its newest epoch, mean over lanes, and spreads (`<metric>_sd`).
        lanes: each metric per lane; None in a lane that diverged.
        epochs: epochs trained.
        feasible: reaches the floor with no lane diverged.
        on_front: feasible, finished, and beaten by no other such trial.
    """

    trial: int
    state: TrialState
    values: dict[str, Value]
    metrics: dict[str, float]
    lanes: dict[str, list[float | None]]
    epochs: int
    feasible: bool
    on_front: bool


@dataclass(frozen=True)
class Front:
    """All trials of a sweep that have numbers, and which of them are the front.

    Attributes:
        objectives: metric names; accuracy first.
        floor: what members were held to; None without a baseline (the baseline's own space).
        baseline: the baseline's metrics and spreads; empty without one.
        reference: the hypervolume's reference point, per objective.
        hypervolume: of the members, in the objectives' own units.
        points: trials in order of number.
    """

    objectives: tuple[str, ...]
    floor: Floor | None
    baseline: dict[str, float]
    reference: dict[str, float]
    hypervolume: float
    points: tuple[Point, ...]

    @property
    def members(self) -> tuple[Point, ...]:
        """The front, the most accurate first."""
        found = [point for point in self.points if point.on_front]
        first = self.objectives[0]
        return tuple(sorted(found, key=lambda point: cost(first, point.metrics[first])))


def diverged_lanes(lanes: Mapping[str, Sequence[float | None]]) -> int:
    """How many lanes have no value."""
    return max((sum(value is None for value in values) for values in lanes.values()), default=0)


def feasible(trial: TrialRecord, floor: Floor | None) -> bool:
    """Whether the trial's newest epoch reaches the floor with every lane alive."""
    if trial.last is None or diverged_lanes(trial.last.lanes):
        return False
    return floor is None or floor.violation(trial.last.metrics) <= 0


def build(
    trials: Iterable[TrialRecord],
    objectives: Sequence[str],
    reference: Mapping[str, float],
    floor: Floor | None = None,
    baseline: Mapping[str, float] | None = None,
) -> Front:
    """The front of the complete trials.

    Args:
        trials: as the log tells them.
        objectives: metric names.
        reference: reference point of the hypervolume; the floor's metric is taken from the floor.
        floor: accuracy asked for.
        baseline: the baseline's metrics, to show beside the front.
    """
    shown = [t for t in sorted(trials, key=lambda t: t.number) if t.last and t.state != "failed"]
    able = {trial.number for trial in shown if feasible(trial, floor)}
    candidates = [t for t in shown if t.state == "complete" and t.number in able]
    costs = np.array(
        [[cost(n, t.last.metrics[n]) for n in objectives] for t in candidates if t.last]
    )
    members = (
        {t.number for t, on in zip(candidates, pareto.front(costs), strict=True) if on}
        if candidates
        else set()
    )
    corner = {**reference, **({floor.metric: floor.value} if floor else {})}
    volume = (
        pareto.hypervolume(costs, np.array([cost(n, corner[n]) for n in objectives]))
        if candidates
        else 0.0
    )
    points = tuple(
        Point(
            trial=trial.number,
            state=trial.state,
            values=trial.values,
            metrics=trial.last.metrics,
            lanes=trial.last.lanes,
            epochs=trial.last.epoch,
            feasible=trial.number in able,
            on_front=trial.number in members,
        )
        for trial in shown
        if trial.last
    )
    return Front(tuple(objectives), floor, dict(baseline or {}), corner, volume, points)
