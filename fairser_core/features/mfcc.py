"""Mel-frequency cepstral coefficients of an audio file."""

import sys
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
import torch
import torchaudio

from fairser_core.files.resampling import FloatArray

FULL_SCALE = 2**15
"""Samples of ±1 are taken to the range of 16-bit audio, where the 1e-6 that torchaudio adds before
the logarithm lies far below a quantisation step. At ±1 it moves quiet frames by up to 0.05."""

EARLIER = {"quantise": False}
"""Values of settings in sweeps and bundles of versions that lacked them."""


@dataclass(frozen=True, kw_only=True)
class MfccSettings:
    """Settings of the coefficients; the defaults are Gorrostieta et al. 2019, section 3.2.

    Attributes:
        sample_rate: sample rate of the audio in Hz; files at another rate are resampled.
        frame_length: length of the Hamming window in samples (320 are 40 ms).
        hop_length: from one frame to the next in samples (128 are 16 ms).
        fft_length: points of the Fourier transform; frames are filled up with zeros to it.
        filters: mel triangles of height 1 between 0 Hz and half the sample rate.
        coefficients: number of coefficients kept, from c1 on. c0 is dropped: it alone carries the
            gain.
        spectrum: spectrum that the filters sum: `magnitude`, as in the paper, or `power`. The
            choice matters, also after z-norm: 0.1 rms.
        mel_scale: `htk`, 2595·log10(1 + f/700), or `slaney`, linear up to 1 kHz. The paper names
            neither.
        quantise: whether samples are rounded to steps of 16-bit audio, after resampling. Those of
            float files beyond ±1 are not clipped. Sweeps of earlier versions did not round.

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
    quantise: bool = True

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
        if type(self.quantise) is not bool:
            raise ValueError(f"`quantise` must be true or false, got {self.quantise!r}")

    @property
    def fewest_samples(self) -> int:
        """Length of a frame."""
        return self.frame_length

    @property
    def hop(self) -> int | None:
        """Distance between frames."""
        return self.hop_length

    @property
    def most_samples(self) -> int:
        """Length without a bound of its own."""
        return sys.maxsize

    def facts(self) -> dict[str, Any]:
        """Return the settings, but `quantise` only where it is on: earlier files do not name it."""
        return {k: v for k, v in asdict(self).items() if k not in EARLIER or v != EARLIER[k]}

    def extract(self, waveform: FloatArray) -> FloatArray:
        """Return the coefficients (frame, coefficient); see `mfcc`."""
        return mfcc(waveform, self)


def mfcc(waveform: FloatArray, settings: MfccSettings) -> FloatArray:
    """Return coefficients c1, c2, ... of each frame (frame, coefficient).

    16-bit steps (`quantise`), symmetric Hamming window, Fourier spectrum, mel triangles, natural
    logarithm, orthonormal DCT-II. Frames are not padded at the ends:
    1 + ⌊(samples - frame_length) / hop_length⌋.

    Args:
        waveform: samples in ±1 at `settings.sample_rate` (sample,).
        settings: settings of the coefficients.

    Returns:
        Finite values: 0 in digital silence, and without `quantise` the same for any gain, up to
        float precision.

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
    samples = waveform * np.float32(FULL_SCALE)
    if settings.quantise:
        samples = np.rint(samples)
    samples = np.pad(samples, (margin // 2, margin - margin // 2))
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
