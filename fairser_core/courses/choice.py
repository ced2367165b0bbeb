"""Choice of the course for a method and the arrays of its task."""

from collections.abc import Callable
from typing import Any

import torch

from fairser_core.courses.activation import ActivationCourse
from fairser_core.courses.category import CategoryCourse
from fairser_core.courses.course import Course
from fairser_core.courses.emotion import EmotionCourse
from fairser_core.datasets.data import Data
from fairser_core.methods.method import Method

COURSES: dict[str, Callable[..., Course]] = {
    "activation": ActivationCourse,
    "emotion": EmotionCourse,
    "category": CategoryCourse,
}
"""Course of each task."""


def course(
    method: Method[Any, Any], data: Data, device: torch.device, *, vectorise: bool | None
) -> Course:
    """Make the course in which a method learns from the arrays of its task.

    Args:
        method: method to train.
        data: arrays of the task.
        device: device to train on.
        vectorise: one step for all lanes; by default as the course chooses.

    Raises:
        TypeError: the arrays are of another task than the method.
    """
    if method.task != data.task:
        raise TypeError(
            f"{type(method).__name__} is a method of task {method.task!r}, the arrays are of "
            f"{data.task!r}"
        )
    return COURSES[method.task](method, data, device, vectorise=vectorise)
