"""Predictor of activation, of each recording alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fairser_core.courses.activation_answers import CHUNK
from fairser_core.datasets.activation import Problem, WindowSettings, fit_window
from fairser_core.features.normalisation import normalise
from fairser_core.files.segment import AudioError
from fairser_core.lanes.lanes import take
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.methods.checks import require
from fairser_core.methods.method import Method, Networks
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.perspective import GENDER_FREE, Outcome
from fairser_core.predictor.predictor import Exported, Predictor
from fairser_core.predictor.recording import Recording, features
from fairser_core.predictor.specification import Shapes, Specification, predictor_shapes


@dataclass(frozen=True, kw_only=True)
class ActivationSpecification(Specification):
    """Activation of an utterance, the mean over its windows.

    Attributes:
        problem: facts that the method depends on.
        windows: settings of the windows.
        mean: mean of each coefficient over the training frames.
        deviation: standard deviation of the same.
        scale: lowest and highest label; predictions may lie beyond.
    """

    name: ClassVar[str] = "activation"

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
        return predictor_shapes(method, self.problem)

    def networks_of_seed(self, networks: Networks) -> Networks:
        """Return the networks of the one lane, without a lane axis."""
        only: Networks = take(networks, 0)
        return only


class TooShort(AudioError):
    """A recording is shorter than all recordings that the model learned from."""


class ActivationPredictor(Predictor):
    """Predictor of a bundle of the activation task: activation, and whether it is high or low."""

    specification = ActivationSpecification
    text_columns = ("level",)

    def __init__(self, bundle: Bundle) -> None:
        """Make the bundle ready to predict."""
        super().__init__(bundle)
        self.columns, self.perspectives = ("activation", "level"), (GENDER_FREE,)
        assert isinstance(bundle.method, ActivationMethod)
        assert isinstance(bundle.task, ActivationSpecification)
        self.method, self.task = bundle.method, bundle.task
        self.statistics = np.array(bundle.task.mean), np.array(bundle.task.deviation)

    def windows(self, recording: Recording) -> NDArray[np.float64]:
        """Predict activation of each window of a recording (window,).

        Raises:
            AudioError: the recording cannot be used.
        """
        settings, problem = self.task.windows, self.task.problem
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

    def outcomes(self, recordings: Iterable[Recording], perspective: str) -> Iterator[Outcome]:
        """Predict activation and level of each recording."""
        return map(self._outcome, recordings)

    def _outcome(self, recording: Recording) -> Outcome:
        try:
            activation = float(self.windows(recording).mean())
        except AudioError as error:
            return error
        high = activation > self.task.problem.threshold
        return {"activation": activation, "level": "high" if high else "low"}

    def exported(self) -> Exported:
        """Return the network of windows of MFCCs, not normalised (window, frame, coefficient)."""
        problem = self.task.problem
        shape = (problem.frames, problem.coefficients)
        return Exported(_Activation(self), shape, ("windows", "activation"))


class _Activation(nn.Module):
    """Activation of each window (window,) from MFCCs (window, frame, coefficient)."""

    def __init__(self, predictor: ActivationPredictor) -> None:
        super().__init__()
        self.method, self.task = predictor.method, predictor.task
        self.parameters_of = predictor.bundle.networks["predictor"]
        self.mean, self.deviation = (
            torch.tensor(values, dtype=torch.float32) for values in predictor.statistics
        )

    def forward(self, windows: Tensor) -> Tensor:
        normalised = (windows - self.mean) / self.deviation
        turned = normalised.transpose(1, 2)[:, None]
        return self.method.predict(self.parameters_of, turned, self.task.problem)
