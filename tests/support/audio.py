"""Audio files as one channel of samples."""

from pathlib import Path

from fairser_core.features.audio import FloatArray, decode_audio, read_audio


def load_audio(path: str | Path, sample_rate: int, minimum: int = 1) -> FloatArray:
    """Return the decoded samples of a file (sample,)."""
    return decode_audio(read_audio(path), path, sample_rate, minimum)
