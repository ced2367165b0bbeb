"""Normalisation of features to mean 0 and standard deviation 1 (z-norm)."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fairser_core.files.resampling import FloatArray

Normalisation = Literal["speaker", "session", "training", "none"]
"""Utterances whose mean and deviation normalise an utterance: those of its speaker, of its session,
of the training sessions, or none."""

Statistics = tuple[NDArray[np.floating], NDArray[np.floating]]
"""Mean and standard deviation of each coefficient (coefficient,)."""

ROUNDING = float(np.finfo(np.float32).eps)
"""Deviation per mean that is rounding: a constant of float32 has it after a mean over frames."""


def z_norm_statistics(arrays: Sequence[NDArray[np.floating]]) -> Statistics:
    """Return mean and standard deviation (ddof 0) of each coefficient over all frames.

    Args:
        arrays: features of the training utterances, without padding (frame, coefficient).

    Returns:
        Mean (coefficient,) and standard deviation (coefficient,), which is 1 where a coefficient
        never changes by more than `ROUNDING`, so that dividing by it is harmless.

    Raises:
        ValueError: there is no frame.
    """
    count = sum(map(len, arrays))
    if count == 0:
        raise ValueError("z-norm needs at least one frame, got none")
    # Deviations from some frame: those of a coefficient that never changes are exactly 0.
    origin = next(array[0] for array in arrays if len(array)).astype(np.float64)
    shift = sum((array - origin).sum(axis=0) for array in arrays) / count
    mean = origin + shift
    variance = sum(np.square(array - mean).sum(axis=0) for array in arrays) / count
    deviation = np.sqrt(variance)
    return mean, np.where(deviation > ROUNDING * np.abs(mean), deviation, 1.0)


def normalise(features: NDArray[np.floating], statistics: Statistics) -> FloatArray:
    """Subtract the mean from features (..., coefficient) and divide by the standard deviation."""
    mean, deviation = statistics
    return ((features - mean) / deviation).astype(np.float32)
