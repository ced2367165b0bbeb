"""The seam between training and a task: all that training depends on of the task."""

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
    """Data of a task on a device: lanes, their training examples, and their evaluation.

    A seed trains as many lanes as there are `parts`; lanes are ordered by seed, then by part. No
    lane may depend on which others are trained.

    Attributes:
        problem: facts of the task that a method depends on.
        parts: numbers that tell the lanes of a seed apart. A lane's random draws depend on its seed
            and its part only.
        criterion: criterion of early stopping, in words.
        vectorise: one step for all lanes, or one lane after the other.
    """

    problem: Any
    parts: Sequence[tuple[int, ...]]
    criterion: str
    vectorise: bool

    def name(self, part: tuple[int, ...]) -> str:
        """Return the name of a lane within its seed; empty where a seed has one lane only."""

    def init(self, seed: int, part: tuple[int, ...], generator: torch.Generator) -> Networks:
        """Draw the networks of a lane before the first epoch from `generator`."""

    def order(self, streams: Sequence[Streams]) -> Tensor:
        """Draw the indices (step, lane, row) of an epoch's examples from each lane's streams."""

    def batch(self, index: Tensor) -> Any:
        """Return the batch of the examples at `index` (lane, row), with a leading lane axis."""

    def predict(self, networks: Networks, active: Tensor) -> Scores:
        """Predict the evaluated examples in each active lane (lane, row, ...); zeros in others.

        Args:
            networks: parameters with a leading lane axis.
            active: whether a lane predicts (lane,), bool.
        """

    def grades(self, predictions: Scores) -> NDArray[np.float64]:
        """Return the criterion (lane,): greater is better, NaN where predictions are not finite.

        Args:
            predictions: predictions that `predict` returns.
        """

    def measure(self, predictions: Scores) -> LaneValues:
        """Return every metric of the task (seed,), of all lanes of a seed together.

        Args:
            predictions: predictions that `predict` returns; not finite in lanes without any.

        Returns:
            NaN for a seed that lacks a prediction, and where a metric is undefined.
        """

    def prediction_table(self, predictions: Scores, seeds: Sequence[int]) -> pd.DataFrame:
        """Return a table of the evaluated examples, their truth and the predictions of each seed.

        Args:
            predictions: predictions that `predict` returns, of lanes that all have some.
            seeds: seeds of the lanes.
        """

    def representations(self, networks: Networks) -> pd.DataFrame | None:
        """Return a table of evaluated examples as the lanes of the first seed represent them.

        Args:
            networks: parameters with a leading lane axis.

        Returns:
            None in a task without representations.
        """
