"""Recordings, by path or by content, and their features."""

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fairser_core.features.blocks import Extractor, extract_blocks
from fairser_core.features.mfcc import MfccSettings
from fairser_core.features.speech_model import SpeechModel
from fairser_core.features.utterance_vectors import as_stored
from fairser_core.features.variance import unchanging
from fairser_core.files.arrays import read_array
from fairser_core.files.audio import MOST_SECONDS, open_audio
from fairser_core.files.resampling import FloatArray
from fairser_core.files.segment import AudioError, Segment
from fairser_core.files.usable import RATE, SHORTEST

GroupColumn = Literal["speaker", "session"]
"""Field of a recording that names its group."""

logger = logging.getLogger(__name__)

MOST_SERVED_SECONDS = 600
"""Longest audio of a recording that is given by its content."""
MOST_RECORDINGS, MOST_BYTES = 1000, 10**8
"""Most recordings of a request, and bytes of their contents."""
MOST_REQUEST_SECONDS = 7200
"""Most audio of a request, all channels of all recordings: a few bytes can hold minutes."""


class RequestError(ValueError):
    """Error of a request that asks too much."""


@dataclass(frozen=True)
class Recording:
    """A recording of an utterance.

    Attributes:
        name: path of the file, or any name where the content is given.
        speaker: name of the speaker; None for an unknown one.
        content: content of the file; None to read it from the path.
        start: beginning in seconds from the beginning of the file.
        end: end in seconds from the beginning of the file; None for the end of the file.
        session: name of the session; None for an unknown one.
    """

    name: str
    speaker: str | None = None
    content: bytes | None = field(default=None, repr=False)
    start: float = 0.0
    end: float | None = None
    session: str | None = None

    @classmethod
    def of(
        cls, segment: Segment, speaker: str | None = None, session: str | None = None
    ) -> "Recording":
        """Return the recording of a file, or of a part of one."""
        return cls(segment.path, speaker, None, segment.start, segment.end, session)

    @property
    def segment(self) -> Segment:
        """File, or part of one."""
        return Segment(self.name, self.start, self.end)


def check_request(recordings: Sequence[Recording]) -> None:
    """Raise a RequestError unless recordings given by content are few and small enough to serve."""
    if len(recordings) > MOST_RECORDINGS:
        raise RequestError(
            f"a request must have at most {MOST_RECORDINGS:,} recordings, has {len(recordings):,}"
        )
    size = sum(len(recording.content or b"") for recording in recordings)
    if size > MOST_BYTES:
        raise RequestError(
            f"the recordings of a request must be of at most {MOST_BYTES:,} bytes, are of {size:,}"
        )
    seconds = 0.0
    for recording in recordings:
        seconds += _seconds(recording)
        if seconds > MOST_REQUEST_SECONDS:
            raise RequestError(
                f"the recordings of a request must have at most {MOST_REQUEST_SECONDS:,} seconds "
                f"of audio in all their channels, have {seconds:,.0f} up to {recording.name}"
            )


def _seconds(recording: Recording) -> float:
    """Return the seconds of a recording times its channels, by its header; 0 if it is no audio."""
    if recording.content is None:
        return 0.0
    with contextlib.suppress(AudioError), open_audio(recording.segment, recording.content) as audio:
        return audio.frames * audio.channels / audio.rate
    return 0.0


def recording_vectors(
    recording: Recording, model: SpeechModel | None, layers: int, width: int
) -> NDArray[np.floating]:
    """Return the vectors of a recording (layer, statistic, feature), as a cache stores them.

    Args:
        recording: audio of any rate and number of channels; without a model an array in .npy.
        model: pretrained speech model; None where the model learned from vectors of the corpus.
        layers: layers of the vectors that the model learned from.
        width: values of a layer.

    Raises:
        AudioError: the file cannot be used; names the file and the rule.
    """
    if model is None:
        array = features_of_corpus(recording)
        if array.shape != (layers, width):
            raise AudioError(
                f"{recording.name}: must be an array (layer, feature) of shape {(layers, width)}, "
                f"is of shape {array.shape}"
            )
        return array[:, None]
    return as_stored(_extracted(recording, model)[0])


def features_of_corpus(recording: Recording) -> FloatArray:
    """Read features of the kind that a corpus brings.

    Raises:
        AudioError: the file cannot be used, or only a part of it is asked for; says what the model
            learned from.
    """
    try:
        if not recording.segment.whole:
            raise AudioError(f"{recording.segment.name}: start and end cut audio, not features")
        return read_array(recording.name, recording.content)
    except AudioError as error:
        raise AudioError(
            f"{error}; this model learned from features that its corpus brought, not from audio"
        ) from error


def features(recording: Recording, settings: MfccSettings | None, coefficients: int) -> FloatArray:
    """Return the features of a recording (frame, coefficient), not normalised.

    Args:
        recording: audio of any rate and number of channels; without `settings` an array in .npy.
        settings: settings of the MFCCs; None where the model learned from features of the corpus.
        coefficients: number of coefficients of the model.

    Raises:
        AudioError: the file cannot be used; names the file and the rule.
    """
    silent = False
    if settings:
        array, silent = _extracted(recording, settings)
    else:
        array = features_of_corpus(recording)
    if array.shape[1] != coefficients:
        raise AudioError(
            f"{recording.name}: must be an array (frame, {coefficients}) of features, is of shape "
            f"{array.shape}"
        )
    if unchanging(array) and not silent:
        logger.warning(
            "note: %s: its features never change from frame to frame", recording.segment.name
        )
    return array


def _extracted(recording: Recording, extractor: Extractor) -> tuple[FloatArray, bool]:
    """Return features of audio that is usable as `fairser_core.files.usable` defines it.

    Silent audio, and a file that may be cut, are logged as warnings.

    Returns:
        The features, and whether the audio is silent.
    """
    most = MOST_SECONDS if recording.content is None else MOST_SERVED_SECONDS
    with open_audio(recording.segment, recording.content, most) as audio:
        audio.check_length(RATE, SHORTEST)
        array = extract_blocks(extractor, audio)
    if audio.doubt:
        logger.warning("note: %s: may be cut: it %s", audio.name, audio.doubt)
    if audio.silent:
        logger.warning(
            "note: %s: is silent (its samples, or the mean of its channels, vary by no more than "
            "dither)",
            audio.name,
        )
    return array, audio.silent
