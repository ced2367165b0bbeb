"""The tasks that a space may name: what each has of its own."""

from collections.abc import Mapping
from dataclasses import dataclass

from fairser_core.corpora import RATED_READERS, READERS
from fairser_core.methods import ACTIVATION_METHODS, EMOTION_METHODS
from fairser_core.metrics.directions import ACTIVATION_DIRECTIONS, EMOTION_DIRECTIONS, Direction


@dataclass(frozen=True)
class Task:
    """What a task has of its own.

    Attributes:
        methods: keys of `METHODS` that learn it.
        baseline: the method without de-biasing, to which the others are held.
        directions: metrics, and which way each is better.
        corpora: names on run.py's command line, and what the readers call them.
        tables: tables of a space that only this task has.
        strangers: options that do not go with the task.
    """

    methods: tuple[str, ...]
    baseline: str
    directions: Mapping[str, Direction]
    corpora: Mapping[str, str]
    tables: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()


TASKS = {
    "activation": Task(
        methods=tuple(ACTIVATION_METHODS),
        baseline="baseline",
        directions=ACTIVATION_DIRECTIONS,
        corpora={reader.alias or name: name for name, reader in READERS.items()},
        tables=("windows",),
        strangers=("checkpoint",),
    ),
    "emotion": Task(
        methods=tuple(EMOTION_METHODS),
        baseline="dnn",
        directions=EMOTION_DIRECTIONS,
        corpora={reader.alias or name: name for name, reader in RATED_READERS.items()},
        tables=("vectors",),
        strangers=("threshold", "scale"),
    ),
}
CORPORA = list(dict.fromkeys(name for task in TASKS.values() for name in task.corpora))
