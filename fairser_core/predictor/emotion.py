"""Predictor of emotions, of all recordings together: features may be normalised by speaker."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fairser_core.features.normalisation import (
    Statistics,
    normalise,
    z_norm_statistics,
)
from fairser_core.features.variance import constant_features
from fairser_core.features.vectors import moments, pool
from fairser_core.files.segment import AudioError
from fairser_core.lanes.lanes import take
from fairser_core.methods.emotion_method import EmotionMethod, Predictions
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.emotion_specification import EmotionSpecification
from fairser_core.predictor.perspective import GENDER_FREE, PERSPECTIVES, Outcome
from fairser_core.predictor.predictor import Exported, Predictor
from fairser_core.predictor.pretrained import PretrainedModel
from fairser_core.predictor.recording import GroupColumn, Recording, features

logger = logging.getLogger(__name__)

Vector = NDArray[np.floating]
FIELDS = {GENDER_FREE: "score", "male": "male", "female": "female"}
"""Field of `Predictions` that holds the scores of each perspective."""


class EmotionPredictor(Predictor):
    """Predictor of a bundle of the emotion task: the most probable emotion, and all probabilities.

    Each emotion has a detector for every session that was left out in training; its probability is
    the mean over these detectors. Features may be normalised for each speaker or session, over the
    recordings of one call: recordings of unknown speakers count as those of one speaker.
    """

    specification = EmotionSpecification
    text_columns = ("emotion",)

    def __init__(self, bundle: Bundle) -> None:
        """Make the bundle ready to predict."""
        assert isinstance(bundle.method, EmotionMethod)
        assert isinstance(bundle.task, EmotionSpecification)
        super().__init__(bundle)
        views = bundle.method.graded_by_perspectives
        self.columns = ("emotion", *bundle.task.emotions)
        self.perspectives = PERSPECTIVES if views else (GENDER_FREE,)
        self.method, self.task = bundle.method, bundle.task
        self.statistics = [
            torch.tensor(values, dtype=torch.float32)
            for values in (bundle.task.mean, bundle.task.deviation)
            if values is not None
        ]

    @property
    def normalised_by(self) -> GroupColumn | None:
        """Group over whose recordings features are normalised."""
        way = self.task.normalisation
        return way if way in ("speaker", "session") else None

    def answers(self, vectors: Vector, perspective: str) -> NDArray[np.float64]:
        """Predict the probability of each emotion (session, emotion, utterance).

        Args:
            vectors: features of utterances as `vectors` returns them (utterance, feature).
            perspective: whose perception is predicted.

        Returns:
            Probabilities in 0..1 by the session that each detector was left without.
        """
        with torch.inference_mode():
            scores = self.probabilities(torch.from_numpy(vectors), perspective)
        return scores.double().numpy()

    def probabilities(self, vectors: torch.Tensor, perspective: str) -> torch.Tensor:
        """Predict as `answers`, from and to tensors."""
        count = len(self.task.emotions)
        answers = [self.answer(n, vectors) for n in range(len(self.task.sessions) * count)]
        field = Predictions._fields.index(FIELDS[perspective])
        scores: torch.Tensor = torch.stack([answer[field] for answer in answers])
        return scores.reshape(-1, count, vectors.shape[0])

    def answer(self, detector: int, vectors: torch.Tensor) -> Predictions:
        """Return the answer of a detector on `vectors` (utterance, feature)."""
        networks = take(self.bundle.networks, detector)
        if self.statistics:
            fold = detector // len(self.task.emotions)
            mean, deviation = (values[fold] for values in self.statistics)
            vectors = (vectors - mean) / deviation
        return self.method.predict(networks, vectors, self.task.problem)

    def outcomes(self, recordings: Iterable[Recording], perspective: str) -> Iterator[Outcome]:
        """Predict emotion and probabilities of each recording."""
        vectors = self.vectors(recordings)
        usable = [vector for vector in vectors if not isinstance(vector, AudioError)]
        if not usable:
            return iter(vector for vector in vectors if isinstance(vector, AudioError))
        means = iter(self.answers(np.stack(usable), perspective).mean(axis=0).T)
        return (v if isinstance(v, AudioError) else self._row(next(means)) for v in vectors)

    def _row(self, probabilities: NDArray[np.float64]) -> Outcome:
        emotions = self.task.emotions
        likeliest = emotions[int(probabilities.argmax())]
        return {"emotion": likeliest, **dict(zip(emotions, probabilities.tolist(), strict=True))}

    def vectors(self, recordings: Iterable[Recording]) -> list[Vector | AudioError]:
        """Return features (feature,) of each recording, normalised by group, or its error.

        Mean and deviation of the training sessions differ by detector: `answer` applies them.
        """
        named = [(recording, self._vector(recording)) for recording in recordings]
        by = self.normalised_by
        if by is None:
            return [v if isinstance(v, AudioError) else v.astype(np.float32) for _, v in named]
        unknown = sum(getattr(recording, by) is None for recording, _ in named)
        if unknown:
            logger.warning(
                "note: features are normalised over each %s's recordings; those whose %s is not "
                "named, %d of %d, count as one %s's",
                *(by, by, unknown, len(named), by),
            )
        rows: dict[str | None, list[Vector]] = {}
        for recording, vector in named:
            if not isinstance(vector, AudioError):
                rows.setdefault(getattr(recording, by), []).append(vector)
        groups = {name: _Group.of(np.stack(each)) for name, each in rows.items()}
        return [
            vector
            if isinstance(vector, AudioError)
            else groups[getattr(recording, by)].normalised(vector, recording, by)
            for recording, vector in named
        ]

    def _vector(self, recording: Recording) -> Vector | AudioError:
        """Return the vector of a recording (feature,), not normalised, or its error."""
        assert not isinstance(self.bundle.features, PretrainedModel)  # `read_bundle`
        try:
            array = features(recording, self.bundle.features, self.task.coefficients)
        except AudioError as error:
            return error
        return pool(moments(array), self.task.pooling)

    def exported(self) -> Exported:
        """Return the network of vectors as `vectors` returns them (utterance, feature)."""
        shape = (self.task.problem.features,)
        return Exported(_Emotions(self), shape, ("vectors", *self.perspectives))


class _Emotions(nn.Module):
    """Probability of each emotion (utterance, emotion), from each perspective that there is."""

    def __init__(self, predictor: EmotionPredictor) -> None:
        super().__init__()
        self.predictor = predictor

    def forward(self, vectors: Tensor) -> tuple[Tensor, ...]:
        return tuple(
            self.predictor.probabilities(vectors, perspective).mean(dim=0).T
            for perspective in self.predictor.perspectives
        )


@dataclass(frozen=True)
class _Group:
    """Recordings of a speaker or session, which are normalised together.

    Attributes:
        statistics: mean and standard deviation of each feature.
        problem: rule that they break; empty if something is left of them.
    """

    statistics: Statistics
    problem: str

    @classmethod
    def of(cls, vectors: Vector) -> "_Group":
        """Return the group of vectors (recording, feature)."""
        problem = ""
        if len(vectors) < 2:
            problem = "must be at least 2; this is the only one"
        elif len(constant_features([vectors])) == vectors.shape[1]:
            problem = "must differ; all features are the same in those"
        return cls(z_norm_statistics([vectors]), problem)

    def normalised(self, vector: Vector, recording: Recording, by: str) -> Vector | AudioError:
        """Return a vector of the group normalised, or its recording's error."""
        if not self.problem:
            return normalise(vector, self.statistics)
        name = getattr(recording, by)
        of = f"without a {by}" if name is None else f"of {by} {name!r}"
        return AudioError(
            f"{recording.name}: features are normalised over a {by}'s recordings, which "
            f"{self.problem} {of}"
        )
