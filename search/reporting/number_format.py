"""Estimates as cells of a report's tables."""

import math

from search.replication.estimates import Estimate

TITLES = {
    "ccc": "CCC",
    "ccc_diff": "CCC-diff",
    "tpr_low_diff": "TPR-low-diff",
    "tpr_high_diff": "TPR-high-diff",
    "tpr_diff": "TPR-diff",
    "recall_gap": "recall gap",
    "f1_all": "F1 All",
    "f1_s1": "F1 S1",
    "f1_s2": "F1 S2",
    "f1_macro_s1": "macro F1 S1",
    "f1_macro_views": "macro F1 views",
    "parity_s2": "parity |ΔP| S2",
    "consistency_gender": "consistency, gender",
    "consistency_emotion": "consistency, prediction",
}
"""What the papers call the metrics."""
SPREAD = (
    "Mean over seeds ± spread (standard deviation), which a single seed does not have; seeds in "
    "which a value is undefined do not count."
)
HOW = f"{SPREAD} In brackets: 95 % interval of the mean, by a bootstrap over seeds and utterances."
UNKNOWN = "-"


def title(metric: str) -> str:
    """A metric's name in a heading."""
    return TITLES.get(metric, metric)


def number(value: float, percent: bool = False, sign: bool = False) -> str:
    """With three decimals, or as a percentage with one; a dash where it is undefined."""
    if math.isnan(value):
        return UNKNOWN
    shown, digits = (100 * value, 1) if percent else (value, 3)
    # What rounds to nothing has no sign.
    shown = round(shown, digits) + 0.0
    return f"{shown:+.{digits}f}" if sign else f"{shown:.{digits}f}"


def _ends(ends: tuple[float, float] | None, percent: bool, sign: bool = False) -> str:
    if ends is None or math.isnan(ends[0]):
        return ""
    return f" [{number(ends[0], percent, sign)}, {number(ends[1], percent, sign)}]"


def cell(one: Estimate, percent: bool = False) -> str:
    """`mean ± spread [low, high]`, as far as these are known."""
    spread = "" if math.isnan(one.sd) else f" ± {number(one.sd, percent)}"
    return number(one.mean, percent) + spread + _ends(one.interval, percent)


def difference_cell(one: Estimate, percent: bool = False) -> str:
    """`difference [low, high]`, as far as these are known."""
    if one.difference is None:
        return UNKNOWN
    ends = _ends(one.difference_interval, percent, sign=True)
    return number(one.difference, percent, sign=True) + ends
