"""Vectors of utterances, pooled from frames."""

from dataclasses import asdict, dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from fairser_core.features.normalisation import Normalisation

Layer = Literal["z", "q", "c"]
Pooling = Literal["mean", "mean_std"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
NORMALISATIONS: tuple[Normalisation, ...] = get_args(Normalisation)
AUTO: Final = "auto"
EARLIER: dict[str, str] = {"normalisation": "speaker"}
"""Values of settings in sweeps and bundles of versions that lacked them."""


@dataclass(frozen=True, kw_only=True)
class VectorSettings:
    """Settings of the vectors.

    Attributes:
        pooling: `mean` over frames, or `mean_std`: the mean, and after it the standard deviation.
        layer: layer of vq-wav2vec, not used without it: `z`, the latent space that the waveform is
            projected into, the likely choice of Chien & Lee; `q`, its quantised form; or `c`, q in
            the context of the frames before.
        normalisation: utterances whose mean and deviation normalise a vector: those of its
            `speaker`, as Chien & Lee; of its `session`; of the `training` sessions; or `none`.
            `auto` is `speaker` where the corpus allows for it, else `training`, see
            `fairser_core.datasets.normalisation`. Earlier versions knew `speaker` only.

    Raises:
        ValueError: a choice is not one of those named.
    """

    pooling: Pooling = "mean"
    layer: Layer = "z"
    normalisation: Normalisation | Literal["auto"] = "auto"

    def __post_init__(self) -> None:
        choices = (AUTO, *NORMALISATIONS)
        for name, allowed in (
            ("pooling", POOLINGS), ("layer", LAYERS), ("normalisation", choices),
        ):  # fmt: skip
            if getattr(self, name) not in allowed:
                raise ValueError(f"`{name}` must be one of {allowed}, got {getattr(self, name)!r}")

    def facts(self) -> dict[str, str]:
        """Return the settings, but a value of `EARLIER` only where it differs."""
        return {k: v for k, v in asdict(self).items() if EARLIER.get(k) != v}


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
