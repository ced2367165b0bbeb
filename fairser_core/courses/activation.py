"""The course of the activation task, on windows or on vectors: a seed is a lane."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.corpora.checks import GENDERS
from fairser_core.courses.activation_answers import measure, metric_inputs, predict
from fairser_core.courses.activation_windows import Windows, shared_tensor, to_tensor
from fairser_core.courses.course import Scores
from fairser_core.datasets.activation import DIMENSIONS, Activation
from fairser_core.datasets.vectors import stored_vectors, vector_statistics
from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.activation_method import ActivationMethod, Batch
from fairser_core.methods.method import Networks
from fairser_core.metrics.lane_summary import LaneValues


class ActivationCourse:
    """Course that learns from windows of the training split and predicts the evaluated split."""

    criterion = "validation CCC"
    parts: Sequence[tuple[int, ...]] = ((),)

    def __init__(
        self,
        method: ActivationMethod,
        data: Activation,
        device: torch.device,
        *,
        vectorise: bool | None,
    ) -> None:
        """Put the data on a device.

        Args:
            method: method to train.
            data: arrays of the task.
            device: device to train on.
            vectorise: see `Course`; by default for vectors, and for windows on accelerators only:
                on a CPU convolutions gain nothing by it.

        Raises:
            ValueError: the vectors have no such layer, or no deviations.
            LayerFileError: the vectors are damaged, or not on this machine.
        """
        self.method, self.problem, self.data = method, data.problem, data
        self.ids = np.array(data.evaluated.ids)
        self.speaker = np.array(data.evaluated.speaker)
        self.targets = data.targets
        fast = device.type != "cpu" or data.vectors is not None
        self.vectorise = fast if vectorise is None else vectorise
        if data.vectors:
            stored = stored_vectors(data.vectors, method.layer, method.pooling)
            frames = torch.from_numpy(stored).to(device)
            mean, deviation = vector_statistics(stored, data.train.start)
            statistics = (to_tensor(mean, device), to_tensor(deviation, device))
        else:
            frames, statistics = shared_tensor(data.frames, device), None
        self.train = Windows.of(data.train, frames, data.problem, statistics)
        self.evaluated = Windows.of(data.evaluated, frames, data.problem, statistics)

    def name(self, part: tuple[int, ...]) -> str:
        """Return no name: a seed has one lane."""
        return ""

    def init(self, seed: int, part: tuple[int, ...], generator: torch.Generator) -> Networks:
        """Draw fresh networks; seeds differ in their random draws only."""
        return self.method.init(self.problem, generator)

    def order(self, streams: Sequence[Streams]) -> Tensor:
        """Draw the windows (step, lane, window) of an epoch; see `Windows.order`."""
        batch, stratified = self.method.batch, self.method.stratified_batches
        orders = [self.train.order(batch, stream["shuffle"], stratified) for stream in streams]
        return torch.stack(orders, dim=1).to(self.train.frames.device)

    def batch(self, index: Tensor) -> Batch:
        """Return the training windows at `index` (lane, window)."""
        return self.train.batch(index)

    def predict(self, networks: Networks, active: Tensor) -> Scores:
        """Predict the evaluated windows; zeros in inactive lanes.

        Returns:
            Activation (lane, window), or several targets (lane, window, target).
        """
        return predict(
            self.method,
            networks["predictor"],
            self.evaluated,
            self.problem,
            active,
            vectorise=self.vectorise,
        )

    def grades(self, predictions: Scores) -> NDArray[np.float64]:
        """Return the CCC (lane,)."""
        return self.measure(predictions)["ccc"]

    def measure(self, predictions: Scores) -> LaneValues:
        """Return every metric (seed,); see `activation_answers.measure`."""
        return measure(predictions, self.evaluated, self.data)

    @property
    def thresholds(self) -> dict[str, float]:
        """Threshold of each target."""
        problems = zip(self.targets, self.problem.targets, strict=True)
        return {name: problem.threshold for name, problem in problems}

    def representations(self, networks: Networks) -> None:
        """Return None: the paper uses no representation."""

    def prediction_table(self, predictions: Scores, seeds: Sequence[int]) -> pd.DataFrame:
        """Return a table of the evaluated utterances and their predictions.

        Columns are `utterance`, `speaker`, `gender`, `truth` and `prediction-<seed>`; of other
        groups than genders `group` and `judged` (the groups that are judged, a list as JSON) in
        place of `gender`. A row is an utterance, or a window where metrics are over windows. Of
        other targets than activation, and of several, each has rows of its own, with `target` and
        `threshold`.
        """
        owner, truth, group, values = metric_inputs(predictions, self.evaluated, self.data.level)
        names = np.array(self.problem.groups, dtype=object)[group]
        groups = {"gender": names}
        if self.problem.groups != GENDERS:
            judged = [self.problem.groups[number] for number in self.data.judged]
            groups = {"group": names, "judged": np.full(len(names), json.dumps(judged))}

        def table(truth: Scores, values: Scores) -> pd.DataFrame:
            return pd.DataFrame(
                {
                    "utterance": self.ids[owner],
                    "speaker": self.speaker[owner],
                    **groups,
                    "truth": truth,
                    **{f"prediction-{s}": row for s, row in zip(seeds, values, strict=True)},
                }
            )

        if self.targets == DIMENSIONS[:1]:
            return table(truth, values)
        truths = truth.reshape(len(truth), -1).T
        lanes_of = np.moveaxis(values.reshape(*values.shape[:2], -1), -1, 0)
        each = zip(self.thresholds.items(), truths, lanes_of, strict=True)
        tables = [
            table(of_target, lanes).assign(target=name, threshold=threshold)
            for (name, threshold), of_target, lanes in each
        ]
        return pd.concat(tables, ignore_index=True)
