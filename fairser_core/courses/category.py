"""The course of the category task: a lane of a seed learns classes from vectors of utterances."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.courses.course import Scores
from fairser_core.datasets.category import Category
from fairser_core.datasets.category_arrays import layer_features
from fairser_core.lanes import lanes
from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.category_method import CategoryBatch, CategoryMethod, predict_classes
from fairser_core.methods.method import Networks
from fairser_core.metrics.category import CategoryPredictions
from fairser_core.metrics.category_table import category_values, value_names
from fairser_core.metrics.lane_summary import LaneValues
from fairser_core.networks.layers import Parameters


class CategoryCourse:
    """Course that learns from the training utterances and predicts the evaluated ones.

    With `hard` targets those without a class are left out of training; with others they count by
    the shares of their votes.
    """

    criterion = "validation macro F1"
    parts: Sequence[tuple[int, ...]] = ((),)

    def __init__(
        self,
        method: CategoryMethod,
        data: Category,
        device: torch.device,
        *,
        vectorise: bool | None,
    ) -> None:
        """Put the data on a device.

        Args:
            method: method to train.
            data: arrays of the task.
            device: device to train on.
            vectorise: see `Course`; by default one step for all lanes, which are small.

        Raises:
            ValueError: the vectors have no such layer as the method's.
            LayerFileError: the vectors are damaged, or not on this machine.
        """
        self.method, self.problem, self.data = method, data.problem, data
        self.vectorise = vectorise is None or vectorise
        classes, groups = len(data.problem.classes), len(data.problem.groups)
        named = np.vstack([np.eye(classes, dtype=np.float32), np.zeros((1, classes), np.float32)])
        features, _ = layer_features(data, method.layer)
        self.features = torch.tensor(features, device=device)
        self.label = torch.tensor(named[data.label], device=device)
        self.shares = torch.tensor(data.shares, device=device)
        member = np.eye(groups, dtype=np.float32)[data.group]
        self.groups = torch.tensor(member, device=device)
        known = data.label >= 0 if method.targets == "hard" else data.shares.sum(axis=1) > 0
        self.train = torch.from_numpy(data.train[known[data.train]])
        self.evaluated = torch.from_numpy(data.evaluated).to(device)

    def name(self, part: tuple[int, ...]) -> str:
        """Return no name: a seed has one lane."""
        return ""

    def init(self, seed: int, part: tuple[int, ...], generator: torch.Generator) -> Networks:
        """Draw fresh networks; seeds differ in their random draws only."""
        return self.method.init(self.problem, generator)

    def order(self, streams: Sequence[Streams]) -> Tensor:
        """Draw the utterances (step, lane, utterance) of an epoch.

        The few that are left over differ from epoch to epoch.
        """
        size = min(self.method.batch, len(self.train))
        steps = len(self.train) // size
        orders = []
        for stream in streams:
            shuffled = self.train[torch.randperm(len(self.train), generator=stream["shuffle"])]
            orders.append(shuffled[: steps * size].view(steps, size))
        return torch.stack(orders, dim=1).to(self.features.device)

    def batch(self, index: Tensor) -> CategoryBatch:
        """Return the utterances at `index` (lane, utterance)."""
        parts = (self.features, self.label, self.shares, self.groups)
        return CategoryBatch(*(part[index] for part in parts))

    def predict(self, networks: Networks, active: Tensor) -> Scores:
        """Predict probabilities (lane, utterance, class); zeros in inactive lanes."""
        features = self.features[self.evaluated]

        def forward(parameters: Parameters) -> Tensor:
            return predict_classes(self.method, parameters, features, self.problem)

        with torch.no_grad():
            answer = lanes.each_lane(
                forward, [networks["predictor"]], active, vectorise=self.vectorise
            )
        return np.asarray(answer.cpu().numpy(), dtype=np.float64)

    def grades(self, predictions: Scores) -> NDArray[np.float64]:
        """Return the macro F1 (lane,)."""
        return self.measure(predictions)["macro_f1"]

    def measure(self, predictions: Scores) -> LaneValues:
        """Return every metric (seed,), and those of each group.

        Returns:
            NaN in lanes whose predictions are not finite, and where a metric is undefined.
        """
        rows = [
            category_values(category_predictions(self.data, row), self.problem.groups)
            if np.isfinite(row).all() and row.any()
            else {}
            for row in predictions
        ]
        names = value_names(self.problem.groups)
        return {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}

    def representations(self, networks: Networks) -> None:
        """Return None: the task has no figure of representations."""

    def prediction_table(self, predictions: Scores, seeds: Sequence[int]) -> pd.DataFrame:
        """Return a table of the evaluated utterances and the probabilities of their classes.

        Columns are `utterance`, `speaker`, `group`, `judged` (the groups that are judged, a list as
        JSON), `truth` and `<class>-<seed>`.
        """
        rows, problem = self.data.evaluated, self.problem
        judged = json.dumps([problem.groups[number] for number in self.data.judged])
        columns = {
            f"{name}-{seed}": of_seed[:, number]
            for seed, of_seed in zip(seeds, predictions, strict=True)
            for number, name in enumerate(problem.classes)
        }
        return pd.DataFrame(
            {
                "utterance": np.array(self.data.ids, dtype=object)[rows],
                "speaker": np.array(self.data.speaker, dtype=object)[rows],
                "group": np.array(problem.groups, dtype=object)[self.data.group[rows]],
                "judged": judged,
                "truth": np.array(problem.classes, dtype=object)[self.data.label[rows]],
                **columns,
            }
        )


def category_predictions(data: Category, probability: NDArray[np.float64]) -> CategoryPredictions:
    """Return the predictions of a lane for the evaluated utterances.

    Args:
        data: arrays of the task.
        probability: of each class (utterance, class).
    """
    rows = data.evaluated
    speaker = np.unique(np.array(data.speaker)[rows], return_inverse=True)[1]
    return CategoryPredictions(
        truth=data.label[rows],
        probability=probability,
        group=data.group[rows],
        judged=data.judged,
        speaker=speaker,
    )
