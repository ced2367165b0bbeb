"""Choice of a front's member, by a rule or by its name.

Rules go by what the search and fresh seeds say together (`fresh.judged`), and pass over members
that fresh seeds refute.
"""

import dataclasses
from collections.abc import Callable

import numpy as np

from fairser_core import pareto
from fairser_core.metrics.directions import cost
from search.front.fresh import judged, most_accurate_first, standing
from search.front.front import Front
from search.front.names import point_name, why_empty
from search.front.point import Point
from search.front.rule_names import FAIREST, FAIREST_WITHIN, KNEE, MOST_ACCURATE, TOLERANCE
from search.terminal.nearest import nearest


class PickError(ValueError):
    """No member of the front fits a rule or bears a name."""


def offered(front: Front) -> tuple[Point, ...]:
    """Return the members that rules choose from, the most accurate first.

    These are the members that fresh seeds do not refute; all of them if each is refuted.
    """
    return standing(front) or most_accurate_first(front, front.members)


def knee(front: Front) -> Point:
    """Return the member that lies farthest below the line through the front's extremes.

    Each objective is scaled so that the front's best value is 0 and its worst 1; the line between
    the extremes is then where the scaled objectives have the sum 1, and the knee is where their
    sum is smallest (with three objectives or more: below the plane through the extremes). Where
    members tie, as the only two of a front do, it is the most accurate of them.
    """
    members = offered(front)
    costs = np.array(
        [[cost(name, judged(point)[name]) for name in front.objectives] for point in members]
    )
    best, worst = costs.min(axis=0), costs.max(axis=0)
    scaled = (costs - best) / np.where(worst > best, worst - best, 1.0)
    return members[int(np.argmin(scaled.sum(axis=1)))]


def fairest(front: Front) -> Point:
    """Return the member that is best in the first objective after accuracy.

    Raises:
        PickError: accuracy is the only objective.
    """
    if len(front.objectives) < 2:
        raise PickError(f"none is the fairest: this front is of {front.objectives[0]} alone")
    name = front.objectives[1]
    return min(offered(front), key=lambda point: cost(name, judged(point)[name]))


def most_accurate(front: Front) -> Point:
    """Return the member that is best in the first objective."""
    return offered(front)[0]


RULES: dict[str, Callable[[Front], Point]] = {
    KNEE: knee,
    FAIREST: fairest,
    MOST_ACCURATE: most_accurate,
}


def fairest_within(front: Front, tolerance: float) -> Point:
    """Return the fairest of the members that are nearly as accurate as the baseline.

    The most accurate member is returned where none is (`within`), or accuracy is the only
    objective.

    Args:
        front: front of a sweep, with at least one member.
        tolerance: difference by which the first objective may be worse.
    """
    members = within(front, tolerance)
    if not members or len(front.objectives) < 2:
        return most_accurate(front)
    return fairest(dataclasses.replace(front, points=members))


def within(front: Front, tolerance: float) -> tuple[Point, ...]:
    """Return the members that are nearly as accurate as the baseline, the most accurate first.

    The most accurate member stands in for the baseline of a sweep that has none.

    Args:
        front: front of a sweep, with at least one member.
        tolerance: difference by which the first objective may be worse.
    """
    members = offered(front)
    name, best = front.objectives[0], judged(members[0])
    most = cost(name, front.baseline.get(name, best[name])) + tolerance
    return tuple(p for p in members if cost(name, judged(p)[name]) <= most)


def top(front: Front, count: int) -> list[Point]:
    """Return members that together dominate most, found greedily.

    The member that adds most hypervolume is always taken next. The hypervolume of such a choice is
    within 1 - 1/e of the best choice's (Nemhauser et al. 1978), and a larger count only adds
    members to those of a smaller one.

    Args:
        front: front of a sweep.
        count: number of members; a front with fewer gives all.

    Returns:
        Members in the order taken; of those that add as much, the more accurate goes first.

    Raises:
        PickError: the front has no member.
    """
    _check_any(front)
    left, taken = list(offered(front)), np.empty((0, len(front.objectives)))
    reference = front.reference_costs
    chosen: list[Point] = []
    while left and len(chosen) < count:
        rows = [[cost(name, judged(point)[name]) for name in front.objectives] for point in left]
        volumes = [pareto.hypervolume(np.vstack([taken, row]), reference) for row in rows]
        best = int(np.argmax(volumes))
        taken = np.vstack([taken, rows[best]])
        chosen.append(left.pop(best))
    return chosen


def _check_any(front: Front) -> None:
    """Check that a front has a member.

    Raises:
        PickError: the front has none; says why.
    """
    if not front.members:
        raise PickError(f"the front is empty: {why_empty(front) or 'no trial has numbers yet'}")


def pick(front: Front, what: str, tolerance: float = TOLERANCE) -> Point:
    """Return a member of a front.

    Args:
        front: front of a sweep.
        what: one of `RULES`, `fairest-within`, or a member's name as the front's table prints it
            (`12@20`).
        tolerance: accuracy that `fairest-within` may give up.

    Raises:
        PickError: the front has no member, or none of that name; names those it has.
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
            f"{', '.join(names)}{nearest(what, [*RULES, FAIREST_WITHIN, *names])}"
        )
    return names[what]
