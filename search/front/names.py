"""Names of candidates, and reasons why one is not on the front."""

from collections import Counter

from search.front.floors import missed
from search.front.front import Front
from search.front.point import Point

BASELINE = "baseline"


def point_name(point: Point) -> str:
    """Return a candidate's name, `trial@epoch`."""
    return f"{point.trial}@{point.epoch}"


def baseline_name(epoch: int) -> str:
    """Return the name of the baseline's candidate after an epoch, `baseline@epoch`."""
    return f"{BASELINE}@{epoch}"


def is_baseline(name: str) -> bool:
    """Return whether a name is of a baseline's candidate, with or without its epoch."""
    return name.partition("@")[0] == BASELINE


def plural(count: int, noun: str) -> str:
    """Return a count with its noun: `1 trial`, `2 trials`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def why_infeasible(point: Point) -> str:
    """Return why a candidate cannot be on any front; empty if it can."""
    if point.feasible:
        return ""
    if point.diverged:
        return "a seed diverged"
    return f"below the floor of {' and of '.join(point.missed)}"


def _why_off(front: Front, point: Point) -> str:
    """Return why a feasible candidate is not on a front without members."""
    below = missed(front.floors, point.expected)
    return f"expected below the floor of {' and of '.join(below)}" if below else ""


def why_empty(front: Front) -> str:
    """Return why no trial with metrics is on the front; empty if there is no such trial."""
    reasons = [why_infeasible(point) or _why_off(front, point) for point in front.points]
    return "; ".join(
        f"{plural(count, 'trial')}: {reason}" for reason, count in Counter(reasons).items()
    )
