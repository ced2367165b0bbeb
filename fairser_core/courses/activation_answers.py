"""Predictions of activation and their metrics, per lane."""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.courses.activation_windows import Windows
from fairser_core.datasets.activation import Activation, Problem
from fairser_core.lanes import lanes
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.activation_table import (
    ACTIVATION,
    activation_values,
    each_target,
    value_names,
)
from fairser_core.metrics.lane_summary import LaneValues
from fairser_core.networks.layers import Parameters

CHUNK = 512  # windows in one forward pass: bounds memory
TARGET = "target"  # column of a table of predictions of several targets


def predict(
    method: ActivationMethod,
    predictors: Parameters,
    windows: Windows,
    problem: Problem,
    active: Tensor,
    *,
    vectorise: bool,
) -> NDArray[np.float64]:
    """Predict activation (lane, window), or several targets, in every active lane; zeros in others.

    Args:
        method: method that trained the predictors.
        predictors: parameters with a leading lane axis.
        windows: windows to predict.
        problem: facts that the method depends on.
        active: whether a lane predicts (lane,), bool.
        vectorise: one step for all lanes, or one lane after the other.
    """
    chunks = []
    for index in torch.arange(len(windows), device=windows.start.device).split(CHUNK):
        features = windows.features(index)

        def forward(parameters: Parameters, features: Tensor = features) -> Tensor:
            return method.predict(parameters, features, problem)

        with torch.no_grad():
            chunks.append(lanes.each_lane(forward, [predictors], active, vectorise=vectorise))
    return torch.cat(chunks, dim=1).cpu().numpy().astype(np.float64)


def utterance_means(
    predictions: NDArray[np.float64], owner: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return means over the windows of each utterance: (lane, window) to (lane, utterance).

    Predictions of several targets (lane, window, target) become (lane, utterance, target).
    """
    if predictions.ndim == 3:
        each = [utterance_means(column, owner) for column in np.moveaxis(predictions, -1, 0)]
        return np.stack(each, axis=-1)
    count = np.bincount(owner)
    sums = np.stack([np.bincount(owner, weights=row) for row in predictions])
    return sums / count


def metric_inputs(
    predictions: NDArray[np.float64], windows: Windows, level: Literal["utterance", "window"]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return the values that metrics are computed from, one a unit: an utterance or a window.

    Args:
        predictions: predicted activation (lane, window), or several targets (lane, window, target).
        windows: predicted windows.
        level: the unit; the prediction of an utterance is the mean over its windows.

    Returns:
        Row of the utterance (unit,), activation (unit,), number of the speaker's group (unit,) and
        predicted activation (lane, unit); truth and predictions of several targets have a last axis
        of targets.
    """
    owner = windows.owner.cpu().numpy()
    truth = windows.truth
    group = windows.group
    if level == "window":
        return owner, truth, group, predictions
    first = np.unique(owner, return_index=True)[1]
    return owner[first], truth[first], group[first], utterance_means(predictions, owner)


def measure(
    predictions: NDArray[np.float64],
    windows: Windows,
    data: Activation,
) -> LaneValues:
    """Return every metric of the activation task for each lane (lane,).

    Args:
        predictions: predicted activation (lane, window), or several targets (lane, window, target).
        windows: predicted windows.
        data: arrays of the task.

    Returns:
        NaN in lanes whose predictions are not finite, and where a metric is undefined; then those
        of each group that the table has no row of. Of several targets the metrics over all, then
        `<metric>_<target>`; see `over_targets`.
    """
    owner, truth, group, predictions = metric_inputs(predictions, windows, data.level)
    speaker = data.evaluated.speaker_number[owner]
    truths = truth.reshape(len(truth), -1).T
    lanes_of = np.moveaxis(predictions.reshape(*predictions.shape[:2], -1), -1, 0)
    each = {
        name: _measure(truths[k], lanes_of[k], group, speaker, data, problem.threshold)
        for k, (name, problem) in enumerate(zip(data.targets, data.problem.targets, strict=True))
    }
    return each_target(ACTIVATION, each)


def _measure(
    truth: NDArray[np.float64],
    predictions: NDArray[np.float64],
    group: NDArray[np.int64],
    speaker: NDArray[np.int64],
    data: Activation,
    threshold: float,
) -> LaneValues:
    """Return every metric of one target for each lane (lane,)."""
    names = data.problem.groups
    rows = [
        activation_values(
            ActivationPredictions(
                truth, row, group, threshold, groups=names, judged=data.judged, speaker=speaker
            )
        )
        if np.isfinite(row).all()
        else {}
        for row in predictions
    ]
    return {name: np.array([row.get(name, np.nan) for row in rows]) for name in value_names(names)}
