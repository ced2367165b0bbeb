"""Audio files as one channel of samples."""

import zlib
from pathlib import Path

import numpy as np
import soundfile

from fairser_core.files.audio import open_audio
from fairser_core.files.resampling import FloatArray
from fairser_core.files.segment import Segment


def load_audio(path: str | Path, sample_rate: int, minimum: int = 1) -> FloatArray:
    """Return the decoded samples of a file (sample,)."""
    with open_audio(Segment(str(path))) as audio:
        return np.concatenate(list(audio.blocks_at(sample_rate, minimum)))


def noise(path: Path, rate: int = 8000, channels: int = 1) -> str:
    """A short audio file whose content depends on its name alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = zlib.crc32(path.name.encode())
    shape = (rate // 20, channels)
    soundfile.write(path, np.random.default_rng(seed).uniform(-0.5, 0.5, shape), rate)
    return str(path)
