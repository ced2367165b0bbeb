"""Training utterances of detectors of emotions, gathered by index, and their order in an epoch."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fairser_core.datasets.emotion import Emotion
from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.emotion_method import Batch, EmotionMethod


def lane_detectors(data: Emotion, lanes: int) -> list[tuple[int, int]]:
    """Return fold and emotion of each lane."""
    return [*data.detectors] * (lanes // len(data.detectors))


class Examples:
    """Utterances on a device, from which each detector trains on those of its fold.

    Attributes:
        features: features (utterance, feature), see `Emotion`.
        size: utterances of a batch.
        steps: number of steps of an epoch.
    """

    def __init__(self, method: EmotionMethod, data: Emotion, device: torch.device) -> None:
        """Put the utterances on a device.

        Args:
            method: method to train.
            data: arrays of the task.
            device: device to train on.

        Raises:
            ValueError: the method draws pairs, and a fold has too few utterances of an aligned
                gender.
        """
        self._method, self._data, self._folds = method, data, data.folds()
        self.features = torch.tensor(data.features, device=device)
        self._statistics = None
        if data.statistics is not None:
            self._statistics = [
                torch.tensor(values, dtype=torch.float32, device=device)
                for values in data.statistics
            ]
        self._label = torch.tensor(data.label, device=device)
        perceptions = (data.female, data.male)
        perceived = np.stack([each.label for each in perceptions], axis=-1)
        self._perceived = torch.tensor(perceived, device=device)
        consensus = np.stack([each.consensus for each in perceptions], axis=-1)
        self._consensus = torch.tensor(consensus.astype(np.float32), device=device)
        self._emotion = torch.tensor([emotion for _, emotion in data.detectors], device=device)
        # All folds take the steps of the smallest, or a lane's would depend on the others'.
        fewest = min(len(fold.train) for fold in self._folds)
        self.size = min(method.batch, fewest)
        self.steps = fewest // self.size
        if method.extra_pairs:
            self._check_pairs()

    def _check_pairs(self) -> None:
        """Raise a ValueError unless each fold can train on utterances of either aligned gender."""
        for fold in self._folds:
            for gender, value in (("women", 1), ("men", 0)):
                count = int((self._data.aligned[fold.train] == value).sum())
                if count < 2:
                    raise ValueError(
                        f"{type(self._method).__name__} needs at least 2 training utterances whose "
                        f"ground truth only the {gender} among the raters perceive, got "
                        f"{count} with session {fold.name} left out"
                    )

    def order(self, streams: Sequence[Streams]) -> Tensor:
        """Draw the utterances (step, lane, utterance) of an epoch for each lane.

        The few that are left over differ from epoch to epoch. Behind the utterances of the batch
        stand the pairs: as many of each aligned gender, drawn anew for each step.
        """
        lanes = []
        detectors = lane_detectors(self._data, len(streams))
        for stream, (fold, _) in zip(streams, detectors, strict=True):
            rows = torch.from_numpy(self._folds[fold].train)
            shuffled = rows[torch.randperm(len(rows), generator=stream["shuffle"])]
            batches = shuffled[: self.steps * self.size].view(self.steps, self.size)
            lanes.append(torch.cat([batches, *self._pairs(fold, stream["debias"])], dim=1))
        return torch.stack(lanes, dim=1).to(self.features.device)

    def _pairs(self, fold: int, generator: torch.Generator) -> list[Tensor]:
        """Draw training utterances (step, pair) of women's and of men's perception."""
        pairs = self._method.extra_pairs
        if not pairs:
            return []
        drawn = []
        for gender in (1, 0):
            rows = self._folds[fold].train
            rows = rows[self._data.aligned[rows] == gender]
            draws = torch.rand(self.steps, max(len(rows), pairs), generator=generator)
            chosen = draws.argsort(dim=1)[:, :pairs] % len(rows)
            drawn.append(torch.from_numpy(rows)[chosen])
        return drawn

    def batch(self, index: Tensor) -> Batch:
        """Return the utterances at `index` (lane, utterance), in the order of `order`."""
        emotion = self._emotion.repeat(len(index) // len(self._emotion))
        pairs = self._method.extra_pairs
        index, female, male = index.split([index.shape[1] - 2 * pairs, pairs, pairs], dim=1)
        return Batch(
            features=self.inputs(index),
            label=self._label[emotion[:, None], index],
            perceived=self._perceived[emotion[:, None], index],
            consensus=self._consensus[index],
            female=self.inputs(female),
            male=self.inputs(male),
        )

    def inputs(self, index: Tensor) -> Tensor:
        """Return the features at `index` (lane, utterance), normalised for each lane's fold."""
        features = self.features[index]
        if self._statistics is None:
            return features
        folds = [fold for fold, _ in lane_detectors(self._data, len(index))]
        mean, deviation = (values[folds][:, None] for values in self._statistics)
        normalised: Tensor = (features - mean) / deviation
        return normalised
