"""Layout of a front's picture, independent of the drawing library.

The axes are the first two objectives; with one objective, the trial number and that objective. A
metric that is best at zero is shown as its absolute value, so that lower is better.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fairser_core import pareto
from fairser_core.metrics.directions import DIRECTIONS, cost
from fairser_core.metrics.tables import metric_of
from search.front.floors import Floor
from search.front.front import Front
from search.front.names import baseline_name, plural
from search.front.point import Point
from search.presentation.wording import better, hypervolume_text, least_text, marked_names

# Okabe and Ito 2008: colours that the colour-blind distinguish.
FRONT_COLOUR = "#0072B2"
BASELINE_COLOUR = "#D55E00"
FLOOR_COLOUR = "#009E73"
TRIAL_COLOUR = "#8C8C8C"
CHECK_COLOUR = "#CC79A7"

# Labels in the legend.
TRIAL_LABELS = {True: "other trials", False: "below a floor or diverged"}
"""Label of the candidates off the front, by whether they are feasible."""
BASELINE_LABEL = "baseline"
BASELINE_FRONT_LABEL = "baseline, its own front over epochs"
CHECK_LABEL = "the same with fresh seeds"


def floor_label(floor: Floor) -> str:
    """Return the label of a floor's line."""
    return f"floor: {least_text(floor)}"


@dataclass(frozen=True)
class Axis:
    """Axis of the plane.

    Attributes:
        metric: metric of the axis; None for the trial number.
    """

    metric: str | None

    @property
    def title(self) -> str:
        """Name and better direction; the arrow also holds on an axis read upwards."""
        if self.metric is None:
            return "trial"
        if DIRECTIONS[self.metric] == "maximize":
            return f"{self.metric} ({better(self.metric)} →)"
        name = self.metric if DIRECTIONS[self.metric] == "minimize" else f"|{self.metric}|"
        return f"{name} (← {better(self.metric)})"

    @property
    def range(self) -> tuple[float, float]:
        """Least and greatest value on the axis."""
        if self.metric is None:
            return -math.inf, math.inf
        low, high = metric_of(self.metric).range
        return (0.0, max(abs(low), abs(high))) if DIRECTIONS[self.metric] == "zero" else (low, high)

    def position(self, metrics: Mapping[str, float], trial: int) -> float | None:
        """Return the position of metrics on the axis; None if the axis's metric is undefined."""
        if self.metric is None:
            return float(trial)
        if self.metric not in metrics:
            return None
        value = metrics[self.metric]
        return abs(value) if DIRECTIONS[self.metric] == "zero" else value

    def spread(self, metrics: Mapping[str, float]) -> float:
        """Return the standard deviation over seeds; 0 if it is unknown."""
        return metrics.get(f"{self.metric}_sd", 0.0)


@dataclass(frozen=True)
class Dot:
    """Candidate in the plane.

    Attributes:
        x: position on the x axis.
        y: position on the y axis.
        point: the candidate.
        name: its name, marked if fresh seeds refute it.
        check: position (x, y) by fresh seeds; None without fresh seeds or without their metrics.
    """

    x: float
    y: float
    point: Point
    name: str
    check: tuple[float, float] | None = None


@dataclass(frozen=True)
class Plane:
    """Picture of a front before it is drawn.

    Attributes:
        x: x axis.
        y: y axis.
        dots: candidates with both values.
        baseline: position of the baseline after its last epoch; None without a baseline or with a
            trial axis.
        baseline_dots: the baseline's own front; empty without a baseline or with a trial axis.
        baseline_staircase: vertices of the same, as of `staircase`.
        floors: floors of the axes' metrics that exclude anything, each with its axis.
        staircase: vertices of the boundary of the region that the members dominate, from left to
            right.
        subtitle: numbers of configurations and members, and the hypervolume.
    """

    x: Axis
    y: Axis
    dots: tuple[Dot, ...]
    baseline: tuple[float, float] | None
    baseline_dots: tuple[Dot, ...]
    baseline_staircase: tuple[tuple[float, float], ...]
    floors: tuple[tuple[Literal["x", "y"], Floor], ...]
    staircase: tuple[tuple[float, float], ...]
    subtitle: str

    @property
    def members(self) -> tuple[Dot, ...]:
        """Candidates on the front."""
        return tuple(dot for dot in self.dots if dot.point.on_front)

    def others(self, feasible: bool) -> tuple[Dot, ...]:
        """Return the feasible candidates off the front, or the infeasible ones."""
        return tuple(d for d in self.dots if not d.point.on_front and d.point.feasible == feasible)


