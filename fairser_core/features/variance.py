"""Features without variance, from which nothing can be learned: named, or refused if all are."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from fairser_core.features.normalisation import ROUNDING
from fairser_core.names import named

CHUNK = 256
"""Rows of a layer that are compared at once: most features vary in the first."""


def constant_features(arrays: Sequence[NDArray[np.floating]]) -> list[int]:
    """Return the numbers of features that are the same, up to rounding, in all rows.

    Args:
        arrays: features (row, feature), at least one row.
    """
    low = np.min([array.min(axis=0) for array in arrays if len(array)], axis=0).astype(np.float64)
    high = np.max([array.max(axis=0) for array in arrays if len(array)], axis=0)
    size = np.maximum(np.abs(low), np.abs(high))
    return [int(number) for number in np.flatnonzero(high - low <= ROUNDING * size)]


def variance_notes(
    arrays: Sequence[NDArray[np.floating]], step: str, before: Collection[int] = ()
) -> list[str]:
    """Return a note on features that never vary after a step; none if there are none.

    Args:
        arrays: features (row, feature), at least one row.
        step: the step; follows "features".
        before: numbers of features that did not vary before the step.

    Raises:
        ValueError: no feature varies.
    """
    constant, count = constant_features(arrays), arrays[0].shape[1]
    if len(constant) == count:
        raise ValueError(f"none of the {count:,} features {step} varies: nothing can be learned")
    fresh = [number for number in constant if number not in before]
    if not fresh:
        return []
    return [
        f"{len(fresh):,} of {count:,} features {step} never vary, and tell nothing: "
        f"{named(fresh)} (counted from 0)"
    ]


def layer_notes(layers: Sequence[NDArray[np.floating]], rows: NDArray[np.int64]) -> list[str]:
    """Return a note on features of a speech model's layers that never vary; none if all do.

    Args:
        layers: vectors of each layer (row, feature), perhaps on disk.
        rows: rows of the training utterances.

    Raises:
        ValueError: no feature of any layer varies.
    """
    constant = [_constant_in(layer, rows) for layer in layers]
    width = layers[0].shape[1]
    if all(len(numbers) == width for numbers in constant):
        raise ValueError(
            f"none of the {width:,} features of training utterances varies in any of the "
            f"{len(layers)} layers: nothing can be learned"
        )
    still = [
        f"layer {number}: {'all' if len(numbers) == width else f'{len(numbers):,}'} of {width:,}"
        for number, numbers in enumerate(constant)
        if numbers
    ]
    return [f"features of training utterances that never vary, {'; '.join(still)}"] * bool(still)


def _constant_in(layer: NDArray[np.floating], rows: NDArray[np.int64]) -> list[int]:
    """Return the numbers of features that are the same in these rows; reads no more than it must.

    Args:
        layer: features (row, feature).
        rows: rows that count.
    """
    numbers = np.arange(layer.shape[1])
    ends = np.asarray(layer[rows[:1]])
    for first in range(0, len(rows), CHUNK):
        chunk = np.concatenate([ends, layer[rows[first : first + CHUNK]][:, numbers]])
        left = constant_features([chunk])
        numbers, ends = numbers[left], chunk[[0, -1]][:, left]
        if not left:
            break
    return numbers.tolist()


def unchanging(frames: NDArray[np.floating]) -> bool:
    """Return whether an utterance has several frames (frame, coefficient) that are all the same."""
    if len(frames) < 2:
        return False
    first, last = float(frames[0, 0]), float(frames[-1, 0])  # of most utterances they decide
    if abs(first - last) > ROUNDING * max(abs(first), abs(last)):
        return False
    return len(constant_features([frames])) == int(frames.shape[1])


def unchanging_notes(arrays: Sequence[NDArray[np.floating]], names: Sequence[str]) -> list[str]:
    """Return a note on utterances whose frames are all the same; none if there are none.

    Args:
        arrays: features (frame, coefficient) of each utterance.
        names: names of the utterances.
    """
    still = [name for name, frames in zip(names, arrays, strict=True) if unchanging(frames)]
    if not still:
        return []
    return [
        f"the features of {len(still):,} of {len(names):,} utterances never change from frame to "
        f"frame: {named(still)}"
    ]
