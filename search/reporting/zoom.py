"""Which part of a front's plane is looked at, and which of its members bear a name."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from search.front.front import Front
from search.front.names import point_name
from search.presentation.front_layout import Dot, Plane, plane

MARGIN = 0.08  # of the view, on each side
APART = 0.07  # of the view: names nearer to each other would lie on each other


def look_closer(figure: go.Figure, front: Front) -> int:
    """Let the figure of a front show what counts; the number of points that lie outside.

    A trial that learned nothing lies far off and would press the front into a corner. Of members
    near each other only one bears its name.
    """
    laid = plane(front)
    seen = [(dot.x, dot.y) for dot in laid.dots if dot.point.feasible]
    seen += [dot.check for dot in laid.members if dot.check]
    seen += [laid.baseline] if laid.baseline else []
    ranges = [_range([place[axis] for place in seen], _cut(laid, axis)) for axis in (0, 1)]
    figure.update_layout(xaxis_range=list(ranges[0]), yaxis_range=list(ranges[1]))
    named = _named(laid.members, ranges)
    names = [
        point_name(dot.point) if own else "" for dot, own in zip(laid.members, named, strict=True)
    ]
    # At the right edge a name would be cut off.
    edge = ranges[0][1] - 0.25 * (ranges[0][1] - ranges[0][0])
    sides = ["bottom left" if dot.x > edge else "bottom right" for dot in laid.members]
    figure.update_traces(text=names, textposition=sides, selector={"mode": "markers+text"})
    return sum(not _inside(dot, ranges) for dot in laid.dots)


def _cut(laid: Plane, axis: int) -> list[float]:
    """Where floors cut an axis."""
    return [floor.value for cut, floor in laid.floors if cut == "xy"[axis]]


def _range(places: Sequence[float], cut: Sequence[float]) -> tuple[float, float]:
    low, high = min([*places, *cut]), max([*places, *cut])
    margin = MARGIN * (high - low) or 0.05
    return low - margin, high + margin


def _inside(dot: Dot, ranges: Sequence[tuple[float, float]]) -> bool:
    places = zip((dot.x, dot.y), ranges, strict=True)
    return all(low <= place <= high for place, (low, high) in places)


def _named(members: Sequence[Dot], ranges: Sequence[tuple[float, float]]) -> list[bool]:
    """Whether each member bears its name: not too near to one that does."""
    widths = np.array([high - low for low, high in ranges])
    taken: list[np.ndarray] = []
    found = []
    for dot in members:
        place = np.array([dot.x, dot.y]) / widths
        # A name is wide and low.
        free = all((np.abs(place - other) > (2 * APART, APART)).any() for other in taken)
        found.append(free)
        if free:
            taken.append(place)
    return found
