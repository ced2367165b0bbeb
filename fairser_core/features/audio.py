"""Audio files as one channel of samples."""

import io
import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import torch
import torchaudio
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

MAX_SAMPLE = 2**31
"""Samples beyond this (32-bit integers in a float file) are damage; their power may overflow."""

MAX_RESAMPLING = 10**7
"""Largest numerator times denominator of a resampling ratio; 44.1 to 8 kHz is 441/80. The filter
has about as many taps: a damaged sample rate must not use up the memory."""


class AudioError(ValueError):
    """An audio file cannot be used; the message begins with its path."""


def read_audio(path: str | os.PathLike[str]) -> bytes:
    """Read the content of an audio file, without decoding it.

    Raises:
        AudioError: the file is missing, cannot be read or is empty.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise AudioError(f"{path}: cannot be read ({error.strerror})") from error
    if not content:
        raise AudioError(f"{path}: is empty")
    return content


def decode_audio(
    content: bytes, path: str | os.PathLike[str], sample_rate: int, minimum: int = 1
) -> FloatArray:
    """Decode the content of an audio file as one channel: the mean of its channels.

    Args:
        content: content of a file that libsndfile reads: WAV, FLAC, Ogg, MP3, ...
        path: name of the file, for errors.
        sample_rate: sample rate in Hz; audio at another rate is resampled.
        minimum: fewest samples to accept, at `sample_rate`.

    Returns:
        Samples (sample,), in ±1 unless a float file holds others.

    Raises:
        AudioError: the content cannot be decoded, is too short, cannot be resampled, or has samples
            that are not finite or beyond `MAX_SAMPLE`.
    """
    try:
        channels, rate = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise AudioError(f"{path}: is not audio that can be read ({error.error_string})") from error
    waveform = channels.mean(axis=1)
    beyond = np.flatnonzero(~(np.abs(waveform) <= MAX_SAMPLE))
    if len(beyond):
        raise AudioError(
            f"{path}: samples must be finite and at most 2^31,"
            f" got {waveform[beyond[0]]:g} at {beyond[0] / rate:.3f} s"
        )
    ratio = Fraction(rate, sample_rate)
    if ratio.numerator * ratio.denominator > MAX_RESAMPLING:
        raise AudioError(f"{path}: cannot be resampled from {rate} to {sample_rate} Hz")
    samples = torchaudio.functional.resample(torch.from_numpy(waveform), rate, sample_rate)
    if len(samples) < minimum:
        raise AudioError(
            f"{path}: must have at least {minimum} samples at {sample_rate} Hz, has {len(samples)}"
        )
    return np.asarray(samples.numpy(), dtype=np.float32)
