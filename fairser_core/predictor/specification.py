"""What a model must know of its task to predict."""

from dataclasses import dataclass
from typing import Any

import torch

from fairser_core.datasets.activation import Problem, WindowSettings
from fairser_core.datasets.emotion import EmotionProblem
from fairser_core.features.vectors import Pooling
from fairser_core.methods.checks import require
from fairser_core.methods.method import Method, Networks

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, kw_only=True)
class ActivationTask:
    """Activation of an utterance, the mean over its windows.

    Attributes:
        problem: what the method must know.
        windows: how utterances are cut.
        mean: of each coefficient over the training frames.
        deviation: standard deviation of the same.
        scale: lowest and highest label; predictions are not held to it.
    """

    problem: Problem
    windows: WindowSettings
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    scale: tuple[float, float]

    def __post_init__(self) -> None:
        problem, (low, high) = self.problem, self.scale
        require(low < high, "scale", "the lowest label before the highest", self.scale)
        require(low <= problem.threshold <= high, "threshold", "on the scale", problem.threshold)
        require(problem.deviation > 0, "deviation", "> 0", problem.deviation)
        require(problem.frames == self.windows.frames, "frames", "the windows' own", problem.frames)
        for name in ("mean", "deviation"):
            count = len(getattr(self, name))
            rule = f"of {problem.coefficients} coefficients"
            require(count == problem.coefficients, name, rule, count)
        require(min(self.deviation) > 0, "deviation", "> 0", min(self.deviation))

    @property
    def coefficients(self) -> int:
        """Features of a frame."""
        return self.problem.coefficients

    def shapes(self, method: Method[Any, Any]) -> Shapes:
        """Shape of each parameter by its name in the file."""
        return _shapes(method, self.problem)


@dataclass(frozen=True, kw_only=True)
class EmotionTask:
    """Emotions of an utterance: a detector for each, of which there is one a session left out.

    Attributes:
        problem: what the method must know.
        emotions: that are detected.
        sessions: of the training corpus: detector number `fold x emotions + emotion` is that of
            the fold in which the session of that place was left out.
        pooling: how frames become the vector of an utterance.
    """

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
        """Features of a frame."""
        return self.problem.features // (1 if self.pooling == "mean" else 2)

    def shapes(self, method: Method[Any, Any]) -> Shapes:
        """Shape of each parameter by its name in the file, with a leading detector axis."""
        detectors = len(self.sessions) * len(self.emotions)
        found = _shapes(method, self.problem)
        if self.problem.stage1 is not None:
            with torch.device("meta"):
                found |= _named({"stage1": self.problem.stage1.init(torch.Generator("cpu"))})
        return {name: (detectors, *shape) for name, shape in found.items()}


def _shapes(method: Method[Any, Any], problem: Any) -> Shapes:
    """Those of the network that predicts; without memory, however large they are."""
    with torch.device("meta"):
        networks = method.init(problem, torch.Generator("cpu"))
    return _named({"predictor": networks["predictor"]})


def _named(networks: Networks) -> Shapes:
    return {
        f"{network}/{name}": tuple(tensor.shape)
        for network, parameters in networks.items()
        for name, tensor in parameters.items()
    }
