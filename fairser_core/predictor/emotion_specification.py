"""Facts that a bundle holds of the emotion task."""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch

from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.features.normalisation import Normalisation
from fairser_core.features.vectors import Pooling
from fairser_core.methods.checks import require
from fairser_core.methods.method import Method, Networks
from fairser_core.predictor.specification import (
    Shapes,
    Specification,
    named_shapes,
    predictor_shapes,
)


@dataclass(frozen=True, kw_only=True)
class EmotionSpecification(Specification):
    """Emotions of an utterance, with a detector for each emotion and session left out.

    Attributes:
        problem: facts that the method depends on.
        emotions: names of the detected emotions.
        sessions: names of the sessions of the training corpus. Detector number `fold x emotions +
            emotion` is of the fold that leaves the session of number `fold` out.
        pooling: pooling of frames into the vector of an utterance.
        normalisation: utterances that normalise an utterance.
        mean: mean of each feature over the training sessions of each fold (fold, feature); None
            with another normalisation.
        deviation: standard deviation of the same.
    """

    name: ClassVar[str] = "emotion"

    problem: EmotionProblem
    pooling: Pooling
    emotions: tuple[str, ...]
    sessions: tuple[str, ...]
    normalisation: Normalisation
    mean: tuple[tuple[float, ...], ...] | None
    deviation: tuple[tuple[float, ...], ...] | None

    def __post_init__(self) -> None:
        for name in ("emotions", "sessions"):
            values = getattr(self, name)
            require(len(set(values)) == len(values), name, "different names", values)
        taken = {"path", "emotion"} & set(self.emotions)  # columns of the output
        require(not taken, "emotions", "other names than path and emotion", self.emotions)
        even = self.pooling == "mean" or self.problem.features % 2 == 0
        require(even, "features", "even, for means and deviations", self.problem.features)
        self._check_statistics()
        stage1 = self.problem.stage1
        if stage1 is not None:
            rule = f"of {self.problem.features} features"
            require(stage1.features == self.problem.features, "stage1", rule, stage1.features)

    def _check_statistics(self) -> None:
        rule = f"of {self.problem.features} features in each of {len(self.sessions)} folds"
        for name in ("mean", "deviation"):
            values = getattr(self, name)
            with_values = self.normalisation == "training"
            require((values is not None) == with_values, name, "there for `training` alone", values)
            if values is not None:
                sizes = [len(row) for row in values]
                require(sizes == [self.problem.features] * len(self.sessions), name, rule, sizes)
        if self.deviation is not None:
            least = min(map(min, self.deviation))
            require(least > 0, "deviation", "> 0", least)

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
