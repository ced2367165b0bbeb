"""Vectors of utterances, pooled from frames."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Layer = Literal["z", "q", "c"]
Pooling = Literal["mean", "mean_std"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)


@dataclass(frozen=True, kw_only=True)
class VectorSettings:
    """Settings of the vectors.

    Attributes:
        pooling: `mean` over frames, or `mean_std`: the mean, and after it the standard deviation.
        layer: layer of vq-wav2vec, not used without it: `z`, the latent space that the waveform is
            projected into, the likely choice of Chien & Lee; `q`, its quantised form; or `c`, q in
            the context of the frames before.

    Raises:
        ValueError: a choice is not one of those named.
    """

    pooling: Pooling = "mean"
    layer: Layer = "z"

    def __post_init__(self) -> None:
        for name, choices in (("pooling", POOLINGS), ("layer", LAYERS)):
            if getattr(self, name) not in choices:
                raise ValueError(f"`{name}` must be one of {choices}, got {getattr(self, name)!r}")


def moments(frames: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return mean and standard deviation (ddof 0) over frames (statistic, coefficient).

    Args:
        frames: features (frame, coefficient), at least one frame; the deviation of one is 0.
    """
    exact = frames.astype(np.float64)
    return np.stack([exact.mean(axis=0), exact.std(axis=0)])


def pool(moments: NDArray[np.floating], pooling: Pooling) -> NDArray[np.floating]:
    """Return the vector (feature,) of an utterance.

    Args:
        moments: mean and standard deviation (statistic, coefficient).
        pooling: statistics that make the vector.
    """
    return moments[0] if pooling == "mean" else moments.ravel()
