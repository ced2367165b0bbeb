"""Pareto front of a sweep: candidates that no other beats in the mean over seeds."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fairser_core import pareto
from fairser_core.metrics.directions import cost
from search.front.candidates import candidates_of
from search.front.configurations import Configuration
from search.front.floors import Bounds, Floor, bounds, missed
from search.front.point import Point, point_at
from search.front.speakers import Records, speaker_figures
from search.posterior.claims import Claim, claims
from search.posterior.lanes import Integers
from search.posterior.posterior import Posterior


@dataclass(frozen=True)
class Front:
    """Candidates of a sweep that have metrics, and which of them are the front.

    Members are chosen by what is expected of them with fresh seeds (`Point.expected`): neither
    another candidate nor the baseline is expected to beat them, unless it beats all (`beaten`).

    Attributes:
        objectives: metric names; accuracy first.
        floors: floors that members reach; none without a baseline, as in the baseline's own space.
        baseline: metrics and spreads of the baseline; empty without one.
        reference: reference point of the hypervolume, per objective.
        hypervolume: hypervolume that is expected of the members with fresh seeds, in the
            objectives' own units.
        points: points of each configuration that are on the front, else its newest, in order.
        baseline_points: the baseline's own front, which is over its epochs, held to the same
            floors; empty without a baseline.
        beaten: whether the baseline is expected to beat every member.
    """

    objectives: tuple[str, ...]
    floors: tuple[Floor, ...]
    baseline: dict[str, float]
    reference: dict[str, float]
    hypervolume: float
    points: tuple[Point, ...]
    baseline_points: tuple[Point, ...] = ()
    beaten: bool = False

    @property
    def members(self) -> tuple[Point, ...]:
        """Points on the front, the most accurate first."""
        members = [point for point in self.points if point.on_front]
        first = self.objectives[0]
        return tuple(sorted(members, key=lambda point: cost(first, point.expected[first])))

    @property
    def claimed(self) -> bool:
        """Whether the members were chosen by a posterior."""
        return any(point.claim for point in self.points)

    @property
    def lanes(self) -> int:
        """Number of lanes that the points were trained with, each configuration's once."""
        return sum({point.trial: len(point.seeds) for point in self.points}.values())

    @property
    def of_baseline(self) -> "Front":
        """The baseline's own front, from which the same rules choose."""
        return dataclasses.replace(self, points=self.baseline_points, baseline_points=())

    def with_speakers(self, records: Records) -> "Front":
        """Return the front with figures over validation speakers of the recorded candidates."""

        def figured(point: Point) -> Point:
            record = records.get(f"{point.trial}@{point.epoch}")
            figures = speaker_figures(record, point.lanes) if record else None
            return dataclasses.replace(point, speakers=figures)

        return dataclasses.replace(self, points=tuple(map(figured, self.points)))

    def volume(self, rows: Iterable[Mapping[str, float]]) -> float:
        """Return the hypervolume of those metrics that reach all floors.

        Args:
            rows: metrics of points.
        """
        feasible = [row for row in rows if not missed(self.floors, row)]
        if not feasible:
            return 0.0
        costs = np.array([[cost(name, row[name]) for name in self.objectives] for row in feasible])
        return pareto.hypervolume(costs, self.reference_costs)

    @property
    def reference_costs(self) -> NDArray[np.float64]:
        """Reference point as costs (objective,)."""
        return np.array([cost(name, self.reference[name]) for name in self.objectives])

    @property
    def checked(self) -> tuple[float, float] | None:
        """Hypervolume that members claimed, and that of the same members with fresh seeds.

        Only members with fresh seeds count; None without any. A member adds nothing if one of its
        fresh seeds diverged, as in the search.
        """
        members = [point for point in self.members if point.check or point.check_failed]
        if not members:
            return None
        fresh = [point.check for point in members if not point.check_failed]
        return self.volume(point.expected for point in members), self.volume(fresh)


def chosen(
    trained: Sequence[Configuration],
    objectives: Sequence[str],
    floors: Bounds,
    posterior: Posterior | None,
) -> tuple[Integers, Integers]:
    """Return the row and the epoch of each member of the front, in order.

    Args:
        trained: configurations of the sweep.
        objectives: metric names.
        floors: floors that a member must reach.
        posterior: posterior of the configurations, in the same rows; if None, the means over the
            trained lanes choose.
    """
    if posterior is not None:
        owners, indices = posterior.front
        return owners, indices + 1
    candidates = candidates_of(trained, objectives, floors)
    return candidates.owners[candidates.on_front], candidates.epochs[candidates.on_front]


def build(
    trained: Sequence[Configuration],
    objectives: Sequence[str],
    reference: Mapping[str, float],
    floors: Sequence[Floor] = (),
    baseline: Mapping[str, float] | None = None,
    posterior: Posterior | None = None,
) -> Front:
    """Return the front of the configurations that are trained to their end.

    Args:
        trained: configurations of the sweep; those that still run or failed have no point.
        objectives: metric names.
        reference: reference point of the hypervolume, for objectives without a floor.
        floors: floors that members must reach.
        baseline: metrics of the baseline, to show beside the front.
        posterior: posterior of the configurations, which chooses the members; if None, the means
            over the trained lanes choose.
    """
    points = _points(trained, objectives, floors, posterior)
    least = {floor.metric: floor.value for floor in floors if floor.metric in objectives}
    front = Front(
        objectives=tuple(objectives),
        floors=tuple(floors),
        baseline=dict(baseline or {}),
        reference={**reference, **least},
        hypervolume=0.0,
        points=tuple(points),
        beaten=posterior is not None and posterior.beaten,
    )
    volume = front.volume(point.expected for point in front.members)
    return dataclasses.replace(front, hypervolume=volume)


def _points(
    trained: Sequence[Configuration],
    objectives: Sequence[str],
    floors: Sequence[Floor],
    posterior: Posterior | None,
) -> list[Point]:
    """Return the members of each ended configuration, or its last epoch if it has none."""
    owners, epochs = chosen(trained, objectives, bounds(floors), posterior)
    members: dict[int, list[int]] = {}
    for row, epoch in zip(owners.tolist(), epochs.tolist(), strict=True):
        members.setdefault(row, []).append(epoch)
    at = [
        (row, epoch)
        for row, configuration in enumerate(trained)
        if configuration.ended
        for epoch in members.get(row, [configuration.epochs])
    ]
    made = _claims(at, posterior)
    return [
        dataclasses.replace(
            _alone(trained[row], epoch, floors, objectives), on_front=row in members, claim=claim
        )
        for (row, epoch), claim in zip(at, made, strict=True)
    ]


def _alone(
    configuration: Configuration, epoch: int, floors: Sequence[Floor], objectives: Sequence[str]
) -> Point:
    """Return a candidate without what depends on others, made once while its lanes are the same."""
    key = "point", epoch, tuple(objectives), bounds(floors)
    if key not in configuration.candidates:
        configuration.candidates[key] = point_at(configuration, epoch, floors, objectives)
    point: Point = configuration.candidates[key]
    return point


def _claims(at: Sequence[tuple[int, int]], posterior: Posterior | None) -> Sequence[Claim | None]:
    """Return the claims of candidates; None without a posterior, or where it states nothing.

    Args:
        at: row and epoch of each candidate.
        posterior: posterior of the configurations.
    """
    if posterior is None:
        return [None] * len(at)
    rows, epochs = np.array(at, dtype=np.int64).reshape(-1, 2).T
    stated = posterior.stated[rows]
    made = iter(claims(posterior, rows[stated], epochs[stated] - 1))
    return [next(made) if there else None for there in stated.tolist()]
