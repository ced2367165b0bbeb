"""Names of a front's points, and why a point is not on it."""

from collections import Counter

from search.front.front import Front, Point


def point_name(point: Point) -> str:
    """A checkpoint's name: its trial, and its epoch."""
    return f"{point.trial}@{point.epoch}"


def plural(count: int, noun: str) -> str:
    """`1 trial`, `2 trials`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def why_infeasible(point: Point) -> str:
    """Why a trial cannot be on any front; empty if it can."""
    if point.feasible:
        return ""
    if point.diverged:
        return "a lane diverged"
    return f"below the floor of {' and of '.join(point.missed)}"


def why_empty(front: Front) -> str:
    """Why no trial with numbers is on the front; empty if there is no such trial."""
    reasons = [why_infeasible(point) for point in front.points]
    return "; ".join(
        f"{plural(count, 'trial')}: {reason}" for reason, count in Counter(reasons).items()
    )
