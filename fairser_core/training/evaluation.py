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
        ValueError: the parameters are not of the method's networks; names the first that is not.
    """
    _check_shapes(networks, method.init(data.problem, torch.Generator()))
    evaluated = course(method, data, torch.device("cpu"), vectorise=None)
    active = torch.ones(len(seeds) * len(evaluated.parts), dtype=torch.bool)
    predictions = evaluated.predict(networks, active)
    return Evaluation(
        evaluated.measure(predictions),
        evaluated.prediction_table(predictions, seeds),
        evaluated.representations(networks),
    )


def _check_shapes(networks: Networks, replica: Networks) -> None:
    """Check that networks with a leading lane axis are copies of a replica's, but for the values.

    Networks that the replica lacks are not looked at; at least one must be shared.
    """
    shared = networks.keys() & replica.keys()
    if not shared:
        raise ValueError(f"a model must have the networks {', '.join(replica)}")
    for network in sorted(shared):
        for name, tensor in replica[network].items():
            held = networks[network].get(name)
            shape = None if held is None else tuple(held.shape[1:])
            if shape != tuple(tensor.shape):
                raise ValueError(
                    f"a model's `{network}.{name}` must be of shape {tuple(tensor.shape)} in each "
                    f"lane, {'is missing' if shape is None else f'is of {shape}'}"
                )
