"""The exam of trained models: what they say of the data their task's arrays ask for."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd
import torch

from fairser_core.methods.method import Method, Networks
from fairser_core.metrics.lane_summary import LaneValues
from fairser_core.tasks.choice import Data, course


class Exam(NamedTuple):
    """How models of several seeds did.

    Attributes:
        metrics: every metric of the task (seed,).
        told: what each of them said; see the courses' `told`.
        represented: how the first seed's represent it; see the courses' `represented`.
    """

    metrics: LaneValues
    told: pd.DataFrame
    represented: pd.DataFrame | None


def examine(method: Method[Any, Any], data: Data, networks: Networks, seeds: Sequence[int]) -> Exam:
    """Ask models for the validation part of the task's arrays, or for what stands in its place.

    Args:
        method: that they were trained with.
        data: arrays of the task.
        networks: parameters with a leading lane axis, in the order of the seeds.
        seeds: of the models.

    Raises:
        TypeError: the method is one for another task.
    """
    asked = course(method, data, torch.device("cpu"), vectorise=None)
    active = torch.ones(len(seeds) * len(asked.parts), dtype=torch.bool)
    predictions = asked.predict(networks, active)
    return Exam(
        asked.measure(predictions), asked.told(predictions, seeds), asked.represented(networks)
    )
