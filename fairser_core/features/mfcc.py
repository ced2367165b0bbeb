"""Mel-frequency cepstral coefficients of an audio file."""

import io
import os
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
import torch
import torchaudio
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]

FULL_SCALE = 2**15
"""Samples of ±1 are taken to the range of 16-bit audio, where the 1e-6 that torchaudio adds before
the logarithm lies far below a quantisation step. At ±1 it moves quiet frames by up to 0.05."""

MAX_SAMPLE = 2**31
"""Samples beyond this (32-bit integers in a float file) are damage; their power may overflow."""

MAX_RESAMPLING = 10**7
"""Largest numerator times denominator of a resampling ratio; 44.1 to 8 kHz is 441/80. The filter
has about as many taps: a damaged sample rate must not ask for all of the memory."""


class AudioError(ValueError):
    """An audio file cannot be used; the message begins with its path."""


@dataclass(frozen=True, kw_only=True)
class MfccSettings:
    """How the coefficients are made; the defaults are Gorrostieta et al. 2019, section 3.2.

    Attributes:
        sample_rate: of the audio in Hz; files at another rate are resampled.
        frame_length: length of the Hamming window in samples (320 are 40 ms).
        hop_length: from one frame to the next in samples (128 are 16 ms).
        fft_length: points of the Fourier transform; frames are filled up with zeros to it.
        filters: mel triangles of height 1 between 0 Hz and half the sample rate.
        coefficients: how many are kept, from c1 on. c0 is dropped: it alone carries the gain.
        spectrum: what the filters sum: `magnitude`, as the paper says, or `power`. The choice
            matters, also after z-norm: 0.1 rms.
        mel_scale: `htk`, 2595·log10(1 + f/700), or `slaney`, linear up to 1 kHz. The paper does
            not say.

    Raises:
        ValueError: a number is below 1, `fft_length` is below `frame_length`, `filters` is not
            above `coefficients`, or a choice is not one of those named.
    """

    sample_rate: int = 8000
    frame_length: int = 320
    hop_length: int = 128
    fft_length: int = 512
    filters: int = 40
    coefficients: int = 24
    spectrum: Literal["magnitude", "power"] = "magnitude"
    mel_scale: Literal["htk", "slaney"] = "htk"

    def __post_init__(self) -> None:
        least = dict.fromkeys(("sample_rate", "frame_length", "hop_length", "coefficients"), 1)
        least |= {"fft_length": self.frame_length, "filters": self.coefficients + 1}
        for name, bound in least.items():
            if getattr(self, name) < bound:
                raise ValueError(f"`{name}` must be >= {bound}, got {getattr(self, name)}")
        for name, choices in {
            "spectrum": ("magnitude", "power"),
            "mel_scale": ("htk", "slaney"),
        }.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"`{name}` must be one of {choices}, got {getattr(self, name)!r}")


def mfcc(waveform: FloatArray, settings: MfccSettings) -> FloatArray:
    """Coefficients c1, c2, ... of each frame (frame, coefficient).

    Symmetric Hamming window, Fourier spectrum, mel triangles, natural logarithm, orthonormal
    DCT-II. Frames are not padded at the ends: 1 + ⌊(samples - frame_length) / hop_length⌋.

    Args:
        waveform: samples in ±1 at `settings.sample_rate` (sample,).
        settings: how the coefficients are made.

    Returns:
        Finite values; to float precision the same for any gain, and 0 in digital silence.

    Raises:
        ValueError: `waveform` is not one-dimensional, or shorter than a frame.
    """
    if waveform.ndim != 1 or len(waveform) < settings.frame_length:
        raise ValueError(
            f"`waveform` must be one channel of at least {settings.frame_length} samples,"
            f" got shape {waveform.shape}"
        )
    # torch centres the window inside fft_length samples: without this margin a frame would begin
    # before its first sample, and the last frames be lost.
    margin = settings.fft_length - settings.frame_length
    samples = np.pad(waveform * np.float32(FULL_SCALE), (margin // 2, margin - margin // 2))
    with torch.inference_mode():
        coefficients = _transform(settings)(torch.from_numpy(samples))
    return np.ascontiguousarray(coefficients[1:].T.numpy())


@cache
def _transform(settings: MfccSettings) -> torch.nn.Module:
    transform: torch.nn.Module = torchaudio.transforms.MFCC(
        settings.sample_rate,
        n_mfcc=settings.coefficients + 1,
        log_mels=True,
        melkwargs={
            "n_fft": settings.fft_length,
            "win_length": settings.frame_length,
            "hop_length": settings.hop_length,
            "n_mels": settings.filters,
            "power": 1.0 if settings.spectrum == "magnitude" else 2.0,
            "mel_scale": settings.mel_scale,
            "window_fn": torch.hamming_window,
            "wkwargs": {"periodic": False},
            "center": False,
        },
    )
    return transform


def load_audio(path: str | os.PathLike[str], sample_rate: int, minimum: int = 1) -> FloatArray:
    """Read an audio file as one channel: the mean of its channels (sample,).

    Args:
        path: a file that libsndfile reads: WAV, FLAC, Ogg, MP3, ...
        sample_rate: in Hz; another rate is resampled to it.
        minimum: fewest samples to accept, at `sample_rate`.

    Returns:
        Samples, in ±1 unless a float file holds others.

    Raises:
        AudioError: the file is missing, cannot be read, is empty or too short, cannot be
            resampled, or has samples that are not finite.
    """
    return decode_audio(read_audio(path), path, sample_rate, minimum)


def read_audio(path: str | os.PathLike[str]) -> bytes:
    """The content of an audio file, not yet decoded.

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
    """As `load_audio`, of a content read before; `path` is its name in errors."""
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
