"""The activation task: windows or vectors, targets of utterances, groups of speakers.

Gorrostieta et al. 2019, sections 3.1 and 3.2, whose target is activation. Arrays hold the training
split and the evaluated split only: where a search goes on, the test split is in no array.
"""

import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import Statistics
from fairser_core.features.utterance_vectors import UtteranceVectors
from fairser_core.metrics.activation import GENDERS

Features = Literal["mfcc", "vectors"]
Dimension = Literal["activation", "valence", "dominance"]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
LabelsT = TypeVar("LabelsT", float, NDArray[np.float64])


@dataclass(frozen=True)
class DataSettings:
    """Settings of what is learned from, and what is predicted.

    Attributes:
        features: `mfcc`, windows of MFCCs as in the paper, or of frames that the corpus brings; or
            `vectors`, layers of a pretrained speech model, or those that the corpus brings.
        target: dimension of emotion that is predicted, or a list of several: by one network, which
            learns the mean of their losses.
        thresholds: threshold of each target, greatest value that is low; by default the corpus'
            own of activation, of others 3.5 on a scale of 1..7 and else the middle.

    Raises:
        ValueError: a choice is not one of those named, or a target is named twice.
    """

    features: Features = "mfcc"
    target: str | tuple[str, ...] = ("activation",)
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.features not in get_args(Features):
            raise ValueError(f"`features` must be mfcc or vectors, got {self.features!r}")
        targets = (self.target,) if isinstance(self.target, str) else tuple(self.target)
        choices = ", ".join(DIMENSIONS)
        for name in targets:
            if name not in DIMENSIONS:
                raise ValueError(f"`target` must be of {choices}, got {name!r}")
        if len(set(targets)) < len(targets) or not targets:
            raise ValueError(f"`target` must name each of {choices} once at most, got {targets}")
        if not isinstance(self.thresholds, Mapping):
            raise ValueError(f"`thresholds` must be a table by target, got {self.thresholds!r}")
        for name, value in self.thresholds.items():
            if name not in targets or type(value) not in (int, float) or not math.isfinite(value):
                raise ValueError(
                    f"`thresholds` must be numbers by target ({', '.join(targets)}), got "
                    f"{name} = {value!r}"
                )
        object.__setattr__(self, "target", targets)  # as a list in TOML reads back

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the targets."""
        return tuple(self.target)

    def facts(self) -> dict[str, Any]:
        """Return the settings; none where they are those by default, which earlier sweeps had."""
        return {} if self == DataSettings() else asdict(self)


@dataclass(frozen=True)
class WindowSettings:
    """Settings of the windows that utterances are cut into.

    Attributes:
        frames: length of a window in frames (279 frames of 40 ms every 16 ms are 4.488 s).
        hop: distance from one window to the next in frames (10 frames are 160 ms).
        padding: padding of an utterance shorter than a window: `mean` (zeros after z-norm, at the
            end), `wrap` (the utterance again), or `drop` (such an utterance is left out).
        level: unit of metrics: `utterance` (mean of the predictions of its windows) or `window`.

    Raises:
        ValueError: a number is below 1, or a choice is not one of those named.
    """

    frames: int = 279
    hop: int = 10
    padding: Literal["mean", "wrap", "drop"] = "mean"
    level: Literal["utterance", "window"] = "utterance"

    def __post_init__(self) -> None:
        for name in ("frames", "hop"):
            if getattr(self, name) < 1:
                raise ValueError(f"`{name}` must be >= 1, got {getattr(self, name)}")
        for name, choices in (
            ("padding", ("mean", "wrap", "drop")),
            ("level", ("utterance", "window")),
        ):
            if getattr(self, name) not in choices:
                raise ValueError(f"`{name}` must be one of {choices}, got {getattr(self, name)!r}")

    def facts(self) -> dict[str, Any]:
        """Return the settings."""
        return asdict(self)


@dataclass(frozen=True)
class Problem:
    """Facts of the task that a method depends on.

    Methods train in standard units, (activation - mean) / deviation, so that labels on any scale
    train the same model.

    Attributes:
        coefficients: rows of a window; of vectors the values of a layer.
        frames: columns of a window; 0 where examples are vectors.
        mean: mean activation of the training utterances: 0 in standard units.
        deviation: standard deviation of the same (ddof 0): 1 in standard units.
        threshold: activation above it is high, at or below it low (Eq. 3).
        gender_entropy: H(group | level) of the training windows in nats: the loss of an
            adversary that learned nothing from the predictions.
        layers: layers of the vectors; 0 where examples are windows.
        further: problems of the further targets, which the same network predicts.
        groups: names of the groups, in order: the genders of the paper, or others.
        target: name of the target.
    """

    coefficients: int
    frames: int
    mean: float
    deviation: float
    threshold: float
    gender_entropy: float
    layers: int = 0
    further: tuple["Problem", ...] = ()
    groups: tuple[str, ...] = GENDERS
    target: str = DIMENSIONS[0]

    @property
    def targets(self) -> tuple["Problem", ...]:
        """The problem of each target."""
        return (self, *self.further)

    def standardise(self, activation: LabelsT) -> LabelsT:
        """Return activation (...) in standard units."""
        return (activation - self.mean) / self.deviation


@dataclass(frozen=True)
class Split:
    """Windows and utterances of one split.

    Attributes:
        start: first frame of each window in `Activation.frames`, or row of each vector in the file
            of vectors (window,).
        owner: row of the window's utterance (window,).
        target: activation, or another dimension (utterance,); of several (utterance, target).
        high: 1 where the target is above its threshold, in the shape of `target`.
        group: number of the group in `Problem.groups` (utterance,).
        ids: names of the utterances.
        speaker: names of the utterances' speakers.
    """

    start: IntArray
    owner: IntArray
    target: NDArray[np.float64]
    high: FloatArray
    group: IntArray
    ids: tuple[str, ...]
    speaker: tuple[str, ...]

    @cached_property
    def speaker_number(self) -> IntArray:
        """Number of the speaker, by the order of names (utterance,)."""
        return np.unique(np.array(self.speaker, dtype=str), return_inverse=True)[1]


@dataclass(frozen=True)
class Activation:
    """Arrays of the task, made once per sweep.

    Attributes:
        task: name of the task.
        frames: normalised features of all utterances, one after the other (frame, coefficient).
        train: training split.
        evaluated: split that models are asked for.
        problem: facts that a method depends on.
        level: unit of metrics.
        statistics: mean and standard deviation of each coefficient over the training frames, with
            which the features are normalised (coefficient,); empty for vectors.
        split: name of the evaluated split.
        targets: names of the targets.
        vectors: vectors of the corpus' utterances; None where examples are windows.
        notes: facts of the features to show to people.
        judged: numbers of the groups that worst values and gaps of the evaluated split are of.
    """

    task: ClassVar[str] = "activation"

    frames: FloatArray
    train: Split
    evaluated: Split
    problem: Problem
    level: Literal["utterance", "window"]
    statistics: Statistics
    split: EvaluatedSplit = "validation"
    targets: tuple[str, ...] = ("activation",)
    vectors: UtteranceVectors | None = None
    notes: tuple[str, ...] = ()
    judged: tuple[int, ...] = (0, 1)

    @property
    def inputs(self) -> NDArray[np.floating]:
        """Normalised features of all utterances (frame, coefficient), or stored vectors."""
        return self.vectors.file.values if self.vectors else self.frames

    def training_rows(self) -> tuple[int, str]:
        """Return the number of training windows."""
        return len(self.train.start), "windows"

    def sizes(self) -> dict[str, int]:
        """Return numbers of frames, coefficients and windows, and a checksum of other labels."""
        counts = {
            "frames": len(self.frames),
            "coefficients": self.problem.coefficients,
            "training windows": len(self.train.start),
            "validation windows": len(self.evaluated.start),
        }
        if self.vectors:
            counts |= {"layers": self.vectors.layers, "statistics": self.vectors.statistics}
        if self.targets != DIMENSIONS[:1]:  # labels that the corpus' fingerprint does not cover
            counts["labels"] = zlib.crc32(self.train.target.tobytes())
        return counts


def fit_window(features: FloatArray, settings: WindowSettings) -> FloatArray:
    """Pad a normalised utterance (frame, coefficient) to at least the length of a window."""
    missing = settings.frames - len(features)
    if missing <= 0:
        return features
    mode: Literal["wrap", "constant"] = "wrap" if settings.padding == "wrap" else "constant"
    return np.pad(features, ((0, missing), (0, 0)), mode=mode)
