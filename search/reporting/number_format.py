"""Estimates as cells of a report's tables."""

import math
from collections.abc import Mapping
from typing import Any

from fairser_core.metrics.intervals import Interval
from fairser_core.metrics.metric import Metric
from fairser_core.metrics.tables import METRICS
from search.presentation.wording import better
from search.replication.estimate import Estimate, Estimates, reasons

SPREAD = (
    "Mean over seeds ± spread (standard deviation; none for a single seed), without the seeds in "
    "which the value is undefined."
)
HOW = (
    f"{SPREAD} In brackets: 95 % interval of the mean, over speakers and seeds (jackknife, "
    "Student's t)."
)
UNKNOWN = "-"
BY_CHANCE = (
    "An absolute gap is above 0 by chance alone: in parentheses is its mean with the groups given "
    "by chance."
)


def missing(estimated: Estimates) -> str:
    """Return a sentence on missing intervals, with a space before it; empty if there are none."""
    why = reasons(estimated)
    return f" Intervals that are missing, or not whole: {'; '.join(why)}." if why else ""


def title(metric: str) -> str:
    """Return a metric's name in a heading."""
    return METRICS[metric].title if metric in METRICS else metric


def legend(headings: Mapping[str, Metric[Any]]) -> str:
    """Return what metrics are and which way they are better, as sentences.

    Args:
        headings: metrics by their heading.
    """
    return " ".join(
        f"{heading}: {metric.explanation}; {better(metric.name)}."
        for heading, metric in headings.items()
    )


def number(value: float, percent: bool = False, sign: bool = False) -> str:
    """Return a number with three decimals, or a percentage with one; a dash for NaN."""
    if math.isnan(value):
        return UNKNOWN
    shown, digits = (100 * value, 1) if percent else (value, 3)
    # What rounds to nothing has no sign.
    shown = round(shown, digits) + 0.0
    return f"{shown:+.{digits}f}" if sign else f"{shown:.{digits}f}"


def _ends(of: Interval | None, percent: bool, sign: bool = False) -> str:
    if of is None or math.isnan(of.low):
        return ""
    return f" [{number(of.low, percent, sign)}, {number(of.high, percent, sign)}]"


def cell(estimate: Estimate, percent: bool = False) -> str:
    """Return `mean ± spread [low, high]` or `mean ± spread (chance level)`, as far as known."""
    spread = "" if math.isnan(estimate.sd) else f" ± {number(estimate.sd, percent)}"
    by_chance = "" if math.isnan(estimate.chance) else f" ({number(estimate.chance, percent)})"
    return number(estimate.mean, percent) + spread + by_chance + _ends(estimate.interval, percent)


def difference_cell(estimate: Estimate, percent: bool = False) -> str:
    """Return `difference [low, high]`, as far as these are known."""
    if estimate.difference is None:
        return UNKNOWN
    ends = _ends(estimate.difference_interval, percent, sign=True)
    return number(estimate.difference, percent, sign=True) + ends
