"""A course a task: its data on a device, and a method to learn from it."""

from typing import Any

import torch

from fairser_core.datasets.activation import Activation
from fairser_core.datasets.emotion import Emotion
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.method import Method
from fairser_core.tasks.activation import ActivationCourse
from fairser_core.tasks.emotion import EmotionCourse
from fairser_core.tasks.task import Course

Data = Activation | Emotion
"""Arrays of a task."""


def course(
    method: Method[Any, Any], data: Data, device: torch.device, *, vectorise: bool | None
) -> Course:
    """The course in which a method learns from a task's arrays.

    Raises:
        TypeError: the method is one for another task.
    """
    match method, data:
        case ActivationMethod(), Activation():
            return ActivationCourse(method, data, device, vectorise=vectorise)
        case EmotionMethod(), Emotion():
            return EmotionCourse(method, data, device, vectorise=vectorise)
    raise TypeError(f"{type(method).__name__} does not learn from {type(data).__name__} arrays")
