"""Layout of a front's picture, whatever draws it.

The axes are the first two objectives; with a single objective they are trial number and objective.
A metric that is best at zero is shown by its size, so that less is better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fairser_core import pareto
from fairser_core.metrics.directions import DIRECTIONS, cost
from search.front.floors import Floor
from search.front.front import Front, Point
from search.front.names import plural
from search.presentation.wording import better, hypervolume_text

# Okabe and Ito 2008: told apart by the colour-blind.
FRONT_COLOUR = "#0072B2"
BASELINE_COLOUR = "#D55E00"
FLOOR_COLOUR = "#009E73"
TRIAL_COLOUR = "#8C8C8C"
CHECK_COLOUR = "#CC79A7"


@dataclass(frozen=True)
class Axis:
    """One axis of the plane.

    Attributes:
        metric: name of the metric; None for the trial's number.
    """

    metric: str | None

    @property
    def title(self) -> str:
        """Name and better direction; the arrow also holds on an axis that is read upwards."""
        if self.metric is None:
            return "trial"
        if DIRECTIONS[self.metric] == "maximize":
            return f"{self.metric} ({better(self.metric)} →)"
        name = self.metric if DIRECTIONS[self.metric] == "minimize" else f"|{self.metric}|"
        return f"{name} (← {better(self.metric)})"

    def coordinate(self, metrics: Mapping[str, float], trial: int) -> float | None:
        """Return the coordinate of a candidate; None if the metric is undefined.

        Args:
            metrics: metrics of the candidate.
            trial: number of its trial.
        """
        if self.metric is None:
            return float(trial)
        if self.metric not in metrics:
            return None
        value = metrics[self.metric]
        return abs(value) if DIRECTIONS[self.metric] == "zero" else value

    def spread(self, metrics: Mapping[str, float]) -> float:
        """Return the standard deviation over seeds, 0 where there is none."""
        return metrics.get(f"{self.metric}_sd", 0.0)


@dataclass(frozen=True)
class Dot:
    """A candidate in the plane.

    Attributes:
        x: coordinate.
        y: coordinate.
        point: the candidate.
        check: coordinates by fresh seeds; None without any, or if a metric is undefined there.
    """

    x: float
    y: float
    point: Point
    check: tuple[float, float] | None = None


@dataclass(frozen=True)
class Plane:
    """A front's picture before it is drawn.

    Attributes:
        x: horizontal axis.
        y: vertical axis.
        dots: candidates that have both values.
        baseline: coordinates of the baseline; None without one, or with trials on an axis.
        floors: floors of objectives, each with the axis that it cuts.
        staircase: corners of the line that bounds what the members attain, from left to right.
        subtitle: number of configurations and members, and hypervolume, in words.
    """

    x: Axis
    y: Axis
    dots: tuple[Dot, ...]
    baseline: tuple[float, float] | None
    floors: tuple[tuple[Literal["x", "y"], Floor], ...]
    staircase: tuple[tuple[float, float], ...]
    subtitle: str

    @property
    def members(self) -> tuple[Dot, ...]:
        """Candidates on the front."""
        return tuple(dot for dot in self.dots if dot.point.on_front)

    def others(self, feasible: bool) -> tuple[Dot, ...]:
        """Return the candidates off the front that are feasible, or those that are not."""
        return tuple(d for d in self.dots if not d.point.on_front and d.point.feasible == feasible)


def _coordinates(
    x: Axis, y: Axis, metrics: Mapping[str, float], trial: int = 0
) -> tuple[float, float] | None:
    """Return the coordinates of a candidate; None if a metric is undefined."""
    at_x, at_y = x.coordinate(metrics, trial), y.coordinate(metrics, trial)
    return None if at_x is None or at_y is None else (at_x, at_y)


def _staircase(members: Sequence[Dot], x: Axis, y: Axis) -> tuple[tuple[float, float], ...]:
    """Return the corners between the members that no other beats in these two objectives."""
    if x.metric is None or y.metric is None or not members:
        return ()
    costs = np.array([[cost(x.metric, dot.x), cost(y.metric, dot.y)] for dot in members])
    kept = np.flatnonzero(pareto.front(costs))
    kept = kept[np.argsort(costs[kept, 0], kind="stable")]
    steps = [(members[kept[0]].x, members[kept[0]].y)]
    for index in kept[1:]:
        # The value of y that a member attains also holds where x is worse, up to the next member.
        steps += [(members[index].x, steps[-1][1]), (members[index].x, members[index].y)]
    return tuple(steps if steps[0][0] <= steps[-1][0] else reversed(steps))


def _floors(front: Front, x: Axis, y: Axis) -> tuple[tuple[Literal["x", "y"], Floor], ...]:
    axes: dict[str | None, Literal["x", "y"]] = {x.metric: "x", y.metric: "y"}
    return tuple((axes[floor.metric], floor) for floor in front.floors if floor.metric in axes)


def plane(front: Front) -> Plane:
    """Return the layout of a front."""
    first, *rest = front.objectives
    x, y = (Axis(first), Axis(rest[0])) if rest else (Axis(None), Axis(first))
    dots = []
    for point in front.points:
        at = _coordinates(x, y, point.metrics, point.trial)
        if at:
            check = _coordinates(x, y, point.check, point.trial) if point.check else None
            dots.append(Dot(*at, point, check))
    baseline = _coordinates(x, y, front.baseline) if x.metric else None
    members = [dot for dot in dots if dot.point.on_front]
    subtitle = (
        f"{plural(len({point.trial for point in front.points}), 'configuration')}, "
        f"{plural(len(front.members), 'candidate')} on the front; "
        f"{hypervolume_text(front)}"
    )
    return Plane(
        x, y, tuple(dots), baseline, _floors(front, x, y), _staircase(members, x, y), subtitle
    )
