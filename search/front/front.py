"""The Pareto front of a sweep: which checkpoints nothing else beats, and how sure that is."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fairser_core import pareto
from fairser_core.metrics.directions import cost
from search.front import uncertainty as noise
from search.front.candidates import candidates
from search.front.configurations import Configuration, counted, no_value
from search.front.floors import Floor, bounds, missed
from search.space.values import Value
from search.store.trials import TrialState


@dataclass(frozen=True)
class Point:
    """A checkpoint in the plane of objectives: a configuration at an epoch.

    Attributes:
        trial: the configuration's name, the number of its first trial.
        epoch: trained so far.
        trials: numbers of all trials whose lanes count.
        state: of the first trial, as in the log.
        values: value of each searched key.
        seeds: of the lanes that count.
        metrics: every metric, mean over lanes, and spreads (`<metric>_sd`).
        lanes: each metric per lane; None in a lane that diverged.
        diverged: lanes that have no value in an objective or a floor's metric.
        feasible: reaches all floors with no lane diverged.
        on_front: feasible, trained to its end, and beaten by no other such point.
        missed: metrics of the floors that it does not reach; none if a lane diverged.
        errors: standard errors of the means of objectives and the floors' metrics; a single
            lane's is what other configurations' lanes suggest. Empty off the front.
        intervals: 95 % interval of each objective's mean over seeds.
        probability: that the configuration is on the front that endless seeds would show; None
            where it was not asked.
        pessimistic: still on the front when every point is a standard error worse than it seems.
        check: metrics of the same checkpoint with fresh seeds; empty where none were trained.
        check_failed: fresh seeds that have no value in an objective or a floor's metric.
    """

    trial: int
    epoch: int
    trials: tuple[int, ...]
    state: TrialState
    values: dict[str, Value]
    seeds: list[int]
    metrics: dict[str, float]
    lanes: dict[str, list[float | None]]
    diverged: int
    feasible: bool
    on_front: bool
    missed: tuple[str, ...] = ()
    errors: dict[str, float] = field(default_factory=dict)
    intervals: dict[str, tuple[float, float]] = field(default_factory=dict)
    probability: float | None = None
    pessimistic: bool = False
    check: dict[str, float] = field(default_factory=dict)
    check_failed: int = 0


@dataclass(frozen=True)
class Front:
    """The checkpoints of a sweep that have numbers, and which of them are the front.

    Attributes:
        objectives: metric names; accuracy first.
        floors: what members were held to; none without a baseline (the baseline's own space).
        baseline: the baseline's metrics and spreads; empty without one.
        reference: the hypervolume's reference point, per objective.
        hypervolume: of the members, in the objectives' own units.
        points: of each configuration those on the front, or else its newest, in order.
    """

    objectives: tuple[str, ...]
    floors: tuple[Floor, ...]
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

    def volume(self, rows: Iterable[Mapping[str, float]]) -> float:
        """Hypervolume of metrics that reach all floors, from the front's own reference point."""
        able = [row for row in rows if not missed(self.floors, row)]
        if not able:
            return 0.0
        costs = np.array([[cost(name, row[name]) for name in self.objectives] for row in able])
        return pareto.hypervolume(costs, self.corner)

    @property
    def corner(self) -> NDArray[np.float64]:
        """The reference point as costs (objective,)."""
        return np.array([cost(name, self.reference[name]) for name in self.objectives])

    @property
    def pessimistic_hypervolume(self) -> float:
        """Hypervolume of the pessimistic front, every point a standard error worse."""
        names = counted(self.objectives, bounds(self.floors))
        return self.volume(_worse(point, names) for point in self.points if point.pessimistic)

    @property
    def checked(self) -> tuple[float, float] | None:
        """Hypervolume that the members with fresh seeds claimed, and what the fresh seeds gave.

        A member one of whose fresh seeds diverged gives nothing, as it would not in the search.
        """
        members = [point for point in self.members if point.check or point.check_failed]
        if not members:
            return None
        held = [point.check for point in members if not point.check_failed]
        return self.volume(point.metrics for point in members), self.volume(held)


def _worse(point: Point, names: Sequence[str]) -> dict[str, float]:
    """Metrics of a point, each a standard error worse."""
    return {name: point.metrics[name] + cost(name, 1.0) * point.errors[name] for name in names}


def point_at(
    configuration: Configuration, epoch: int, floors: Sequence[Floor], objectives: Sequence[str]
) -> Point:
    """A checkpoint with what is known of it alone."""
    metrics, lanes = configuration.metrics_at(epoch), configuration.lanes_at(epoch)
    found = {name: noise.interval(lanes[name]) for name in objectives if name in lanes}
    names = counted(objectives, bounds(floors))
    diverged = no_value(lanes, names)
    below = () if diverged else missed(floors, metrics)
    return Point(
        trial=configuration.number,
        epoch=epoch,
        trials=tuple(trial.number for trial in configuration.counted),
        state=configuration.state,
        values=configuration.values,
        seeds=configuration.seeds,
        metrics=metrics,
        lanes=lanes,
        diverged=diverged,
        feasible=not diverged and not below,
        on_front=False,
        missed=below,
        intervals={name: interval for name, interval in found.items() if interval},
        check=configuration.check_at(epoch),
        check_failed=configuration.check_failed_at(epoch, names),
    )


def build(
    trained: Sequence[Configuration],
    objectives: Sequence[str],
    reference: Mapping[str, float],
    floors: Sequence[Floor] = (),
    baseline: Mapping[str, float] | None = None,
) -> Front:
    """The front of the configurations that are trained to their end.

    Args:
        trained: all of the sweep, also those that still run, which have no point.
        objectives: metric names.
        reference: reference point of the hypervolume, for objectives without a floor.
        floors: what is asked for.
        baseline: the baseline's metrics, to show beside the front.
    """
    trained = [c for c in trained if c.epochs and c.state in ("complete", "stopped")]
    found = candidates(trained, objectives, bounds(floors))
    probabilities, pessimistic = found.probabilities(), found.pessimistic()
    names = counted(objectives, bounds(floors))
    errors = np.column_stack([found.errors(), found.slack()])
    points: list[Point] = []
    for row, configuration in enumerate(trained):
        own = np.flatnonzero((found.owners == row) & (found.on_front | pessimistic))
        points += [
            dataclasses.replace(
                point_at(configuration, int(found.epochs[index]), floors, objectives),
                on_front=bool(found.on_front[index]),
                pessimistic=bool(pessimistic[index]),
                probability=probabilities.get(row),
                errors=dict(zip(names, errors[index].tolist(), strict=True)),
            )
            for index in own
        ] or [point_at(configuration, configuration.epochs, floors, objectives)]
    least = {floor.metric: floor.value for floor in floors if floor.metric in objectives}
    front = Front(
        objectives=tuple(objectives),
        floors=tuple(floors),
        baseline=dict(baseline or {}),
        reference={**reference, **least},
        hypervolume=0.0,
        points=tuple(points),
    )
    volume = front.volume(point.metrics for point in front.members)
    return dataclasses.replace(front, hypervolume=volume)
