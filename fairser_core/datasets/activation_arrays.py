"""Arrays of the activation task, made from utterances and their features."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.corpora.checks import GENDERS
from fairser_core.datasets.activation import (
    Activation,
    FloatArray,
    IntArray,
    Problem,
    Split,
    WindowSettings,
    fit_window,
)
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import Statistics, normalise


def conditional_entropy(group: NDArray[Any], given: NDArray[np.floating], groups: int = 2) -> float:
    """Return H(group | given) in nats of numbers below `groups` and a binary array (row,)."""
    numbers = range(groups - 1, -1, -1)
    table = np.array([[np.mean((group == g) & (given == v)) for g in numbers] for v in (0, 1)])
    share = table.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(table > 0, table * np.log(table / share), 0.0)
    return float(-terms.sum())


def _cut(
    table: pd.DataFrame, features: Mapping[str, FloatArray], settings: WindowSettings, offset: int
) -> tuple[list[FloatArray], IntArray, IntArray, pd.DataFrame]:
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
    table: pd.DataFrame,
    features: Mapping[str, FloatArray],
    settings: WindowSettings,
    threshold: float,
    groups: Sequence[str],
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
        group=np.array([groups.index(name) for name in group_column(table)], dtype=np.int64),
        ids=tuple(table["id"]),
        speaker=tuple(table["speaker"]),
    )


def group_column(utterances: pd.DataFrame) -> pd.Series:
    """Return the name of each utterance's group: the speaker's gender, unless groups are others."""
    return utterances["group" if "group" in utterances else "gender"]


def _problem(
    train: Split, coefficients: int, frames: int, threshold: float, groups: Sequence[str]
) -> Problem:
    """Return the facts of training windows (coefficient, frame) that a method depends on."""
    if not np.ptp(train.target) > 0:
        raise ValueError(
            f"training utterances must differ in activation, all have {train.target[0]:g}"
        )
    return Problem(
        coefficients=coefficients,
        frames=frames,
        mean=float(train.target.mean()),
        deviation=float(train.target.std()),
        threshold=threshold,
        gender_entropy=conditional_entropy(
            train.group[train.owner], train.high[train.owner], len(groups)
        ),
        groups=tuple(groups),
    )


def activation_arrays(
    utterances: pd.DataFrame,
    features: Sequence[FloatArray],
    settings: WindowSettings,
    threshold: float,
    statistics: Statistics,
    *,
    split: EvaluatedSplit = "validation",
    groups: Sequence[str] = GENDERS,
    judged: Sequence[str] | None = None,
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
        groups: names of the groups of the utterances, in order.
        judged: names of those that worst values and gaps are of; by default all.

    Raises:
        ValueError: `padding="drop"` leaves a split without utterances, or training utterances of
            one activation only.
    """
    normalised = {
        name: normalise(array, statistics)
        for name, array in zip(utterances["id"], features, strict=True)
    }
    of_train, of_evaluated = (utterances[utterances["split"] == name] for name in ("train", split))
    pieces, train = _split(of_train, normalised, settings, threshold, groups, offset=0)
    offset = sum(map(len, pieces))
    more, evaluated = _split(of_evaluated, normalised, settings, threshold, groups, offset)
    return Activation(
        frames=np.concatenate([*pieces, *more]),
        train=train,
        evaluated=evaluated,
        problem=_problem(train, pieces[0].shape[1], settings.frames, threshold, groups),
        level=settings.level,
        statistics=statistics,
        split=split,
        judged=tuple(groups.index(name) for name in (judged or groups)),
    )
