"""The activation task: windows of features, a target per utterance, groups of speakers.

Gorrostieta et al. 2019, sections 3.1 and 3.2. Arrays hold the training split and the evaluated
split only: where a search goes on, the test split is in no array.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from fairser_core.corpora.checks import GENDERS
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import Statistics

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
LabelsT = TypeVar("LabelsT", float, NDArray[np.float64])


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


@dataclass(frozen=True)
class Problem:
    """Facts of the task that a method depends on.

    Methods train in standard units, (activation - mean) / deviation, so that labels on any scale
    train the same model.

    Attributes:
        coefficients: rows of a window.
        frames: columns of a window.
        mean: mean activation of the training utterances: 0 in standard units.
        deviation: standard deviation of the same (ddof 0): 1 in standard units.
        threshold: activation above it is high, at or below it low (Eq. 3).
        gender_entropy: H(group | level) of the training windows in nats: the loss of an
            adversary that learned nothing from the predictions.
        groups: names of the groups, in order: the genders of the paper, or others.
    """

    coefficients: int
    frames: int
    mean: float
    deviation: float
    threshold: float
    gender_entropy: float
    groups: tuple[str, ...] = GENDERS

    def standardise(self, activation: LabelsT) -> LabelsT:
        """Return activation (...) in standard units."""
        return (activation - self.mean) / self.deviation


@dataclass(frozen=True)
class Split:
    """Windows and utterances of one split.

    Attributes:
        start: first frame of each window in `Activation.frames` (window,).
        owner: row of the window's utterance (window,).
        target: activation (utterance,).
        high: 1 where the activation is above the threshold (utterance,).
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
            which the features are normalised (coefficient,).
        split: name of the evaluated split.
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
    judged: tuple[int, ...] = (0, 1)

    @property
    def inputs(self) -> FloatArray:
        """Normalised features of all utterances (frame, coefficient)."""
        return self.frames

    def training_rows(self) -> tuple[int, str]:
        """Return the number of training windows."""
        return len(self.train.start), "windows"

    def sizes(self) -> dict[str, int]:
        """Return numbers of frames, coefficients and windows."""
        return {
            "frames": len(self.frames),
            "coefficients": self.problem.coefficients,
            "training windows": len(self.train.start),
            "validation windows": len(self.evaluated.start),
        }


def fit_window(features: FloatArray, settings: WindowSettings) -> FloatArray:
    """Pad a normalised utterance (frame, coefficient) to at least the length of a window."""
    missing = settings.frames - len(features)
    if missing <= 0:
        return features
    mode: Literal["wrap", "constant"] = "wrap" if settings.padding == "wrap" else "constant"
    return np.pad(features, ((0, missing), (0, 0)), mode=mode)
