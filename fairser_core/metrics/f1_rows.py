"""Rows of the F1 of detectors of emotions."""

from collections.abc import Callable

from fairser_core.metrics.emotion import (
    DetectorPredictions,
    Measure,
    over,
    over_views,
)
from fairser_core.metrics.f1 import Confusion, f1, f1_macro, f1_weighted
from fairser_core.metrics.metric import Metric, Place
from fairser_core.metrics.resampling import Values

KINDS: dict[str, tuple[Callable[[Confusion], Values], str]] = {
    "weighted": (f1_weighted, "F1, mean over detecting and not detecting by their shares"),
    "positive": (f1, "F1 of detecting"),
    "macro": (f1_macro, "F1, mean over detecting and not detecting"),
}
"""Kinds of F1, and what they are."""

ROWS = {
    "all": "over all utterances",
    "s1": "on utterances of S1, where the women and the men among the raters agree",
    "s2": "on utterances of S2, where they do not",
    "female": "in what the women among the raters perceive, where they have a consensus",
    "male": "in what the men among the raters perceive, where they have a consensus",
    "views": "in what each gender of the raters perceives, mean over both",
}
"""Sets of utterances and their ground truth."""


def f1_row(
    name: str,
    kind: str,
    rows: str,
    title: str,
    *,
    interval: bool = True,
    shown: tuple[Place, ...] = (),
    label: str = "",
) -> Metric[DetectorPredictions]:
    """Return the table's row of an F1.

    Args:
        name: of the metric.
        kind: key of `KINDS`.
        rows: key of `ROWS`.
        title: of the metric, like the rest.
        interval: see `Metric`.
        shown: see `Metric`.
        label: see `Metric`.
    """
    score, meaning = KINDS[kind]
    of: Measure = over_views(score) if rows == "views" else over(score, rows)
    return Metric(
        name=name,
        better="maximize",
        of=of,
        title=title,
        explanation=f"{meaning}, {ROWS[rows]}",
        range=(0, 1),
        interval=interval,
        shown=shown,
        label=label,
    )
