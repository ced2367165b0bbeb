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
