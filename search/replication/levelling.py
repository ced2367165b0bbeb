"""Levelling down: gaps that are smaller because the better group got worse, in words."""

from collections.abc import Mapping, Sequence

from fairser_core.metrics.metric import Metric
from fairser_core.metrics.tables import METRICS, metric_of
from search.replication.estimate import SIGNIFICANT, Estimate, Estimates, adjusted


def parted(names: Sequence[str]) -> list[str]:
    """Return those metrics that are differences between two groups, with both groups' metrics.

    Args:
        names: names of metrics.
    """
    differences = [METRICS[name] for name in names if name in METRICS and METRICS[name].parts]
    return [name for metric in differences for name in (metric.name, *metric.parts)]


def levelling_texts(estimated: Estimates, bases: Mapping[str, str]) -> list[str]:
    """Return a sentence on each gap that was levelled down.

    A gap was levelled down if all of this holds at p < .05, by Holm's rule over the differences of
    all gaps and of both groups: the gap moved towards 0 or past it, and is smaller; the group that
    the baseline served better got worse; the other did not get better.

    Args:
        estimated: estimates by system and metric, of at least the metrics that `parted` names.
        bases: names of the systems' baselines, by system.
    """
    names = parted(list(next(iter(estimated.values()), {})))
    compared = adjusted(estimated, names)
    texts = (
        _text(metric_of(name), system, base, compared)
        for system, base in bases.items()
        for name in names
        if metric_of(name).parts
    )
    return [text for text in texts if text]


def _text(metric: Metric[object], system: str, base: str, estimated: Estimates) -> str:
    """Return a sentence on a gap; empty if it was not levelled down."""
    before, now = estimated[base][metric.name], estimated[system][metric.name]
    first, second = metric.parts if metric.parts else ("", "")
    # The difference is the first group's value less the second's.
    better, worse = (first, second) if before.mean > 0 else (second, first)
    fell, stayed = estimated[system][better], estimated[system][worse]
    smaller = abs(now.mean) < abs(before.mean)
    moved = _change(now) == (-1 if before.mean > 0 else 1)
    if not (smaller and moved and _change(fell) < 0 and _change(stayed) <= 0):
        return ""
    return (
        f"Levelling down: {metric.title} of {system} is {now.mean:+.3f} where {base} has "
        f"{before.mean:+.3f}, because the {METRICS[better].title} fell ({_interval(fell)}), not "
        f"because the {METRICS[worse].title} rose ({_interval(stayed)})."
    )


def _change(estimate: Estimate) -> int:
    """Return the sign of a difference from the baseline; 0 unless its p-value is below .05."""
    p, difference = estimate.difference_p, estimate.difference
    if p is None or difference is None or not p < SIGNIFICANT:
        return 0
    return 1 if difference > 0 else -1


def _interval(estimate: Estimate) -> str:
    ends = estimate.difference_interval
    assert ends is not None
    return f"{estimate.difference:+.3f}, 95 % [{ends.low:+.3f}, {ends.high:+.3f}]"
