"""Predictor of activation, of each recording alone."""

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from fairser_core.datasets.activation import fit_window
from fairser_core.features.audio import AudioError
from fairser_core.features.normalisation import normalise
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.predictor.bundle import Bundle
from fairser_core.predictor.perspective import GENDER_FREE, Outcome
from fairser_core.predictor.predictor import Predictor
from fairser_core.predictor.recording import Recording, features
from fairser_core.predictor.specification import ActivationTask
from fairser_core.tasks.activation_answers import CHUNK


class TooShort(AudioError):
    """A recording is shorter than all recordings that the model learned from."""


class ActivationPredictor(Predictor):
    """Predictor of a bundle of the activation task: activation, and whether it is high or low."""

    def __init__(self, bundle: Bundle) -> None:
        """Make the bundle ready to predict."""
        super().__init__(bundle, ("activation", "level"), (GENDER_FREE,))
        assert isinstance(bundle.method, ActivationMethod)
        assert isinstance(bundle.task, ActivationTask)
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
