"""Fresh seeds of a front's members: no decision of the search depended on these seeds."""

from collections.abc import Iterable, Mapping, Sequence

from fairser_core.metrics.directions import cost
from search.front.floors import missed
from search.front.front import Front
from search.front.names import baseline_name, point_name
from search.front.point import Point

Metrics = Mapping[str, float]


def judged(point: Point) -> dict[str, float]:
    """Return the metrics of a candidate that both the search and fresh seeds speak for.

    A claim c with the variance s² and the mean f of k fresh seeds with the variance v = t² / k are
    weighted by their precision, 1 / s² and 1 / v. A search may claim too much, fresh seeds cannot:
    the claim's variance is raised until it explains how far fresh seeds miss it,

        s² = max(s², (f - c)² - v),

    the moment estimate of DerSimonian & Laird (1986, Eq. 9) with all of the variance between the
    two sources given to the claim. t is the spread of all its seeds, each around the mean of its
    kind. Means over the seeds that chose a candidate are lucky: where nothing is claimed, fresh
    seeds alone speak.

    Returns:
        What is expected of the candidate if it has no fresh seeds.
    """
    if not point.check:
        return point.expected
    claims = point.claim.sds if point.claim else {}
    values = {**point.expected, **point.check}
    for name, sd in claims.items():
        if name in point.check:
            values[name] = _weighted(point, name, sd)
    return values


def _weighted(point: Point, name: str, sd: float) -> float:
    expected, fresh = point.expected[name], point.check[name]
    kinds = (point.metrics, len(point.seeds)), (point.check, point.check_seeds)
    freedom = sum(max(count - 1, 0) for _, count in kinds)
    squares = sum(of.get(f"{name}_sd", 0.0) ** 2 * (count - 1) for of, count in kinds)
    if not freedom:  # a single seed of each kind has no spread
        return fresh
    variance = squares / freedom / max(point.check_seeds, 1)
    claimed = max(sd**2, (fresh - expected) ** 2 - variance)
    total = claimed + variance
    return expected + (claimed / total if total else 1.0) * (fresh - expected)


def refutation(front: Front, point: Point) -> str:
    """Return how fresh seeds refute a member; empty if they do not, or there are none.

    A member is refuted if one of its fresh seeds diverged, if they put it below a floor, or if a
    member with fresh seeds or a candidate of the baseline beats it. Both the fresh means and what
    is judged by all seeds (`judged`) must say so, since fresh seeds are few.
    """
    if point.check_failed:
        return "a fresh seed diverged"
    if not point.check:
        return ""
    low = [name for name in missed(front.floors, point.check) if name in _below(front, point)]
    if low:
        return below_text(front, point, low)
    rivals = [(point_name(p), p.check, judged(p)) for p in front.members if _rivals(p, point)]
    rivals += [(baseline_name(p.epoch), p.metrics, p.metrics) for p in front.baseline_points]
    for name, fresh, all_seeds in rivals:
        if beats(fresh, point.check, front.objectives) and beats(
            all_seeds, judged(point), front.objectives
        ):
            return f"off the front, beaten by {name}"
    return ""


def below_text(front: Front, point: Point, low: Sequence[str]) -> str:
    """Return how far fresh seeds are below floors: `ccc 0.550, below the floor 0.600`.

    Args:
        front: front of the sweep.
        point: member with fresh seeds.
        low: metrics of the floors that they miss.
    """
    least = {floor.metric: floor.value for floor in front.floors}
    each = (f"{name} {point.check[name]:.3f}, below the floor {least[name]:.3f}" for name in low)
    return "; ".join(each)


def refuted_cell(front: Front, point: Point) -> str:
    """Return how fresh seeds refute a member, `no`, or `not checked`, for a table."""
    if not (point.check or point.check_failed):
        return "not checked"
    return refutation(front, point) or "no"


def refuted(front: Front) -> dict[str, str]:
    """Return how fresh seeds refute members, by their names; empty if they refute none."""
    reasons = {point_name(point): refutation(front, point) for point in front.members}
    return {name: reason for name, reason in reasons.items() if reason}


def _below(front: Front, point: Point) -> tuple[str, ...]:
    return missed(front.floors, judged(point))


def _rivals(rival: Point, point: Point) -> bool:
    """Return whether a member can beat another one by its fresh seeds."""
    other = (rival.trial, rival.epoch) != (point.trial, point.epoch)
    return bool(other and rival.check and not rival.check_failed)


def beats(metrics: Metrics, others: Metrics, objectives: Sequence[str]) -> bool:
    """Return whether metrics are nowhere worse than others, and somewhere better."""
    pairs = [(cost(name, metrics[name]), cost(name, others[name])) for name in objectives]
    return all(a <= b for a, b in pairs) and any(a < b for a, b in pairs)


def standing(front: Front) -> tuple[Point, ...]:
    """Return the members that fresh seeds do not refute, the most accurate first."""
    members = [point for point in front.members if not refutation(front, point)]
    return most_accurate_first(front, members)


def most_accurate_first(front: Front, points: Iterable[Point]) -> tuple[Point, ...]:
    """Return points by their accuracy as it is judged, the most accurate first."""
    first = front.objectives[0]
    return tuple(sorted(points, key=lambda point: cost(first, judged(point)[first])))
