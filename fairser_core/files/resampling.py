"""Audio at another sample rate, in blocks."""

import math
import sys
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
T = TypeVar("T")

MAX_RESAMPLING = 10**7
"""Largest numerator times denominator of a resampling ratio; 44.1 to 8 kHz is 441/80. The filter
has about as many taps: a damaged sample rate must not use up the memory."""
LEAST_RATE = 1000
"""Lowest sample rate in Hz. A block at a lower one would fill the memory at a common rate."""
LOWPASS_WIDTH, ROLLOFF = 6, 0.99  # torchaudio's defaults


def length_problem(
    frames: int, rate: int, wanted: int, fewest: int, most: int = sys.maxsize
) -> str:
    """Return why audio cannot be resampled, or is too short or long then; empty if neither.

    Args:
        frames: samples of a channel.
        rate: sample rate in Hz.
        wanted: sample rate to have, in Hz.
        fewest: fewest samples at `wanted`.
        most: most samples at `wanted`.
    """
    if rate < LEAST_RATE:
        return f"must have a sample rate of at least {LEAST_RATE:,} Hz, has {rate:,}"
    ratio = Fraction(rate, wanted)
    if ratio.numerator * ratio.denominator > MAX_RESAMPLING:
        return (
            f"cannot be resampled from {rate} to {wanted} Hz, for their ratio must be one of small "
            "numbers; convert it to a common rate, e.g. 16000 Hz"
        )
    length = -(-frames * wanted // rate)
    if length < fewest:
        return f"must have at least {fewest} samples at {wanted} Hz, has {length}"
    if length > most:
        return f"must have at most {most} samples at {wanted} Hz for these features, has {length}"
    return ""


def resampled(blocks: Iterable[FloatArray], rate: int, wanted: int) -> Iterator[FloatArray]:
    """Yield blocks at another rate. A single block is resampled as torchaudio does it.

    Each of several blocks is resampled with the samples round it that its own depend on, so the
    result is that of the whole up to float rounding.

    Args:
        blocks: samples (sample,).
        rate: sample rate of the blocks in Hz.
        wanted: sample rate to have, in Hz.
    """
    ratio = Fraction(rate, wanted)
    old, new = ratio.numerator, ratio.denominator
    if old == new:
        yield from blocks
        return
    reach = math.ceil(LOWPASS_WIDTH * old / (min(old, new) * ROLLOFF)) + old
    margin = -(-reach // old) * old
    held, done = np.empty(0, np.float32), 0  # `done` samples of `held` only lead into the rest
    for block, last in _with_last(blocks):
        held = np.concatenate([held, block]) if len(held) else block
        if last:
            yield _resample(held, old, new)[done // old * new :]
            return
        whole = (len(held) - margin) // old * old
        if whole > done:
            yield _resample(held, old, new)[done // old * new : whole // old * new]
            begin = max(0, whole - margin)
            held, done = held[begin:], whole - begin


def _resample(samples: FloatArray, old: int, new: int) -> FloatArray:
    import torch  # here, for the checks of a corpus need neither
    import torchaudio

    resample = torchaudio.functional.resample
    result = resample(
        torch.from_numpy(samples), old, new, lowpass_filter_width=LOWPASS_WIDTH, rolloff=ROLLOFF
    )
    return np.asarray(result.numpy(), dtype=np.float32)


def _with_last(items: Iterable[T]) -> Iterator[tuple[T, bool]]:
    """Yield each item, and whether it is the last."""
    iterator = iter(items)
    for item in iterator:
        for following in iterator:
            yield item, False
            item = following
        yield item, True
