"""The contract of a task's arrays."""

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.splits import EvaluatedSplit


class Data(Protocol):
    """Arrays of a task, made once per sweep.

    Attributes:
        task: name of the task.
    """

    task: ClassVar[str]

    @property
    def problem(self) -> Any:
        """Facts that a method depends on."""

    @property
    def split(self) -> EvaluatedSplit:
        """Name of the evaluated split."""

    @property
    def inputs(self) -> NDArray[np.floating]:
        """Features (row, feature)."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Facts of the features to show to people."""

    def training_rows(self) -> tuple[int, str]:
        """Return how many rows a model trains on, and the plural of a row's name."""

    def sizes(self) -> Mapping[str, int]:
        """Return numbers that tell arrays made with other settings apart, by what is counted."""
