"""Vectors of one layer of a speech model, or of all its layers, as a network learns from them."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.activation import IntArray
from fairser_core.features.normalisation import ROUNDING, Statistics
from fairser_core.features.utterance_vectors import UtteranceVectors

MEAN, DEVIATION = 0, 1  # statistics of a file of vectors
CHUNK = 8192  # rows turned to double precision at once

Array = NDArray[np.floating]


def stored_vectors(
    vectors: UtteranceVectors, layer: int, pooling: Literal["mean", "mean_std", "weighted"]
) -> Array:
    """Read vectors as they are stored: one layer, and no other, or the means of all layers.

    Args:
        vectors: vectors of a corpus.
        layer: layer, counted from 0; not used with `weighted`.
        pooling: see `ActivationMethod.pooling`.

    Returns:
        Shape (row, feature); with `weighted` (row, layer, feature).

    Raises:
        ValueError: there is no such layer, or no deviations.
        LayerFileError: the file is damaged, or not on this machine.
    """
    check_layer(vectors, layer, pooling)
    if pooling == "weighted":
        for each in range(vectors.layers):
            vectors.file.slice(each, MEAN)  # which checks it
        return np.moveaxis(vectors.file.values[:, MEAN], 0, 1)  # still on disk
    mean = np.array(vectors.file.slice(layer, MEAN))
    if pooling == "mean":
        return mean
    return np.concatenate([mean, vectors.file.slice(layer, DEVIATION)], axis=1)


def pooled(vectors: Array, layer: int, pooling: str) -> Array:
    """Return what a network takes of an utterance's vectors (layer, statistic, feature).

    Args:
        vectors: vectors of all layers.
        layer: layer, counted from 0; not used with `weighted`.
        pooling: see `ActivationMethod.pooling`.

    Returns:
        Shape (feature,); with `weighted` (layer, feature).
    """
    if pooling == "weighted":
        return np.asarray(vectors[:, MEAN])
    return np.asarray(vectors[layer, MEAN] if pooling == "mean" else vectors[layer].ravel())


def check_layer(vectors: UtteranceVectors, layer: int, pooling: str) -> None:
    """Raise a ValueError unless vectors have a layer, and what the pooling needs."""
    if pooling != "weighted" and layer >= vectors.layers:
        raise ValueError(
            f"`layer` must be from 0 to {vectors.layers - 1}, as the vectors have "
            f"{vectors.layers} layers, got {layer}"
        )
    if pooling == "mean_std" and vectors.statistics <= DEVIATION:
        raise ValueError(
            "`pooling` must be mean or weighted for vectors that the corpus brings, which have no "
            "standard deviations over frames, got 'mean_std'"
        )


def vector_statistics(stored: Array, rows: IntArray) -> Statistics:
    """Return mean and standard deviation (ddof 0) of each feature over training utterances.

    Args:
        stored: vectors as they are stored (row, ..., feature).
        rows: rows of the training utterances.

    Returns:
        Arrays (..., feature) in single precision; the deviation is 1 where a feature never changes
        by more than `ROUNDING`.
    """
    chunks = [rows[first : first + CHUNK] for first in range(0, len(rows), CHUNK)]
    # Deviations from some row: those of a feature that never changes are exactly 0.
    origin = stored[rows[0]].astype(np.float64)
    shift = sum((stored[chunk] - origin).sum(axis=0) for chunk in chunks) / len(rows)
    mean = origin + shift
    variance = sum(np.square(stored[chunk] - mean).sum(axis=0) for chunk in chunks) / len(rows)
    deviation = np.sqrt(variance)
    usable = np.where(deviation > ROUNDING * np.abs(mean), deviation, 1.0)
    return mean.astype(np.float32), usable.astype(np.float32)
