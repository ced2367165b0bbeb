"""The activation task: windows of features, a target per utterance, speaker gender as the group.

Gorrostieta et al. 2019, sections 3.1 and 3.2. The test split is left out on purpose: a search
must not see it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # a predictor needs this file, and no pandas
    import pandas as pd

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
Statistics = tuple[NDArray[np.floating], NDArray[np.floating]]


@dataclass(frozen=True)
class WindowSettings:
    """How utterances are cut into windows.

    Attributes:
        frames: length of a window in frames (279 frames of 40 ms every 16 ms are 4.488 s).
        hop: a new window every so many frames (10 frames are 160 ms).
        padding: what fills an utterance shorter than a window: `mean` (zeros after z-norm, at the
            end), `wrap` (the utterance again), or `drop` (such an utterance is left out).
        level: whether metrics are taken over utterances (mean of their windows' predictions) or
            over windows.
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
    """What a method must know of the task.

    Attributes:
        coefficients: rows of a window.
        frames: columns of a window.
        mean: mean activation of the training utterances; a standardised output of 0 means it.
        deviation: standard deviation of the same (ddof 0).
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
    """

    start: IntArray
    owner: IntArray
    target: FloatArray
    high: FloatArray
    female: FloatArray
    ids: tuple[str, ...]


@dataclass(frozen=True)
class Activation:
    """Arrays of the task, made once per sweep.

    Attributes:
        frames: normalised features of all utterances, one after the other (frame, coefficient).
        train: the training split.
        validation: the split that models are asked for: of validation, but for `prepare_test`'s.
        problem: what a method must know.
        level: what metrics are taken over.
        statistics: what the features were normalised with: mean and standard deviation of each
            coefficient over the training frames (coefficient,).
    """

    frames: FloatArray
    train: Split
    validation: Split
    problem: Problem
    level: Literal["utterance", "window"]
    statistics: Statistics


def conditional_entropy(group: NDArray[np.floating], given: NDArray[np.floating]) -> float:
    """H(group | given) in nats of two binary arrays of the same length."""
    table = np.array([[np.mean((group == g) & (given == v)) for g in (0, 1)] for v in (0, 1)])
    share = table.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(table > 0, table * np.log(table / share), 0.0)
    return float(-terms.sum())


def normalise(features: NDArray[np.floating], statistics: Statistics) -> FloatArray:
    """Features (..., coefficient) less the mean, over the standard deviation."""
    mean, deviation = statistics
    return ((features - mean) / deviation).astype(np.float32)


def fit_window(features: FloatArray, settings: WindowSettings) -> FloatArray:
    """The utterance (frame, coefficient), normalised, made at least one window long."""
    missing = settings.frames - len(features)
    if missing <= 0:
        return features
    mode: Literal["wrap", "constant"] = "wrap" if settings.padding == "wrap" else "constant"
    return np.pad(features, ((0, missing), (0, 0)), mode=mode)


def _cut(
    table: "pd.DataFrame", features: Mapping[str, FloatArray], settings: WindowSettings, offset: int
) -> tuple[list[FloatArray], IntArray, IntArray, "pd.DataFrame"]:
    """Frames, window starts, window owners and the rows that are left of one split."""
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


def activation_task(
    utterances: "pd.DataFrame",
    features: Sequence[FloatArray],
    settings: WindowSettings,
    threshold: float,
    statistics: Statistics,
) -> Activation:
    """Arrays of the activation task.

    Args:
        utterances: checked table of a corpus; only its train and validation rows are used.
        features: one array (frame, coefficient) per row of `utterances`, not yet normalised.
        settings: how windows are cut.
        threshold: activation above it is high.
        statistics: mean and standard deviation per coefficient over the training frames.

    Raises:
        ValueError: if `padding="drop"` leaves a split without utterances.
    """
    normalised = {
        name: normalise(array, statistics)
        for name, array in zip(utterances["id"], features, strict=True)
    }
    pieces: list[FloatArray] = []
    splits: dict[str, Split] = {}
    for name in ("train", "validation"):
        offset = sum(map(len, pieces))
        rows = utterances[utterances["split"] == name]
        cut, start, owner, table = _cut(rows, normalised, settings, offset)
        pieces += cut
        target = table["activation"].to_numpy(np.float32)
        splits[name] = Split(
            start=start,
            owner=owner,
            target=target,
            high=(target > threshold).astype(np.float32),
            female=(table["gender"] == "female").to_numpy().astype(np.float32),
            ids=tuple(table["id"]),
        )
    train = splits["train"]
    problem = Problem(
        coefficients=pieces[0].shape[1],
        frames=settings.frames,
        mean=float(train.target.mean(dtype=np.float64)),
        deviation=float(train.target.std(dtype=np.float64)),
        threshold=threshold,
        gender_entropy=conditional_entropy(train.female[train.owner], train.high[train.owner]),
    )
    return Activation(
        frames=np.concatenate(pieces),
        train=train,
        validation=splits["validation"],
        problem=problem,
        level=settings.level,
        statistics=statistics,
    )
