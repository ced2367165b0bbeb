"""Choice of the course for a method and the arrays of a task."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.datasets.activation import Activation
from fairser_core.datasets.emotion import Emotion
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.method import Method
from fairser_core.tasks.activation import ActivationCourse
from fairser_core.tasks.emotion import EmotionCourse
from fairser_core.tasks.task import Course


class Data(Protocol):
    """Arrays of a task, made once per sweep."""

    @property
    def problem(self) -> Any:
        """Facts that a method depends on."""

    @property
    def split(self) -> EvaluatedSplit:
        """Name of the evaluated split."""

    @property
    def inputs(self) -> NDArray[np.float32]:
        """Normalised features (row, feature)."""

    def sizes(self) -> Mapping[str, int]:
        """Return numbers that tell arrays made with other settings apart, by what is counted."""


COURSES: tuple[tuple[type[Method[Any, Any]], type[Any], Callable[..., Course]], ...] = (
    (ActivationMethod, Activation, ActivationCourse),
    (EmotionMethod, Emotion, EmotionCourse),
)
"""Methods and arrays of each task, and its course."""


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
    for methods, arrays, made in COURSES:
        if isinstance(method, methods) and isinstance(data, arrays):
            return made(method, data, device, vectorise=vectorise)
    raise TypeError(f"{type(method).__name__} does not learn from {type(data).__name__} arrays")
