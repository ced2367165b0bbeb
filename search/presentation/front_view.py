"""Part of a front's plane that pictures show, and the members that they name."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from search.presentation.front_layout import Dot, Plane

MARGIN = 0.08  # of the view, on each side
NEAR = 0.5  # of the span of front, baseline and floors: how far away a candidate may be
APART = 0.07  # of the view: names nearer to each other would lie on each other

Range = tuple[float, float]


@dataclass(frozen=True)
class View:
    """Part of the plane.

    Attributes:
        x: range of the x axis.
        y: range of the y axis.
        outside: number of candidates outside.
    """

    x: Range
    y: Range
    outside: int


def view(picture: Plane) -> View:
    """Return the part with the front, the baseline, the floors, and what is feasible near them.

    A candidate that learned nothing lies far off, and would shrink the front to a few pixels.
    Without members, baseline or floors, all candidates are in view.
    """
    dots = [(dot.x, dot.y) for dot in picture.dots]
    kept = _counting(picture) or dots or [(0.0, 0.0)]
    floors = [[floor.value for name, floor in picture.floors if name == axis] for axis in "xy"]
    spans = [_span([position[axis] for position in kept] + floors[axis]) for axis in (0, 1)]
    feasible = [(dot.x, dot.y) for dot in picture.dots if dot.point.feasible]
    reach = [_widened(span, NEAR) for span in spans]
    near = [position for position in feasible if _inside(position, reach)]
    shown = [
        _widened(_span([*spans[axis], *(position[axis] for position in near)]), MARGIN)
        for axis in (0, 1)
    ]
    return View(shown[0], shown[1], sum(not _inside(position, shown) for position in dots))


def _counting(picture: Plane) -> list[tuple[float, float]]:
    """Return the positions that are always in view."""
    members = [(dot.x, dot.y) for dot in picture.members]
    checks = [dot.check for dot in picture.members if dot.check]
    baseline = [(dot.x, dot.y) for dot in picture.baseline_dots]
    baseline += [picture.baseline] if picture.baseline else []
    return [*members, *checks, *baseline]


def _span(values: Sequence[float]) -> Range:
    return min(values), max(values)


def _widened(span: Range, share: float) -> Range:
    """Return a span with a share of it added on both sides."""
    margin = share * (span[1] - span[0]) or 0.05
    return span[0] - margin, span[1] + margin


def _inside(position: tuple[float, float], ranges: Sequence[Range]) -> bool:
    pairs = zip(position, ranges, strict=True)
    return all(low <= value <= high for value, (low, high) in pairs)


def named(members: Sequence[Dot], seen: View) -> list[bool]:
    """Return whether each member is named where no text can be measured.

    Of members near each other only the first is named.
    """
    widths = np.array([high - low for low, high in (seen.x, seen.y)])
    taken: list[np.ndarray] = []
    names = []
    for dot in members:
        position = np.array([dot.x, dot.y]) / widths
        # A name is wide and low.
        free = all((np.abs(position - other) > (2 * APART, APART)).any() for other in taken)
        names.append(free)
        if free:
            taken.append(position)
    return names
