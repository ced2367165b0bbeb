"""Tables of metrics of all tasks."""

from typing import Any

from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.category_table import CATEGORY
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import Metric

_ALL: tuple[Metric[Any], ...] = (*ACTIVATION, *CATEGORY, *EMOTION)
METRICS = {metric.name: metric for metric in _ALL}
"""Metrics of all tasks by name."""


def metric_of(name: str) -> Metric[Any]:
    """Return the metric of a name, or of `<metric>_<emotion>`.

    Raises:
        KeyError: there is no such metric.
    """
    names = [base for base in METRICS if name == base or name.startswith(f"{base}_")]
    if not names:
        raise KeyError(f"unknown metric {name!r}")
    return METRICS[max(names, key=len)]
