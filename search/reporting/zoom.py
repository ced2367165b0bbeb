"""Shown range of a front's plane, and choice of the members that are named."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from search.front.front import Front
from search.front.names import point_name
from search.presentation.front_layout import Dot, Plane, plane

MARGIN = 0.08  # of the view, on each side
APART = 0.07  # of the view: names nearer to each other would lie on each other


def look_closer(figure: go.Figure, front: Front) -> int:
    """Zoom the figure of a front to its feasible candidates, and return the number outside.

    A trial that learned nothing lies far off and would shrink the front to a few pixels. Of members
    near each other only one is named.
    """
    picture = plane(front)
    positions = [(dot.x, dot.y) for dot in picture.dots if dot.point.feasible]
    positions += [dot.check for dot in picture.members if dot.check]
    positions += [picture.baseline] if picture.baseline else []
    ranges = [
        _range([position[axis] for position in positions] + _floor_values(picture, axis))
        for axis in (0, 1)
    ]
    figure.update_layout(xaxis_range=list(ranges[0]), yaxis_range=list(ranges[1]))
    named = _named(picture.members, ranges)
    names = [
        point_name(dot.point) if has_name else ""
        for dot, has_name in zip(picture.members, named, strict=True)
    ]
    # At the right edge a name would be cut off.
    edge = ranges[0][1] - 0.25 * (ranges[0][1] - ranges[0][0])
    sides = ["bottom left" if dot.x > edge else "bottom right" for dot in picture.members]
    figure.update_traces(text=names, textposition=sides, selector={"mode": "markers+text"})
    return sum(not _inside(dot, ranges) for dot in picture.dots)


def _floor_values(picture: Plane, axis: int) -> list[float]:
    """Return the values of the floors on an axis."""
    return [floor.value for name, floor in picture.floors if name == "xy"[axis]]


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = MARGIN * (high - low) or 0.05
    return low - margin, high + margin


def _inside(dot: Dot, ranges: Sequence[tuple[float, float]]) -> bool:
    pairs = zip((dot.x, dot.y), ranges, strict=True)
    return all(low <= value <= high for value, (low, high) in pairs)


def _named(members: Sequence[Dot], ranges: Sequence[tuple[float, float]]) -> list[bool]:
    """Return whether each member is named: those too near to a named one are not."""
    widths = np.array([high - low for low, high in ranges])
    taken: list[np.ndarray] = []
    named = []
    for dot in members:
        position = np.array([dot.x, dot.y]) / widths
        # A name is wide and low.
        free = all((np.abs(position - other) > (2 * APART, APART)).any() for other in taken)
        named.append(free)
        if free:
            taken.append(position)
    return named
