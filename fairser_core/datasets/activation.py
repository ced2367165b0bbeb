"""The activation task: windows of features, a target per utterance, speaker gender as the group.

Gorrostieta et al. 2019, sections 3.1 and 3.2. Arrays hold the training split and the evaluated
split only: where a search goes on, the test split is in no array.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import Statistics, normalise

if TYPE_CHECKING:  # a predictor needs this file, and no pandas
    import pandas as pd

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
        gender_entropy: H(gender | level) of the training windows in nats: the loss of an
            adversary that learned nothing from the predictions.
    """

    coefficients: int
    frames: int
    mean: float
    deviation: float
    threshold: float
    gender_entropy: float

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
        female: 1 where the speaker is a woman (utterance,).
        ids: names of the utterances.
        speaker: names of the utterances' speakers.
    """

    start: IntArray
    owner: IntArray
    target: NDArray[np.float64]
    high: FloatArray
    female: FloatArray
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
    """

    task: ClassVar[str] = "activation"

    frames: FloatArray
    train: Split
    evaluated: Split
    problem: Problem
    level: Literal["utterance", "window"]
    statistics: Statistics
    split: EvaluatedSplit = "validation"

    @property
    def inputs(self) -> FloatArray:
        """Normalised features of all utterances (frame, coefficient)."""
        return self.frames

    def sizes(self) -> dict[str, int]:
        """Return numbers of frames, coefficients and windows."""
        return {
            "frames": len(self.frames),
            "coefficients": self.problem.coefficients,
            "training windows": len(self.train.start),
            "validation windows": len(self.evaluated.start),
        }


def conditional_entropy(group: NDArray[np.floating], given: NDArray[np.floating]) -> float:
    """Return H(group | given) in nats of two binary arrays of the same length."""
    table = np.array([[np.mean((group == g) & (given == v)) for g in (0, 1)] for v in (0, 1)])
    share = table.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(table > 0, table * np.log(table / share), 0.0)
    return float(-terms.sum())


def fit_window(features: FloatArray, settings: WindowSettings) -> FloatArray:
    """Pad a normalised utterance (frame, coefficient) to at least the length of a window."""
    missing = settings.frames - len(features)
    if missing <= 0:
        return features
    mode: Literal["wrap", "constant"] = "wrap" if settings.padding == "wrap" else "constant"
    return np.pad(features, ((0, missing), (0, 0)), mode=mode)


def _cut(
    table: "pd.DataFrame", features: Mapping[str, FloatArray], settings: WindowSettings, offset: int
) -> tuple[list[FloatArray], IntArray, IntArray, "pd.DataFrame"]:
    """Cut one split: frames of each utterance, window starts, window owners, and the rows kept."""
    if settings.padding == "drop":
        table = table[[len(features[name]) >= settings.frames for name in table["id"]]]
    pieces, starts, owners = [], [], []
    for row, name in enumerate(table["id"]):
        piece = fit_window(features[name], settings)
        count = 1 + (len(piece) - settings.frames) // settings.hop
        starts.append(offset + settings.hop * np.arange(count, dtype=np.int64))
        owners.append(np.full(count, row, dtype=np.int64))
        pieces.append(piece)
        offset += len(piece)
    if not pieces:
        raise ValueError(
            f"no utterance is as long as a window of {settings.frames} frames "
            "(`padding` is 'drop'; 'mean' keeps short utterances)"
        )
    return pieces, np.concatenate(starts), np.concatenate(owners), table


def _split(
    table: "pd.DataFrame",
    features: Mapping[str, FloatArray],
    settings: WindowSettings,
    threshold: float,
    offset: int,
) -> tuple[list[FloatArray], Split]:
    """Return the frames of each utterance of a split, and the split; frames begin at `offset`."""
    pieces, start, owner, table = _cut(table, features, settings, offset)
    target = table["activation"].to_numpy(np.float64)
    return pieces, Split(
        start=start,
        owner=owner,
        target=target,
        high=(target > threshold).astype(np.float32),
        female=(table["gender"] == "female").to_numpy().astype(np.float32),
        ids=tuple(table["id"]),
        speaker=tuple(table["speaker"]),
    )


def activation_arrays(
    utterances: "pd.DataFrame",
    features: Sequence[FloatArray],
    settings: WindowSettings,
    threshold: float,
    statistics: Statistics,
    *,
    split: EvaluatedSplit = "validation",
) -> Activation:
    """Make the arrays of the activation task.

    Args:
        utterances: checked table of a corpus; only rows of the training and the evaluated split
            are used.
        features: one array (frame, coefficient) per row of `utterances`, not yet normalised.
        settings: settings of the windows.
        threshold: activation above it is high.
        statistics: mean and standard deviation per coefficient over the training frames.
        split: evaluated split.

    Raises:
        ValueError: `padding="drop"` leaves a split without utterances, or training utterances of
            one activation only.
    """
    normalised = {
        name: normalise(array, statistics)
        for name, array in zip(utterances["id"], features, strict=True)
    }
    of_train, of_evaluated = (utterances[utterances["split"] == name] for name in ("train", split))
    pieces, train = _split(of_train, normalised, settings, threshold, offset=0)
    offset = sum(map(len, pieces))
    more, evaluated = _split(of_evaluated, normalised, settings, threshold, offset)
    if not np.ptp(train.target) > 0:
        raise ValueError(
            f"training utterances must differ in activation, all have {train.target[0]:g}"
        )
    problem = Problem(
        coefficients=pieces[0].shape[1],
        frames=settings.frames,
        mean=float(train.target.mean()),
        deviation=float(train.target.std()),
        threshold=threshold,
        gender_entropy=conditional_entropy(train.female[train.owner], train.high[train.owner]),
    )
    return Activation(
        frames=np.concatenate([*pieces, *more]),
        train=train,
        evaluated=evaluated,
        problem=problem,
        level=settings.level,
        statistics=statistics,
        split=split,
    )
