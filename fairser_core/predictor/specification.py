"""Facts of its task that a model depends on to predict."""

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
        problem: facts that the method depends on.
        windows: settings of the windows.
        mean: mean of each coefficient over the training frames.
        deviation: standard deviation of the same.
        scale: lowest and highest label; predictions may lie beyond.
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
        """Number of features of a frame."""
        return self.problem.coefficients

    def shapes(self, method: Method[Any, Any]) -> Shapes:
        """Return the shape of each parameter by its name in the file."""
        return _shapes(method, self.problem)


@dataclass(frozen=True, kw_only=True)
class EmotionTask:
    """Emotions of an utterance, with a detector for each emotion and session left out.

    Attributes:
        problem: facts that the method depends on.
        emotions: names of the detected emotions.
        sessions: names of the sessions of the training corpus. Detector number `fold x emotions +
            emotion` is of the fold that leaves the session of number `fold` out.
        pooling: pooling of frames into the vector of an utterance.
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
        """Number of features of a frame."""
        return self.problem.features // (1 if self.pooling == "mean" else 2)

    def shapes(self, method: Method[Any, Any]) -> Shapes:
        """Return the shape of each parameter by its name in the file, detector axis first."""
        detectors = len(self.sessions) * len(self.emotions)
        shapes = _shapes(method, self.problem)
        if self.problem.stage1 is not None:
            with torch.device("meta"):
                shapes |= _named({"stage1": self.problem.stage1.init(torch.Generator("cpu"))})
        return {name: (detectors, *shape) for name, shape in shapes.items()}


def _shapes(method: Method[Any, Any], problem: Any) -> Shapes:
    """Return the shapes of the network that predicts; networks of any size take no memory here."""
    with torch.device("meta"):
        networks = method.init(problem, torch.Generator("cpu"))
    return _named({"predictor": networks["predictor"]})


def _named(networks: Networks) -> Shapes:
    return {
        f"{network}/{name}": tuple(tensor.shape)
        for network, parameters in networks.items()
        for name, tensor in parameters.items()
    }
