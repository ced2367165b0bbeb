"""Tables of metrics of all tasks."""

from typing import Any

from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import Metric

_ALL: tuple[Metric[Any], ...] = (*ACTIVATION, *EMOTION)
METRICS = {metric.name: metric for metric in _ALL}
"""Metrics of all tasks by name."""
