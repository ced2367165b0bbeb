"""Tasks that a space may name, and what only each of them has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fairser_core.corpora import RATED_READERS, READERS
from fairser_core.methods import ACTIVATION_METHODS, EMOTION_METHODS
from fairser_core.metrics.activation_table import ACTIVATION
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import Direction, Metric


@dataclass(frozen=True)
class Task:
    """What only a task has.

    Attributes:
        methods: keys of `METHODS` that learn it.
        baseline: the method without de-biasing, to which the others are held.
        metrics: rows of its table of metrics.
        corpora: names on run.py's command line, and what the readers call them.
        tables: tables of a space that only this task has.
        strangers: options that do not go with the task.
    """

    methods: tuple[str, ...]
    baseline: str
    metrics: tuple[Metric[Any], ...]
    corpora: Mapping[str, str]
    tables: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()

    @property
    def directions(self) -> dict[str, Direction]:
        """Which way each metric is better."""
        return {metric.name: metric.better for metric in self.metrics}


TASKS = {
    "activation": Task(
        methods=tuple(ACTIVATION_METHODS),
        baseline="baseline",
        metrics=ACTIVATION,
        corpora={reader.alias or name: name for name, reader in READERS.items()},
        tables=("windows",),
        strangers=("pretrained",),
    ),
    "emotion": Task(
        methods=tuple(EMOTION_METHODS),
        baseline="dnn",
        metrics=EMOTION,
        corpora={reader.alias or name: name for name, reader in RATED_READERS.items()},
        tables=("vectors",),
        strangers=("threshold", "scale"),
    ),
}
CORPORA = list(dict.fromkeys(name for task in TASKS.values() for name in task.corpora))
