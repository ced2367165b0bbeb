"""Differences between a member and the baseline over seeds, with their intervals."""

from search.front.point import Point
from search.front.uncertainty import LEVEL
from search.presentation.numbers import signed


def seeds_difference(
    member: Point, baseline: Point, metric: str
) -> tuple[float, float | None, float | None]:
    """Return a member's difference from the baseline by fresh seeds, and its 95 % interval.

    Both have seeds of their own, so the interval is Welch's, on the same validation utterances.

    Args:
        member: member with fresh seeds.
        baseline: candidate of the baseline.
        metric: name of the metric.

    Returns:
        Difference, and both ends; None for the ends where one of the two has a single seed.
    """
    apart = member.check[metric] - baseline.metrics[metric]
    sizes = member.check_seeds, len(baseline.seeds)
    spreads = (of.get(f"{metric}_sd") for of in (member.check, baseline.metrics))
    parts = [sd**2 / n for sd, n in zip(spreads, sizes, strict=True) if sd is not None]
    if min(sizes) < 2 or len(parts) < 2:
        return apart, None, None
    if not sum(parts):
        return apart, apart, apart
    from scipy import stats  # half a second to import, which most commands need not take

    freedom = sum(parts) ** 2 / sum(p**2 / (n - 1) for p, n in zip(parts, sizes, strict=True))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * sum(parts) ** 0.5
    return apart, apart - reach, apart + reach


def difference_text(value: float, low: float | None, high: float | None) -> str:
    """Return a difference as `-.020 [-.050, +.010]`."""
    ends = "" if low is None or high is None else f" [{signed(low)}, {signed(high)}]"
    return f"{signed(value)}{ends}"
