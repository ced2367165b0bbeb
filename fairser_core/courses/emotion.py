"""The course of the emotion task: the lanes of a seed are its detectors, one a fold and emotion."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from fairser_core.courses.activation_answers import CHUNK
from fairser_core.courses.course import Scores
from fairser_core.courses.emotion_answers import DEVIATIONS, SCORES, answer_metrics, columns, grade
from fairser_core.courses.emotion_examples import Examples, lane_detectors
from fairser_core.courses.emotion_tables import Lane, prediction_table, representation_table
from fairser_core.datasets.emotion import Emotion
from fairser_core.lanes.lanes import each_lane, take, tree_map
from fairser_core.lanes.random_streams import Streams
from fairser_core.methods.emotion_method import Batch, EmotionMethod
from fairser_core.methods.method import Networks
from fairser_core.metrics.emotion_table import over_emotions
from fairser_core.metrics.lane_summary import LaneValues
from fairser_core.metrics.resampling import Values


class EmotionCourse:
    """Course in which each detector learns from the training sessions of its fold.

    A detector predicts the evaluated session of its fold. Predictions of an emotion's detectors in
    all folds are put together and evaluated once; metrics are averaged over the emotions. Labels of
    a fold's tested session reach none of its detectors.

    With early stopping a detector keeps the epoch that is best in its validation session. Metrics
    of these sessions thus serve to choose between settings; the tested sessions show how good a
    chosen setting is.
    """

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
            method: method to train.
            data: arrays of the task.
            device: device to train on.
            vectorise: see `Course`; by default one step for all: detectors are so small that
                most of the time goes into launching the step, also on a CPU.

        Raises:
            ValueError: the method draws pairs, and a fold has too few utterances of an aligned
                gender.
        """
        self.method, self.data, self.problem = method, data, data.problem
        self.vectorise = vectorise is None or vectorise
        of_what = " of the genders' perspectives" if method.graded_by_perspectives else ""
        self.criterion = f"validation macro F1{of_what}"
        self.parts: Sequence[tuple[int, ...]] = data.detectors
        self.examples = Examples(method, data, device)
        self.folds, self.evaluated = data.folds(), data.evaluated()

    def name(self, part: tuple[int, ...]) -> str:
        """Return the emotion and the session of the fold."""
        fold, emotion = part
        return f"{self.data.emotions[emotion]}, session {self.folds[fold].name} left out"

    def init(self, seed: int, part: tuple[int, ...], generator: torch.Generator) -> Networks:
        """Draw fresh networks; add stage 1's detector of the same fold and emotion, if any.

        Where stage 1 was trained with fewer seeds, they take turns.
        """
        fresh = self.method.init(self.problem, generator)
        if not self.data.stage1:
            return fresh
        count = len(self.data.detectors)
        of_seed = seed % (len(next(iter(self.data.stage1.values()))) // count)
        lane = of_seed * count + self.data.detectors.index((part[0], part[1]))
        return {**fresh, "stage1": take(self.data.stage1, lane)}

    def order(self, streams: Sequence[Streams]) -> Tensor:
        """Draw the utterances (step, lane, utterance) of an epoch; see `Examples.order`."""
        return self.examples.order(streams)

    def batch(self, index: Tensor) -> Batch:
        """Return the utterances at `index` (lane, utterance), in the order of `order`."""
        return self.examples.batch(index)

    def predict(self, networks: Networks, active: Tensor) -> Scores:
        """Predict the evaluated sessions (lane, utterance, column); see `emotion_answers.columns`.

        Sessions differ in size; values behind the end of a session have no meaning.
        """
        scores, latent = self._answers(networks, active)
        detectors = lane_detectors(self.data, len(active))
        kept = np.zeros((*scores.shape[:2], len(SCORES) + len(DEVIATIONS)))
        for lane in active.nonzero()[:, 0].tolist():
            rows = self.evaluated[detectors[lane][0]]
            kept[lane, : len(rows)] = columns(
                scores[lane, : len(rows)], latent[lane, : len(rows)], self.data.aligned[rows]
            )
        return kept

    def _answers(
        self, networks: Networks, active: Tensor
    ) -> tuple[Scores, NDArray[np.floating[Any]]]:
        """Return scores (lane, utterance, score) and representations (lane, utterance, unit)."""
        longest = max(map(len, self.evaluated))
        detectors = lane_detectors(self.data, len(active))
        rows = np.stack([np.resize(self.evaluated[fold], longest) for fold, _ in detectors])
        chunks = []
        for index in torch.from_numpy(rows).to(self.examples.features.device).split(CHUNK, dim=1):
            with torch.no_grad():
                answer = each_lane(
                    lambda nets, features: self.method.predict(nets, features, self.problem),
                    [networks, self.examples.inputs(index)],
                    active,
                    vectorise=self.vectorise,
                )
            chunks.append(answer)
        answers = tree_map(lambda *parts: torch.cat(parts, dim=1).cpu(), *chunks)
        scores = torch.stack([getattr(answers, name) for name in SCORES], dim=-1)
        return scores.double().numpy(), answers.latent.numpy()

    def representations(self, networks: Networks) -> pd.DataFrame:
        """Return a table of utterances with an aligned gender, as each detector represents them.

        The detectors are those of the first seed; see `representation_table`.
        """
        count = len(self.parts)
        active = torch.ones(count, dtype=torch.bool)
        _, latent = self._answers(tree_map(lambda tensor: tensor[:count], networks), active)
        return representation_table(latent, self.data, self.evaluated)

    def _lanes(self, predictions: Scores) -> list[Lane]:
        """Return the predictions of each lane."""
        lanes = []
        detectors = lane_detectors(self.data, len(predictions))
        for (fold, emotion), kept in zip(detectors, predictions, strict=True):
            rows = self.evaluated[fold]
            lanes.append(Lane(emotion, rows, kept[: len(rows)]))
        return lanes

    def grades(self, predictions: Scores) -> NDArray[np.float64]:
        """Return the macro F1 of each detector in its evaluated session (lane,); see `grade`."""
        return np.array(
            [
                grade(kept, self.data, emotion, rows, self.method.graded_by_perspectives)
                for emotion, rows, kept in self._lanes(predictions)
            ]
        )

    def measure(self, predictions: Scores) -> LaneValues:
        """Return every metric (seed,): means over emotions, and `<metric>_<emotion>`.

        Values are NaN for seeds with a score that is not finite, and where a metric is undefined; a
        mean is undefined where the metric is for one of the emotions.
        """
        seeds = len(predictions) // len(self.parts)
        rows = [self._seed(part) for part in np.split(predictions, seeds)]
        return {name: np.array([row[name] for row in rows]) for name in rows[0]}

    def _seed(self, predictions: Scores) -> dict[str, float]:
        """Return the metrics of a seed from its detectors' predictions (detector, utterance)."""
        lanes = self._lanes(predictions)
        each: dict[str, dict[str, Values]] = {}
        for emotion in dict.fromkeys(number for number, _, _ in lanes):
            rows = np.concatenate([rows for number, rows, _ in lanes if number == emotion])
            kept = np.concatenate([kept for number, _, kept in lanes if number == emotion])
            each[self.data.emotions[emotion]] = answer_metrics(kept, self.data, emotion, rows)
        return {name: float(value) for name, value in over_emotions(each).items()}

    def prediction_table(self, predictions: Scores, seeds: Sequence[int]) -> pd.DataFrame:
        """Return a table of predictions, a row an utterance and emotion; see `prediction_table`."""
        of_seeds = np.split(predictions, len(seeds))
        lanes = {s: self._lanes(of_seed) for s, of_seed in zip(seeds, of_seeds, strict=True)}
        return prediction_table(lanes, self.data)
