"""Evaluation of trained models on the evaluated split of their task's arrays."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
import torch

from fairser_core.courses.choice import course
from fairser_core.datasets.data import Data
from fairser_core.methods.method import Method, Networks
from fairser_core.metrics.lane_summary import LaneValues


class Evaluation(NamedTuple):
    """Evaluation of the models of several seeds.

    Attributes:
        metrics: every metric of the task (seed,).
        predictions: predictions of each seed; see `Course.prediction_table`.
        representations: examples as the first seed represents them; see `Course.representations`.
    """

    metrics: LaneValues
    predictions: pd.DataFrame
    representations: pd.DataFrame | None


def evaluate(
    method: Method[Any, Any], data: Data, networks: Networks, seeds: Sequence[int]
) -> Evaluation:
    """Evaluate models on the evaluated split of the task's arrays.

    Args:
        method: method that trained the models.
        data: arrays of the task.
        networks: parameters with a leading lane axis, in the order of the seeds.
        seeds: seeds of the models.

    Raises:
        TypeError: the method is one for another task.
    """
    evaluated = course(method, data, torch.device("cpu"), vectorise=None)
    active = torch.ones(len(seeds) * len(evaluated.parts), dtype=torch.bool)
    predictions = evaluated.predict(networks, active)
    return Evaluation(
        evaluated.measure(predictions),
        evaluated.prediction_table(predictions, seeds),
        evaluated.representations(networks),
    )
