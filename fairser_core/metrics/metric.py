"""A metric: all that searches, tables, figures and pages have to know of it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, Literal, TypeVar

from fairser_core.metrics.resampling import Values

Direction = Literal["maximize", "minimize", "zero"]
"""Direction in which a metric is better; `zero`: the nearer to zero, from either side."""
Predictions = TypeVar("Predictions")


class Place(Enum):
    """Table or figure in which metrics are shown."""

    RESULTS = "tables of test results, of a replication and of a report, and the box plots"
    GROUPS = "tables of the groups' own test results, of a replication, a report and a model card"
    REPORT = "a report's table of test results, after those of RESULTS"
    PICTURE = "picture of a replication"
    WEIGHTS = "a report's figure of the weight of de-biasing"
    TABLE_1 = "Table 1 of Chien & Lee (2023)"
    TABLE_2 = "Table 2 of Chien & Lee (2023)"
    TABLE_3 = "Table 3 of Chien & Lee (2023)"
    TABLE_4 = "Table 4 of Chien & Lee (2023)"


@dataclass(frozen=True, kw_only=True)
class Metric(Generic[Predictions]):
    """A metric of a task: a row of its table.

    Attributes:
        name: key in spaces, logs, records and MLflow.
        better: which way it is better.
        of: the metric of predictions: a number, or one a resample.
        title: words of a heading.
        explanation: what it is, as a part of a sentence.
        range: least and greatest value.
        interval: whether test results give it an interval.
        shown: where it is shown.
        label: heading in the paper's table; the title if there is none.
        panel: heading of its panel in the figure of weights, which metrics may share; the title if
            there is none.
        gap: whether it is an absolute gap: its level by chance stands in place of an interval.
        least: whether it is the least of several values, and over several targets again.
        parts: names of the two groups' metrics of which it is the difference; empty for another.
        terms: names of the signed metrics whose absolute values the gap sums; empty for another.
    """

    name: str
    better: Direction
    of: Callable[[Predictions], Values]
    title: str
    explanation: str
    range: tuple[float, float]
    interval: bool = False
    shown: tuple[Place, ...] = ()
    label: str = ""
    panel: str = ""
    gap: bool = False
    least: bool = False
    parts: tuple[str, str] | tuple[()] = ()
    terms: tuple[str, ...] = ()


def shown_in(metrics: Iterable[Metric[Any]], *places: Place) -> tuple[Metric[Any], ...]:
    """Return the metrics shown in places, those of the first place first."""
    rows = tuple(metrics)
    return tuple(metric for place in places for metric in rows if place in metric.shown)


def names(metrics: Iterable[Metric[Any]]) -> tuple[str, ...]:
    """Return the metrics' names."""
    return tuple(metric.name for metric in metrics)


def metric_key(group: str) -> str:
    """Return a group's name as the ending of a metric's: without signs that MLflow refuses."""
    return re.sub(r"[^\w./-]", "_", group)


def measure(metrics: Iterable[Metric[Predictions]], predictions: Predictions) -> dict[str, Values]:
    """Return each metric of predictions by name."""
    return {metric.name: metric.of(predictions) for metric in metrics}
