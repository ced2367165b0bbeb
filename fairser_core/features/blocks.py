"""Extraction of features from audio that is read in blocks."""

from typing import Any, Protocol

import numpy as np

from fairser_core.files.audio import Audio
from fairser_core.files.resampling import FloatArray


class Extractor(Protocol):
    """Extraction of features from samples; threads share it."""

    @property
    def sample_rate(self) -> int:
        """Sample rate of the audio in Hz."""

    @property
    def fewest_samples(self) -> int:
        """Shortest audio that has features, in samples; used only for audio not in the cache."""

    @property
    def most_samples(self) -> int:
        """Longest audio that is taken, in samples."""

    @property
    def hop(self) -> int | None:
        """Samples from a frame to the next, of `fewest_samples` each; None without such frames."""

    def facts(self) -> dict[str, Any]:
        """Return all that the features depend on besides audio and code of the class' module."""

    def extract(self, waveform: FloatArray) -> FloatArray:
        """Return finite features of samples in ±1 at `sample_rate` (sample,)."""


def extract_blocks(extractor: Extractor, audio: Audio) -> FloatArray:
    """Return the features of audio, which is never whole in memory where frames are independent.

    Args:
        extractor: extraction of the features.
        audio: opened audio.

    Raises:
        AudioError: the audio cannot be decoded or resampled, or is too short or too long.
    """
    fewest, most = extractor.fewest_samples, extractor.most_samples
    blocks = audio.blocks_at(extractor.sample_rate, fewest, most)
    if extractor.hop is None:
        return extractor.extract(np.concatenate(list(blocks)))
    pieces, held, ahead = [], np.empty(0, np.float32), 0  # the next frame begins `ahead` samples on
    for block in blocks:
        held = np.concatenate([held, block]) if len(held) else block
        frames = 1 + (len(held) - ahead - fewest) // extractor.hop
        if frames > 0:
            pieces.append(extractor.extract(held[ahead:]))
            ahead += frames * extractor.hop
        held, ahead = held[ahead:], max(0, ahead - len(held))
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
