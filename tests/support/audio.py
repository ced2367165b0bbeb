"""Audio files as one channel of samples."""

from pathlib import Path

import numpy as np

from fairser_core.files.audio import open_audio
from fairser_core.files.resampling import FloatArray
from fairser_core.files.segment import Segment


def load_audio(path: str | Path, sample_rate: int, minimum: int = 1) -> FloatArray:
    """Return the decoded samples of a file (sample,)."""
    with open_audio(Segment(str(path))) as audio:
        return np.concatenate(list(audio.blocks_at(sample_rate, minimum)))