def _position(
    x: Axis, y: Axis, metrics: Mapping[str, float], trial: int
) -> tuple[float, float] | None:
    at_x, at_y = x.position(metrics, trial), y.position(metrics, trial)
    return None if at_x is None or at_y is None else (at_x, at_y)


def _dots(points: Sequence[Point], names: Iterable[str], x: Axis, y: Axis) -> list[Dot]:
    """Return the candidates that have both values."""
    dots = []
    for point, name in zip(points, names, strict=True):
        if position := _position(x, y, point.expected, point.trial):
            check = _position(x, y, point.check, point.trial) if point.check else None
            dots.append(Dot(*position, point, name, check))
    return dots


def _staircase(members: Sequence[Dot], x: Axis, y: Axis) -> tuple[tuple[float, float], ...]:
    """Return the vertices between the members that are not dominated in this plane."""
    if x.metric is None or y.metric is None or not members:
        return ()
    costs = np.array([[cost(x.metric, dot.x), cost(y.metric, dot.y)] for dot in members])
    kept = np.flatnonzero(pareto.front(costs))
    kept = kept[np.argsort(costs[kept, 0], kind="stable")]
    steps = [(members[kept[0]].x, members[kept[0]].y)]
    for index in kept[1:]:
        # The y of the member that is better on x also holds for worse x, up to the next member.
        steps += [(members[index].x, steps[-1][1]), (members[index].x, members[index].y)]
    return tuple(steps if steps[0][0] <= steps[-1][0] else reversed(steps))


def _floors(front: Front, x: Axis, y: Axis) -> tuple[tuple[Literal["x", "y"], Floor], ...]:
    axes: dict[str | None, Literal["x", "y"]] = {x.metric: "x", y.metric: "y"}
    return tuple(
        (axes[floor.metric], floor)
        for floor in front.floors
        if floor.metric in axes and not floor.void
    )


def plane(front: Front) -> Plane:
    """Return the picture of a front."""
    first, *rest = front.objectives
    x, y = (Axis(first), Axis(rest[0])) if rest else (Axis(None), Axis(first))
    dots = _dots(front.points, marked_names(front, front.points), x, y)
    baseline = _position(x, y, front.baseline, 0) if x.metric else None
    bases = front.baseline_points if x.metric else ()
    baseline_dots = _dots(bases, [baseline_name(base.epoch) for base in bases], x, y)
    members = [dot for dot in dots if dot.point.on_front]
    subtitle = (
        f"{plural(len({point.trial for point in front.points}), 'configuration')}, "
        f"{plural(len(front.members), 'candidate')} on the front; "
        f"{hypervolume_text(front)}"
    )
    return Plane(
        x=x,
        y=y,
        dots=tuple(dots),
        baseline=baseline,
        baseline_dots=tuple(baseline_dots),
        baseline_staircase=_staircase(baseline_dots, x, y),
        floors=_floors(front, x, y),
        staircase=_staircase(members, x, y),
        subtitle=subtitle,
    )


def members_label(picture: Plane, sure: bool = False) -> str:
    """Return the label of the members, with what their error bars are.

    Args:
        picture: picture of the front.
        sure: whether they are 95 % intervals.
    """
    if any(dot.point.claim for dot in picture.members):
        return f"front, expected of fresh seeds, {'95 %' if sure else '± sd'}"
    return f"front, {'95 % interval' if sure else '± spread'} over seeds"
