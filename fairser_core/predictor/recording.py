"""Recordings, by path or by content, and their features."""

import io
from dataclasses import dataclass

import numpy as np

from fairser_core.features.audio import AudioError, FloatArray, decode_audio, read_audio
from fairser_core.features.mfcc import MfccSettings


@dataclass(frozen=True)
class Recording:
    """A recording of an utterance.

    Attributes:
        name: path of the file, or any name where the content is given.
        speaker: name of the speaker; None for an unknown one.
        content: content of the file; None to read it from the path.
    """

    name: str
    speaker: str | None = None
    content: bytes | None = None

    def read(self) -> bytes:
        """Return the content of the file.

        Raises:
            AudioError: the file cannot be read or is empty.
        """
        if self.content is None:
            return read_audio(self.name)
        if not self.content:
            raise AudioError(f"{self.name}: is empty")
        return self.content


def features(recording: Recording, settings: MfccSettings | None, coefficients: int) -> FloatArray:
    """Return the features of a recording (frame, coefficient), not normalised.

    Args:
        recording: audio of any rate and number of channels; without `settings` an array in .npy.
        settings: settings of the MFCCs; None where the model learned from features of the corpus.
        coefficients: number of coefficients of the model.

    Raises:
        AudioError: the file cannot be used; names the file and the rule.
    """
    content, name = recording.read(), recording.name
    if settings:
        waveform = decode_audio(content, name, settings.sample_rate, settings.fewest_samples)
        return settings.extract(waveform)
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise AudioError(
            f"{name}: must be an array in .npy: this model learned from features that its corpus "
            f"brought, not from audio ({error})"
        ) from error
    if array.ndim != 2 or array.shape[1] != coefficients or not len(array):
        raise AudioError(
            f"{name}: must be an array (frame, {coefficients}) of features, at least one frame, "
            f"is of shape {array.shape}"
        )
    if not np.issubdtype(array.dtype, np.floating) or not np.isfinite(array).all():
        raise AudioError(f"{name}: features must be finite floats")
    return np.asarray(array, dtype=np.float32)
