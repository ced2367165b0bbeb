"""Names of candidates, and reasons why one is not on the front."""

from collections import Counter

from search.front.front import Front, Point


def point_name(point: Point) -> str:
    """Return a candidate's name, `trial@epoch`."""
    return f"{point.trial}@{point.epoch}"


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


def why_empty(front: Front) -> str:
    """Return why no trial with metrics is on the front; empty if there is no such trial."""
    reasons = [why_infeasible(point) for point in front.points]
    return "; ".join(
        f"{plural(count, 'trial')}: {reason}" for reason, count in Counter(reasons).items()
    )
