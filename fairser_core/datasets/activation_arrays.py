"""Arrays of the activation task, made from utterances and their features."""

import dataclasses
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
from fairser_core.features.utterance_vectors import UtteranceVectors

Thresholds = Mapping[str, float]
"""Threshold of each target, by name; the order is that of the targets."""


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
) -> tuple[int, IntArray, IntArray, pd.DataFrame]:
    """Cut one split: the end of its frames, window starts, window owners, and the rows kept."""
    if settings.padding == "drop":
        table = table[[len(features[name]) >= settings.frames for name in table["id"]]]
    starts, owners = [], []
    for row, name in enumerate(table["id"]):
        length = max(len(features[name]), settings.frames)
        count = 1 + (length - settings.frames) // settings.hop
        starts.append(offset + settings.hop * np.arange(count, dtype=np.int64))
        owners.append(np.full(count, row, dtype=np.int64))
        offset += length
    if not starts:
        raise ValueError(
            f"no utterance is as long as a window of {settings.frames} frames "
            "(`padding` is 'drop'; 'mean' keeps short utterances)"
        )
    return offset, np.concatenate(starts), np.concatenate(owners), table


def _normalised(
    names: Sequence[str],
    features: Mapping[str, FloatArray],
    settings: WindowSettings,
    statistics: Statistics,
    count: int,
) -> FloatArray:
    """Return the normalised and padded frames of utterances (frame, coefficient), in their order.

    Nothing but the result is ever held of all of them at once.
    """
    frames = np.empty((count, features[names[0]].shape[1]), np.float32)
    start = 0
    for name in names:
        piece = fit_window(normalise(features[name], statistics), settings)
        frames[start : start + len(piece)] = piece
        start += len(piece)
    return frames


def group_column(utterances: pd.DataFrame) -> pd.Series:
    """Return the name of each utterance's group: the speaker's gender, unless groups are others."""
    return utterances["group" if "group" in utterances else "gender"]


def _split(
    table: pd.DataFrame,
    start: IntArray,
    owner: IntArray,
    thresholds: Thresholds,
    groups: Sequence[str],
) -> Split:
    """Return a split of a table, whose windows begin at `start`."""
    labels = [table[name].to_numpy(np.float64) for name in thresholds]
    highs = [
        (each > threshold).astype(np.float32)
        for each, threshold in zip(labels, thresholds.values(), strict=True)
    ]
    several = len(thresholds) > 1
    return Split(
        start=start,
        owner=owner,
        target=np.stack(labels, axis=-1) if several else labels[0],
        high=np.stack(highs, axis=-1) if several else highs[0],
        group=np.array([groups.index(name) for name in group_column(table)], dtype=np.int64),
        ids=tuple(table["id"]),
        speaker=tuple(table["speaker"]),
    )


def _problem(
    train: Split,
    coefficients: int,
    frames: int,
    thresholds: Thresholds,
    groups: Sequence[str],
    layers: int = 0,
) -> Problem:
    """Return the facts of training windows (coefficient, frame), or vectors, of each target."""
    targets = train.target.reshape(len(train.target), -1).T
    highs = train.high.reshape(len(train.high), -1).T
    problems = []
    for (name, threshold), target, high in zip(thresholds.items(), targets, highs, strict=True):
        if not np.ptp(target) > 0:
            raise ValueError(f"training utterances must differ in {name}, all have {target[0]:g}")
        problems.append(
            Problem(
                coefficients=coefficients,
                frames=frames,
                mean=float(target.mean()),
                deviation=float(target.std()),
                threshold=threshold,
                gender_entropy=conditional_entropy(
                    train.group[train.owner], high[train.owner], len(groups)
                ),
                groups=tuple(groups),
                layers=layers,
                target=name,
            )
        )
    first, *further = problems
    return dataclasses.replace(first, further=tuple(further))


def vector_arrays(
    utterances: pd.DataFrame,
    vectors: UtteranceVectors,
    thresholds: Thresholds,
    *,
    split: EvaluatedSplit = "validation",
    groups: Sequence[str] = GENDERS,
    judged: Sequence[str] | None = None,
) -> Activation:
    """Make the arrays of the activation task on vectors: an utterance is one example.

    Args:
        utterances: checked table of a corpus; only rows of the training and the evaluated split
            are used.
        vectors: vectors of its utterances.
        thresholds: threshold of each target.
        split: evaluated split.
        groups: names of the groups of the utterances, in order.
        judged: names of those that worst values and gaps are of; by default all.

    Raises:
        ValueError: training utterances are of one value of a target only.
    """
    train, evaluated = (
        _of_rows(utterances[utterances["split"] == name], vectors, thresholds, groups)
        for name in ("train", split)
    )
    empty = np.empty(0)
    return Activation(
        frames=np.empty((0, vectors.width), np.float32),
        train=train,
        evaluated=evaluated,
        problem=_problem(train, vectors.width, 0, thresholds, groups, vectors.layers),
        level="utterance",
        statistics=(empty, empty),
        split=split,
        targets=tuple(thresholds),
        vectors=vectors,
        judged=_numbers(groups, judged),
    )


def _numbers(groups: Sequence[str], judged: Sequence[str] | None) -> tuple[int, ...]:
    """Return the numbers of the groups that are judged; by default all."""
    return tuple(groups.index(name) for name in (judged or groups))


def _of_rows(
    table: pd.DataFrame, vectors: UtteranceVectors, thresholds: Thresholds, groups: Sequence[str]
) -> Split:
    rows = vectors.rows(table["id"])
    return _split(table, rows, np.arange(len(rows), dtype=np.int64), thresholds, groups)


def activation_arrays(
    utterances: pd.DataFrame,
    features: Sequence[FloatArray],
    settings: WindowSettings,
    threshold: float | Thresholds,
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
        threshold: activation above it is high; or the threshold of each target.
        statistics: mean and standard deviation per coefficient over the training frames.
        split: evaluated split.
        groups: names of the groups of the utterances, in order.
        judged: names of those that worst values and gaps are of; by default all.

    Raises:
        ValueError: `padding="drop"` leaves a split without utterances, or training utterances of
            one value of a target only.
    """
    by_name = dict(zip(utterances["id"], features, strict=True))
    of_train, of_evaluated = (utterances[utterances["split"] == name] for name in ("train", split))
    thresholds = threshold if isinstance(threshold, Mapping) else {"activation": threshold}
    end, start, owner, kept = _cut(of_train, by_name, settings, offset=0)
    train, names = _split(kept, start, owner, thresholds, groups), list(kept["id"])
    end, start, owner, kept = _cut(of_evaluated, by_name, settings, end)
    evaluated = _split(kept, start, owner, thresholds, groups)
    frames = _normalised([*names, *kept["id"]], by_name, settings, statistics, end)
    return Activation(
        frames=frames,
        train=train,
        evaluated=evaluated,
        problem=_problem(train, frames.shape[1], settings.frames, thresholds, groups),
        level=settings.level,
        statistics=statistics,
        split=split,
        targets=tuple(thresholds),
        judged=_numbers(groups, judged),
    )
