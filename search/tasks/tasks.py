"""Tasks that a space may name."""

from typing import Any

from fairser_core.corpora import CATEGORY_READERS
from search.tasks.activation import ActivationTask
from search.tasks.emotion import EmotionTask
from search.tasks.task import Task

TASKS: dict[str, Task[Any, Any, Any]] = {
    "activation": ActivationTask(),
    "emotion": EmotionTask(),
}
CORPORA = list(dict.fromkeys(name for task in TASKS.values() for name in task.corpora))
"""Names of corpora on run.py's command line."""
_REGISTRIES = (*(task.readers for task in TASKS.values()), CATEGORY_READERS)
READERS = list(dict.fromkeys(pair for readers in _REGISTRIES for pair in readers.items()))
"""Readers of all corpora, each with its name; tasks may have some in common."""
