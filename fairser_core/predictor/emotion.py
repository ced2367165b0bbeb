"""Predicts emotions: of all recordings together, as they are normalised speaker by speaker."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.datasets.activation import normalise
from fairser_core.features.audio import AudioError
from fairser_core.features.cache import z_norm_statistics
from fairser_core.features.vectors import moments, pool
from fairser_core.lanes.lanes import take
from fairser_core.methods.emotion_method import EmotionMethod, Predictions
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.perspective import (
    GENDER_FREE,
    PERSPECTIVES,
    Outcome,
    check_perspective,
)
from fairser_core.predictor.recording import Recording, features
from fairser_core.predictor.specification import EmotionTask

Vector = NDArray[np.floating]
FIELDS = {GENDER_FREE: "score", "male": "male", "female": "female"}
"""Field of `Predictions` that holds the scores of each perspective."""


class EmotionPredictor:
    """A bundle of the emotion task at work.

    For each emotion there is a detector for every session that was left out in training; its
    probability is the mean over them. The emotion predicted is the most probable one. Features are
    normalised for each speaker, over the recordings of one call: those whose speaker is not known
    count as one speaker's.

    Attributes:
        bundle: what was handed over.
        columns: names of what is predicted.
        perspectives: from which it can be.
    """

    def __init__(self, bundle: Bundle) -> None:
        """Make the bundle ready to predict."""
        assert isinstance(bundle.method, EmotionMethod)
        assert isinstance(bundle.task, EmotionTask)
        self.bundle, self.method, self.task = bundle, bundle.method, bundle.task
        self.columns = ("emotion", *bundle.task.emotions)
        self.perspectives = PERSPECTIVES if bundle.method.graded_by_perspectives else (GENDER_FREE,)

    def answers(self, vectors: Vector, perspective: str) -> NDArray[np.float64]:
        """Probability of each emotion (session, emotion, utterance), session left out by session.

        Args:
            vectors: features of utterances, normalised (utterance, feature).
            perspective: whose.
        """
        with torch.inference_mode():
            scores = self.probabilities(torch.from_numpy(vectors), perspective)
        return scores.double().numpy()

    def probabilities(self, vectors: torch.Tensor, perspective: str) -> torch.Tensor:
        """As `answers`, of tensors."""
        count = len(self.task.emotions)
        found = [self.answer(n, vectors) for n in range(len(self.task.sessions) * count)]
        field = Predictions._fields.index(FIELDS[perspective])
        scores: torch.Tensor = torch.stack([answer[field] for answer in found])
        return scores.reshape(-1, count, vectors.shape[0])

    def answer(self, detector: int, vectors: torch.Tensor) -> Predictions:
        """What a detector says of normalised vectors (utterance, feature)."""
        networks = take(self.bundle.networks, detector)
        return self.method.predict(networks, vectors, self.task.problem)

    def predict(
        self, recordings: Iterable[Recording], perspective: str = GENDER_FREE
    ) -> Iterator[Outcome]:
        """What is predicted of each recording, in their order: a row, or why there is none.

        Raises:
            PerspectiveError: there is no such perspective.
        """
        check_perspective(perspective, self.perspectives, self.bundle.method_name)
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
        """Features of each recording (feature,), normalised over its speaker's, or why not."""
        named = [(recording, self._vector(recording)) for recording in recordings]
        of_speaker: dict[str | None, list[Vector]] = {}
        for recording, mean in named:
            if not isinstance(mean, AudioError):
                of_speaker.setdefault(recording.speaker, []).append(mean)
        statistics = {s: z_norm_statistics([np.stack(rows)]) for s, rows in of_speaker.items()}
        found: list[Vector | AudioError] = []
        for recording, mean in named:
            if isinstance(mean, AudioError):
                found.append(mean)
            elif len(of_speaker[recording.speaker]) < 2:
                found.append(_alone(recording))
            else:
                found.append(normalise(mean, statistics[recording.speaker]))
        return found

    def _vector(self, recording: Recording) -> Vector | AudioError:
        """Vector of a recording, not normalised (feature,)."""
        try:
            array = features(recording, self.bundle.features, self.task.coefficients)
        except AudioError as error:
            return error
        return pool(moments(array), self.task.pooling)


def _alone(recording: Recording) -> AudioError:
    who = "without a speaker" if recording.speaker is None else f"of speaker {recording.speaker!r}"
    return AudioError(
        f"{recording.name}: features are normalised over a speaker's recordings, of which there "
        f"must be at least 2; this is the only one {who}"
    )
