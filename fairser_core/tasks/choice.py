"""Choice of the course for a method and the arrays of a task."""

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
    """Make the course in which a method learns from the arrays of a task.

    Args:
        method: method to train.
        data: arrays of the task.
        device: device to train on.
        vectorise: one step for all lanes; by default as the course chooses.

    Raises:
        TypeError: the method is one for another task.
    """
    match method, data:
        case ActivationMethod(), Activation():
            return ActivationCourse(method, data, device, vectorise=vectorise)
        case EmotionMethod(), Emotion():
            return EmotionCourse(method, data, device, vectorise=vectorise)
    raise TypeError(f"{type(method).__name__} does not learn from {type(data).__name__} arrays")
