"""Arrays of the category task, made of its tables."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.datasets.activation_arrays import conditional_entropy
from fairser_core.datasets.category import Category, CategoryProblem, FloatArray
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.datasets.vectors import MEAN, stored_vectors, vector_statistics
from fairser_core.features.normalisation import Statistics, normalise, z_norm_statistics
from fairser_core.features.utterance_vectors import UtteranceVectors
from fairser_core.features.variance import layer_notes, variance_notes
from fairser_core.features.vectors import Pooling


def category_arrays(
    table: pd.DataFrame,
    votes: pd.DataFrame,
    vectors: Sequence[NDArray[np.floating]] | UtteranceVectors,
    classes: Sequence[str],
    groups: Sequence[str],
    judged: Sequence[str],
    *,
    split: EvaluatedSplit = "validation",
    pooling: Pooling = "mean",
) -> Category:
    """Make the arrays of the category task.

    Args:
        table: utterances of the training and the evaluated split: `id`, `speaker`, `split`,
            `emotion`, `group`.
        votes: `utterance`, `label`, `votes`.
        vectors: features of each utterance (feature,), not normalised; or those of a speech model.
        classes: classes that are studied, in order.
        groups: names of the groups, in order.
        judged: names of those that are judged.
        split: evaluated split.
        pooling: statistics that make a vector of a speech model.

    Raises:
        ValueError: no feature of the training utterances varies.
    """
    ids = tuple(table["id"])
    train = np.flatnonzero(table["split"] == "train")
    of_model = vectors if isinstance(vectors, UtteranceVectors) else None
    if isinstance(vectors, UtteranceVectors):
        width = vectors.width * (2 if pooling == "mean_std" else 1)
        features = np.empty((len(ids), 0), dtype=np.float32)
        statistics: Statistics = np.empty(0), np.empty(0)
        layers = [*vectors.file.values[:, MEAN]]
        notes = layer_notes(layers, vectors.rows(ids)[train])
    else:
        raw = np.stack(vectors)
        width, statistics = raw.shape[1], z_norm_statistics([raw[train]])
        features = normalise(raw, statistics).astype(np.float32)
        notes = variance_notes([raw[train]], "of training utterances")
    label = np.array([_number(classes, name) for name in table["emotion"]], dtype=np.int64)
    group = np.array([groups.index(name) for name in table["group"]], dtype=np.int64)
    known = train[label[train] >= 0]
    counts = np.bincount(label[known], minlength=len(classes))
    entropies = [
        counts[number]
        / len(known)
        * conditional_entropy(of_class, np.zeros(len(of_class)), len(groups))
        for number in range(len(classes))
        for of_class in [group[known][label[known] == number]]
    ]
    evaluated = np.flatnonzero((table["split"] == split).to_numpy() & (label >= 0))
    return Category(
        features=features,
        label=label,
        shares=_shares(table["id"], votes, classes),
        group=group,
        train=train.astype(np.int64),
        evaluated=evaluated.astype(np.int64),
        ids=ids,
        speaker=tuple(table["speaker"]),
        problem=CategoryProblem(
            features=width,
            classes=tuple(classes),
            shares=tuple((counts / counts.sum()).tolist()),
            groups=tuple(groups),
            group_entropy=float(sum(entropies)),
        ),
        statistics=statistics,
        judged=tuple(groups.index(name) for name in judged),
        split=split,
        notes=tuple(notes),
        vectors=of_model,
        pooling=pooling,
    )


def layer_features(data: Category, layer: int) -> tuple[FloatArray, Statistics]:
    """Return normalised features (utterance, feature), and what normalises them.

    Args:
        data: arrays of the task.
        layer: layer of the speech model; not used without one.

    Raises:
        ValueError: there is no such layer.
        LayerFileError: the file of the vectors is damaged, or not on this machine.
    """
    if data.vectors is None:
        return data.features, data.statistics
    stored = stored_vectors(data.vectors, layer, data.pooling)[data.vectors.rows(data.ids)]
    statistics = vector_statistics(stored, data.train)
    return normalise(stored, statistics).astype(np.float32), statistics


def _number(classes: Sequence[str], name: object) -> int:
    return classes.index(name) if isinstance(name, str) else -1


def _shares(ids: pd.Series, votes: pd.DataFrame, classes: Sequence[str]) -> FloatArray:
    """Return the share of the votes on each class among those on any (utterance, class)."""
    kept = votes[votes["label"].isin(classes)]
    table = kept.pivot_table(index="utterance", columns="label", values="votes", aggfunc="sum")
    counts = table.reindex(index=list(ids), columns=list(classes)).fillna(0.0).to_numpy(float)
    total = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return np.asarray(shares, dtype=np.float32)
