"""Predictor of emotions, of all recordings together: features are normalised by speaker."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.features.normalisation import normalise, z_norm_statistics
from fairser_core.features.vectors import Pooling, moments, pool
from fairser_core.files.segment import AudioError
from fairser_core.lanes.lanes import take
from fairser_core.methods.checks import require
from fairser_core.methods.emotion_method import EmotionMethod, Predictions
from fairser_core.methods.method import Method, Networks
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.perspective import GENDER_FREE, PERSPECTIVES, Outcome
from fairser_core.predictor.predictor import Exported, Predictor
from fairser_core.predictor.pretrained import PretrainedModel
from fairser_core.predictor.recording import Recording, features
from fairser_core.predictor.specification import (
    Shapes,
    Specification,
    named_shapes,
    predictor_shapes,
)

Vector = NDArray[np.floating]
FIELDS = {GENDER_FREE: "score", "male": "male", "female": "female"}
"""Field of `Predictions` that holds the scores of each perspective."""


@dataclass(frozen=True, kw_only=True)
class EmotionSpecification(Specification):
    """Emotions of an utterance, with a detector for each emotion and session left out.

    Attributes:
        problem: facts that the method depends on.
        emotions: names of the detected emotions.
        sessions: names of the sessions of the training corpus. Detector number `fold x emotions +
            emotion` is of the fold that leaves the session of number `fold` out.
        pooling: pooling of frames into the vector of an utterance.
    """

    name: ClassVar[str] = "emotion"

    problem: EmotionProblem
    pooling: Pooling
    emotions: tuple[str, ...]
    sessions: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("emotions", "sessions"):
            values = getattr(self, name)
            require(len(set(values)) == len(values), name, "different names", values)
        taken = {"path", "emotion"} & set(self.emotions)  # columns of the output
        require(not taken, "emotions", "other names than path and emotion", self.emotions)
        even = self.pooling == "mean" or self.problem.features % 2 == 0
        require(even, "features", "even, for means and deviations", self.problem.features)
        stage1 = self.problem.stage1
        if stage1 is not None:
            rule = f"of {self.problem.features} features"
            require(stage1.features == self.problem.features, "stage1", rule, stage1.features)

    @property
    def coefficients(self) -> int:
        """Number of features of a frame."""
        return self.problem.features // (1 if self.pooling == "mean" else 2)

    @property
    def layers(self) -> int:
        """No layer of a speech model."""
        return 0

    def shapes(self, method: Method[Any, Any]) -> Shapes:
        """Return the shape of each parameter by its name in the file, detector axis first."""
        detectors = len(self.sessions) * len(self.emotions)
        shapes = predictor_shapes(method, self.problem)
        if self.problem.stage1 is not None:
            with torch.device("meta"):
                shapes |= named_shapes({"stage1": self.problem.stage1.init(torch.Generator("cpu"))})
        return {name: (detectors, *shape) for name, shape in shapes.items()}

    def networks_of_seed(self, networks: Networks) -> Networks:
        """Return the networks as they are: a seed's lanes are its detectors."""
        return networks


class EmotionPredictor(Predictor):
    """Predictor of a bundle of the emotion task: the most probable emotion, and all probabilities.

    Each emotion has a detector for every session that was left out in training; its probability is
    the mean over these detectors. Features are normalised for each speaker, over the recordings of
    one call: recordings of unknown speakers count as those of one speaker.
    """

    specification = EmotionSpecification
    text_columns = ("emotion",)
    normalised_by_speaker = True

    def __init__(self, bundle: Bundle) -> None:
        """Make the bundle ready to predict."""
        assert isinstance(bundle.method, EmotionMethod)
        assert isinstance(bundle.task, EmotionSpecification)
        super().__init__(bundle)
        views = bundle.method.graded_by_perspectives
        self.columns = ("emotion", *bundle.task.emotions)
        self.perspectives = PERSPECTIVES if views else (GENDER_FREE,)
        self.method, self.task = bundle.method, bundle.task

    def answers(self, vectors: Vector, perspective: str) -> NDArray[np.float64]:
        """Predict the probability of each emotion (session, emotion, utterance).

        Args:
            vectors: features of utterances, normalised (utterance, feature).
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
        """Return the answer of a detector on normalised vectors (utterance, feature)."""
        networks = take(self.bundle.networks, detector)
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
        """Return features (feature,) of each recording, normalised by speaker, or its error."""
        named = [(recording, self._vector(recording)) for recording in recordings]
        of_speaker: dict[str | None, list[Vector]] = {}
        for recording, mean in named:
            if not isinstance(mean, AudioError):
                of_speaker.setdefault(recording.speaker, []).append(mean)
        statistics = {s: z_norm_statistics([np.stack(rows)]) for s, rows in of_speaker.items()}
        vectors: list[Vector | AudioError] = []
        for recording, mean in named:
            if isinstance(mean, AudioError):
                vectors.append(mean)
            elif len(of_speaker[recording.speaker]) < 2:
                vectors.append(_single(recording))
            else:
                vectors.append(normalise(mean, statistics[recording.speaker]))
        return vectors

    def _vector(self, recording: Recording) -> Vector | AudioError:
        """Return the vector of a recording (feature,), not normalised, or its error."""
        assert not isinstance(self.bundle.features, PretrainedModel)  # `read_bundle`
        try:
            array = features(recording, self.bundle.features, self.task.coefficients)
        except AudioError as error:
            return error
        return pool(moments(array), self.task.pooling)

    def exported(self) -> Exported:
        """Return the network of vectors, normalised for each speaker (utterance, feature)."""
        return Exported(_Emotions(self), (self.task.coefficients,), ("vectors", *self.perspectives))


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


def _single(recording: Recording) -> AudioError:
    """Return the error of a speaker's only recording."""
    of = "without a speaker" if recording.speaker is None else f"of speaker {recording.speaker!r}"
    return AudioError(
        f"{recording.name}: features are normalised over a speaker's recordings, of which there "
        f"must be at least 2; this is the only one {of}"
    )
