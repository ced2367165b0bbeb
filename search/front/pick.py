"""Which member of a front to take: by a rule, or by its name."""

import dataclasses
from collections.abc import Callable

import numpy as np

from fairser_core import pareto
from fairser_core.metrics.directions import cost
from search.front.front import Front, Point
from search.front.names import point_name, why_empty

KNEE, FAIREST, MOST_ACCURATE = "knee", "fairest", "most-accurate"
FAIREST_WITHIN = "fairest-within"
TOLERANCE = 0.02  # of the accuracy, given up for fairness


class PickError(ValueError):
    """There is no such member."""


def knee(front: Front) -> Point:
    """The member that lies farthest below the line through the front's extremes.

    Each objective is scaled so that the front's best value is 0 and its worst 1; the line between
    the extremes is then where the scaled objectives have the sum 1, and the knee is where their
    sum is smallest (with three objectives or more: below the plane through the extremes). Where
    members tie, as the only two of a front do, it is the most accurate of them.
    """
    members = front.members
    costs = np.array(
        [[cost(name, point.metrics[name]) for name in front.objectives] for point in members]
    )
    best, worst = costs.min(axis=0), costs.max(axis=0)
    scaled = (costs - best) / np.where(worst > best, worst - best, 1.0)
    return members[int(np.argmin(scaled.sum(axis=1)))]


def fairest(front: Front) -> Point:
    """The member that is best in the first objective after accuracy.

    Raises:
        PickError: accuracy is the only objective.
    """
    if len(front.objectives) < 2:
        raise PickError(f"none is the fairest: this front is of {front.objectives[0]} alone")
    name = front.objectives[1]
    return min(front.members, key=lambda point: cost(name, point.metrics[name]))


def most_accurate(front: Front) -> Point:
    """The member that is best in the first objective."""
    return front.members[0]


RULES: dict[str, Callable[[Front], Point]] = {
    KNEE: knee,
    FAIREST: fairest,
    MOST_ACCURATE: most_accurate,
}


def fairest_within(front: Front, tolerance: float) -> Point:
    """The fairest of the members that are nearly as accurate as the baseline.

    Where a sweep has no baseline, its most accurate member stands in for it.

    Args:
        front: of a sweep.
        tolerance: by how much the first objective may be worse.

    Raises:
        PickError: no member is so accurate; or accuracy is the only objective.
    """
    name, best = front.objectives[0], front.members[0].metrics
    asked = cost(name, front.baseline.get(name, best[name])) + tolerance
    able = tuple(p for p in front.members if cost(name, p.metrics[name]) <= asked)
    if not able:
        first = point_name(front.members[0])
        raise PickError(
            f"no member of the front is within a tolerance of {tolerance:g} of the baseline's "
            f"{name} {front.baseline[name]:.3f}: the most accurate, {first}, has {best[name]:.3f}; "
            "allow more, or name a member or another rule"
        )
    return fairest(dataclasses.replace(front, points=able))


def top(front: Front, count: int) -> list[Point]:
    """Members that together dominate much: always the one that adds most hypervolume is taken next.

    Volume is measured from the front's own reference. To take what adds most is within 1 - 1/e of
    the best choice (Nemhauser et al. 1978), and so many more members only add to those taken.

    Args:
        front: of a sweep.
        count: how many; a front that has no more gives all.

    Returns:
        Members in the order taken; of those that add alike the more accurate goes first.

    Raises:
        PickError: the front has no member.
    """
    _check_any(front)
    left, taken = list(front.members), np.empty((0, len(front.objectives)))
    found: list[Point] = []
    while left and len(found) < count:
        rows = [[cost(name, point.metrics[name]) for name in front.objectives] for point in left]
        volumes = [pareto.hypervolume(np.vstack([taken, row]), front.corner) for row in rows]
        best = int(np.argmax(volumes))
        taken = np.vstack([taken, rows[best]])
        found.append(left.pop(best))
    return found


def _check_any(front: Front) -> None:
    """Raise a PickError if the front has no member."""
    if not front.members:
        raise PickError(f"the front is empty: {why_empty(front) or 'no trial has numbers yet'}")


def pick(front: Front, what: str, tolerance: float = TOLERANCE) -> Point:
    """A member of the front.

    Args:
        front: of a sweep.
        what: one of `RULES`, `fairest-within`, or a member's name as the front's table prints it
            (`12@20`).
        tolerance: of `fairest-within`.

    Raises:
        PickError: the front has no member, or none of that name or within the tolerance; names
            those it has.
    """
    _check_any(front)
    names = {point_name(point): point for point in front.members}
    if what == FAIREST_WITHIN:
        return fairest_within(front, tolerance)
    if what in RULES:
        return RULES[what](front)
    if what not in names:
        raise PickError(
            f"{what!r} must be {', '.join([*RULES, FAIREST_WITHIN])} or a member of the front: "
            f"{', '.join(names)}"
        )
    return names[what]
