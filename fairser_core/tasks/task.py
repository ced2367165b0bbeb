"""The seam between training and a task: all that training knows of what is learned."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.method import Networks
from fairser_core.metrics.lane_summary import LaneValues

Scores = NDArray[np.float64]


class Course(Protocol):
    """A task's data on a device: which lanes there are, what they are taught, and their exam.

    A seed trains as many lanes as there are `parts`; lanes are ordered by seed, then by part. No
    lane may depend on which others are trained.

    Attributes:
        problem: what a method must know of the task.
        parts: what tells the lanes of a seed apart, besides the seed all that their chance comes
            from.
        criterion: what early stopping goes by, in words.
        vectorise: one step for all lanes, or one lane after the other.
    """

    problem: Any
    parts: Sequence[tuple[int, ...]]
    criterion: str
    vectorise: bool

    def name(self, part: tuple[int, ...]) -> str:
        """Which lane of its seed this is, in words; empty where a seed has only one."""

    def init(self, seed: int, part: tuple[int, ...], generator: torch.Generator) -> Networks:
        """The networks of a lane before the first epoch, their chance drawn from `generator`."""

    def order(self, streams: Sequence[Streams]) -> Tensor:
        """Indices (step, lane, row) of the examples of an epoch, drawn from each lane's streams."""

    def batch(self, index: Tensor) -> Any:
        """The method's batch of the examples at `index` (lane, row), with a leading lane axis."""

    def predict(self, networks: Networks, active: Tensor) -> Scores:
        """What each active lane says of its validation examples (lane, row, ...); else zeros.

        Args:
            networks: parameters with a leading lane axis.
            active: which lanes to ask (lane,), bool.
        """

    def grades(self, predictions: Scores) -> NDArray[np.float64]:
        """The criterion (lane,): greater is better, NaN where predictions are not finite.

        Args:
            predictions: as `predict` makes them.
        """

    def measure(self, predictions: Scores) -> LaneValues:
        """Every metric of the task (seed,), of all lanes of a seed together.

        Args:
            predictions: as `predict` makes them; not finite in lanes that have none.

        Returns:
            NaN for a seed that lacks a prediction, and where a metric is undefined.
        """

    def told(self, predictions: Scores, seeds: Sequence[int]) -> pd.DataFrame:
        """What was asked and what each seed said of it, a row for each answer.

        Args:
            predictions: as `predict` makes them, of lanes that all have some.
            seeds: of the lanes.
        """

    def represented(self, networks: Networks) -> pd.DataFrame | None:
        """How the first seed's lanes represent what is asked; None in a task without that.

        Args:
            networks: parameters with a leading lane axis.
        """
