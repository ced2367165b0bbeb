"""Predictor of activation and other dimensions of emotion, of each recording alone."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fairser_core.courses.activation_answers import CHUNK
from fairser_core.datasets.activation import DIMENSIONS, Problem, WindowSettings, fit_window
from fairser_core.datasets.vectors import pooled
from fairser_core.features.normalisation import normalise
from fairser_core.files.segment import AudioError
from fairser_core.lanes.lanes import take
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.methods.checks import require
from fairser_core.methods.method import Method, Networks
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.perspective import GENDER_FREE, Outcome
from fairser_core.predictor.predictor import Exported, Predictor
from fairser_core.predictor.pretrained import PretrainedModel
from fairser_core.predictor.recording import Recording, features, recording_vectors
from fairser_core.predictor.specification import Shapes, Specification, predictor_shapes


@dataclass(frozen=True, kw_only=True)
class ActivationSpecification(Specification):
    """Activation of an utterance, the mean over its windows, or of its vector.

    Attributes:
        problem: facts that the method depends on.
        windows: settings of the windows.
        mean: mean of each coefficient over the training frames; of vectors of each feature, layer
            after layer.
        deviation: standard deviation of the same.
        scale: lowest and highest label; predictions may lie beyond.
        targets: names of the targets.
    """

    name: ClassVar[str] = "activation"

    problem: Problem
    windows: WindowSettings
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    scale: tuple[float, float]
    targets: tuple[str, ...] = ("activation",)

    def __post_init__(self) -> None:
        problem, (low, high) = self.problem, self.scale
        require(low < high, "scale", "the lowest label before the highest", self.scale)
        for of_target in problem.targets:
            threshold, deviation = of_target.threshold, of_target.deviation
            require(low <= threshold <= high, "threshold", "on the scale", threshold)
            require(deviation > 0, "deviation", "> 0", deviation)
        count, names = len(problem.targets), set(self.targets) & set(DIMENSIONS)
        require(len(self.targets) == len(names) == count, "targets", f"{count} names", self.targets)
        frames = 0 if problem.layers else self.windows.frames
        require(
            problem.frames == frames, "frames", "the windows' own, or 0 for vectors", problem.frames
        )
        multiples = {1, 2, problem.layers} if problem.layers else {1}
        counts = sorted(problem.coefficients * times for times in multiples)
        for name in ("mean", "deviation"):
            count = len(getattr(self, name))
            rule = f"of {' or '.join(map(str, counts))} coefficients"
            require(count in counts, name, rule, count)
        require(min(self.deviation) > 0, "deviation", "> 0", min(self.deviation))

    @property
    def coefficients(self) -> int:
        """Number of features of a frame."""
        return self.problem.coefficients

    @property
    def layers(self) -> int:
        """Number of layers of the vectors; 0 for windows."""
        return self.problem.layers

    def shapes(self, method: Method[Any, Any]) -> Shapes:
        """Return the shape of each parameter by its name in the file."""
        assert isinstance(method, ActivationMethod)
        if self.problem.layers:
            require(method.layer < self.problem.layers, "layer", "a layer", method.layer)
            count = math.prod(self.statistics_shape(method))
            require(len(self.mean) == count, "mean", f"of {count} features", len(self.mean))
        return predictor_shapes(method, self.problem)

    def statistics_shape(self, method: ActivationMethod) -> tuple[int, ...]:
        """Return the shape of what an example is normalised with: ([layer,] feature)."""
        if self.problem.layers and method.pooling == "weighted":
            return self.problem.layers, self.coefficients
        twice = 2 if self.problem.layers and method.pooling == "mean_std" else 1
        return (twice * self.coefficients,)

    def networks_of_seed(self, networks: Networks) -> Networks:
        """Return the networks of the one lane, without a lane axis."""
        only: Networks = take(networks, 0)
        return only


class TooShort(AudioError):
    """A recording is shorter than all recordings that the model learned from."""


class ActivationPredictor(Predictor):
    """Predictor of a bundle of the activation task: activation, and whether it is high or low."""

    specification = ActivationSpecification

    def __init__(self, bundle: Bundle) -> None:
        """Make the bundle ready to predict."""
        super().__init__(bundle)
        assert isinstance(bundle.method, ActivationMethod)
        assert isinstance(bundle.task, ActivationSpecification)
        self.method, self.task = bundle.method, bundle.task
        targets = bundle.task.targets
        self.levels = [f"{name}_level" if len(targets) > 1 else "level" for name in targets]
        pairs = zip(targets, self.levels, strict=True)
        self.columns = tuple(name for pair in pairs for name in pair)
        self.text_columns, self.perspectives = tuple(self.levels), (GENDER_FREE,)
        shape = bundle.task.statistics_shape(bundle.method)
        mean, deviation = np.array(bundle.task.mean), np.array(bundle.task.deviation)
        self.statistics = mean.reshape(shape), deviation.reshape(shape)

    def windows(self, recording: Recording) -> NDArray[np.float64]:
        """Predict activation of each window of a recording (window,).

        Returns:
            One window where the model learned from vectors; of several targets (window, target).

        Raises:
            AudioError: the recording cannot be used.
        """
        settings, problem = self.task.windows, self.task.problem
        if problem.layers:
            vectors = recording_vectors(recording, self.model, problem.layers, problem.coefficients)
            return self.of_vectors(pooled(vectors, self.method.layer, self.method.pooling)[None])
        assert not isinstance(self.bundle.features, PretrainedModel)
        array = features(recording, self.bundle.features, problem.coefficients)
        if settings.padding == "drop" and len(array) < settings.frames:
            raise TooShort(
                f"{recording.name}: must be at least {settings.frames} frames long, for shorter "
                f"utterances were left out when this model was trained; has {len(array)}"
            )
        frames = torch.from_numpy(fit_window(normalise(array, self.statistics), settings))
        cut = frames.unfold(0, settings.frames, settings.hop)  # window, coefficient, frame
        with torch.inference_mode():
            outputs = [
                self.method.predict(self.bundle.networks["predictor"], chunk[:, None], problem)
                for chunk in cut.split(CHUNK)
            ]
        return torch.cat(outputs).double().numpy()

    def of_vectors(self, vectors: NDArray[np.floating]) -> NDArray[np.float64]:
        """Predict vectors (row, [layer,] feature): activation (row,), or targets (row, target)."""
        mean, deviation = (values.astype(np.float32) for values in self.statistics)
        rows = torch.from_numpy((vectors.astype(np.float32) - mean) / deviation)
        with torch.inference_mode():
            network = self.bundle.networks["predictor"]
            chunks = [
                self.method.predict(network, chunk, self.task.problem)
                for chunk in rows.split(CHUNK)
            ]
        return torch.cat(chunks).double().numpy()

    def outcomes(self, recordings: Iterable[Recording], perspective: str) -> Iterator[Outcome]:
        """Predict activation and level of each recording."""
        return map(self._outcome, recordings)

    def _outcome(self, recording: Recording) -> Outcome:
        try:
            values = np.atleast_1d(self.windows(recording).mean(axis=0)).tolist()
        except AudioError as error:
            return error
        outcome: dict[str, float | str] = {}
        targets = zip(self.task.targets, self.levels, self.task.problem.targets, strict=True)
        for value, (name, level, problem) in zip(values, targets, strict=True):
            high = value > problem.threshold
            outcome |= {name: value, level: "high" if high else "low"}
        return outcome

    def exported(self) -> Exported:
        """Return the network of windows of MFCCs (window, frame, coefficient), or of vectors.

        Neither is normalised.
        """
        problem, output = self.task.problem, "_".join(self.task.targets)
        if problem.layers:
            shape = self.task.statistics_shape(self.method)
            return Exported(_Activation(self), shape, ("vectors", output))
        shape = (problem.frames, problem.coefficients)
        return Exported(_Activation(self), shape, ("windows", output))


class _Activation(nn.Module):
    """Activation (window,) from MFCCs (window, frame, coefficient), or from vectors."""

    def __init__(self, predictor: ActivationPredictor) -> None:
        super().__init__()
        self.method, self.task = predictor.method, predictor.task
        self.parameters_of = predictor.bundle.networks["predictor"]
        self.mean, self.deviation = (
            torch.tensor(values, dtype=torch.float32) for values in predictor.statistics
        )

    def forward(self, windows: Tensor) -> Tensor:
        normalised = (windows - self.mean) / self.deviation
        vectors = self.task.problem.layers > 0
        turned = normalised if vectors else normalised.transpose(1, 2)[:, None]
        return self.method.predict(self.parameters_of, turned, self.task.problem)
