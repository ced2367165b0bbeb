"""Tasks that a space may name."""

from typing import Any

from search.tasks.activation import ActivationTask
from search.tasks.category import CategoryTask
from search.tasks.emotion import EmotionTask
from search.tasks.task import Task

TASKS: dict[str, Task[Any, Any, Any]] = {
    "activation": ActivationTask(),
    "emotion": EmotionTask(),
    "category": CategoryTask(),
}
CORPORA = list(dict.fromkeys(name for task in TASKS.values() for name in task.corpora))
"""Names of corpora on run.py's command line."""
READERS = list(dict.fromkeys(pair for task in TASKS.values() for pair in task.readers.items()))
"""Readers of all tasks, each with its name; tasks may have some in common."""
