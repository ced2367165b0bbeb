"""The course of the emotion task: a seed's lanes are its detectors, one a fold and emotion."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.courses.course import Scores
from fairser_core.detection import FIRES_ABOVE, detection_metrics, f1_macro
from fairser_core.evaluation import CHUNK, LaneValues
from fairser_core.lanes import Streams, each_lane
from fairser_core.methods.emotion_method import Batch, EmotionMethod
from fairser_core.nets import Parameters
from fairser_core.tasks.emotion import Emotion


class EmotionCourse:
    """Each detector is taught its fold's training sessions and asked for its validation session.

    What the detectors of an emotion say in all folds is put together, judged once, and the metrics
    are averaged over the emotions. Labels of a fold's tested session reach none of its detectors.

    With early stopping a detector keeps the epoch that is best in the very session it is judged by,
    so these figures choose between settings; what a chosen one is worth, tested sessions tell.
    """

    criterion = "validation macro F1"

    def __init__(
        self,
        method: EmotionMethod,
        data: Emotion,
        device: torch.device,
        *,
        vectorise: bool | None,
    ) -> None:
        """Put the data on a device.

        Args:
            method: what is trained.
            data: arrays of the task.
            device: where to train.
            vectorise: see `Course`; by default one step for all: detectors are so small that
                launching the step is what takes time, also on a CPU.
        """
        self.method, self.data, self.problem = method, data, data.problem
        self.vectorise = vectorise is None or vectorise
        self.parts: Sequence[tuple[int, ...]] = data.detectors
        self.features = torch.tensor(data.features, device=device)
        self.label = torch.tensor(data.label, device=device)
        self.emotion = torch.tensor([emotion for _, emotion in data.detectors], device=device)
        self.folds = data.folds()
        # All folds take the steps of the smallest, or a lane's would depend on the others'.
        fewest = min(len(fold.train) for fold in self.folds)
        self.size = min(method.batch, fewest)
        self.steps = fewest // self.size

    def name(self, part: tuple[int, ...]) -> str:
        """The emotion and the fold's session."""
        fold, emotion = part
        return f"{self.data.emotions[emotion]}, session {self.folds[fold].name} left out"

    def order(self, streams: Sequence[Streams]) -> Tensor:
        """Utterances (step, lane, utterance) of an epoch, shuffled for each lane.

        Those that are left over differ from epoch to epoch.
        """
        lanes = []
        for stream, (fold, _) in zip(streams, self._detectors(len(streams)), strict=True):
            rows = torch.from_numpy(self.folds[fold].train)
            shuffled = rows[torch.randperm(len(rows), generator=stream["shuffle"])]
            lanes.append(shuffled[: self.steps * self.size])
        order = torch.stack(lanes).view(len(streams), self.steps, self.size)
        return order.transpose(0, 1).to(self.features.device)

    def _detectors(self, lanes: int) -> list[tuple[int, int]]:
        """Fold and emotion of each lane."""
        return [*self.data.detectors] * (lanes // len(self.data.detectors))

    def batch(self, index: Tensor) -> Batch:
        """Utterances at `index` (lane, utterance)."""
        emotion = self.emotion.repeat(len(index) // len(self.emotion))
        return Batch(self.features[index], self.label[emotion[:, None], index])

    def predict(self, predictors: Parameters, active: Tensor) -> Scores:
        """Probability (lane, utterance) of the emotion in the validation session.

        Sessions differ in size; what is behind a session's end has no meaning.
        """
        longest = max(len(fold.validation) for fold in self.folds)
        lanes = [
            np.resize(self.folds[fold].validation, longest)
            for fold, _ in self._detectors(len(active))
        ]
        chunks = []
        for index in torch.from_numpy(np.stack(lanes)).to(self.features.device).split(CHUNK, dim=1):
            with torch.no_grad():
                scores = each_lane(
                    lambda parameters, features: self.method.score(
                        parameters, features, self.problem
                    ),
                    [predictors, self.features[index]],
                    active,
                    vectorise=self.vectorise,
                )
            chunks.append(scores)
        return torch.cat(chunks, dim=1).cpu().numpy().astype(np.float64)

    def _asked(self, predictions: Scores) -> list[tuple[int, NDArray[np.int64], Scores]]:
        """Emotion, validation utterances (row,) and what is said of them (row,), for each lane."""
        found = []
        detectors = self._detectors(len(predictions))
        for (fold, emotion), scores in zip(detectors, predictions, strict=True):
            rows = self.folds[fold].validation
            found.append((emotion, rows, scores[: len(rows)]))
        return found

    def grades(self, predictions: Scores) -> NDArray[np.float64]:
        """Macro F1 of each detector in its validation session (lane,)."""
        return np.array(
            [
                f1_macro(self.data.label[emotion, rows] > 0, scores > FIRES_ABOVE)
                if np.isfinite(scores).all()
                else np.nan
                for emotion, rows, scores in self._asked(predictions)
            ]
        )

    def measure(self, predictions: Scores) -> LaneValues:
        """Every metric (seed,): means over emotions, and `<metric>_<emotion>`.

        NaN for seeds with a score that is not finite, and where a metric is undefined; undefined
        for an emotion is undefined for the mean.
        """
        seeds = len(predictions) // len(self.parts)
        rows = [self._seed(part) for part in np.split(predictions, seeds)]
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}

    def _seed(self, predictions: Scores) -> dict[str, float]:
        """The metrics of one seed from what its detectors say (detector, utterance)."""
        asked = self._asked(predictions)
        found: dict[str, dict[str, float]] = {}
        for emotion in dict.fromkeys(number for number, _, _ in asked):
            rows = np.concatenate([rows for number, rows, _ in asked if number == emotion])
            scores = np.concatenate([values for number, _, values in asked if number == emotion])
            known = bool(np.isfinite(scores).all())
            values = detection_metrics(
                self.data.label[emotion, rows] > 0,
                scores if known else np.zeros_like(scores),
                self.data.s1[rows],
                self.data.aligned[rows],
            )
            found[self.data.emotions[emotion]] = (
                values if known else dict.fromkeys(values, float("nan"))
            )
        names = next(iter(found.values()))
        means = {n: float(np.mean([values[n] for values in found.values()])) for n in names}
        each = {f"{n}_{e}": values[n] for n in names for e, values in found.items()}
        return means | each
