"""Arrays of the category task, made of its tables."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.datasets.activation_arrays import conditional_entropy
from fairser_core.datasets.category import Category, CategoryProblem, FloatArray
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import normalise, z_norm_statistics
from fairser_core.features.variance import variance_notes


def category_arrays(
    table: pd.DataFrame,
    votes: pd.DataFrame,
    vectors: Sequence[NDArray[np.floating]],
    classes: Sequence[str],
    groups: Sequence[str],
    judged: Sequence[str],
    *,
    split: EvaluatedSplit = "validation",
) -> Category:
    """Make the arrays of the category task.

    Args:
        table: utterances of the training and the evaluated split: `id`, `speaker`, `split`,
            `emotion`, `group`.
        votes: `utterance`, `label`, `votes`.
        vectors: features of each utterance (feature,), not normalised.
        classes: classes that are studied, in order.
        groups: names of the groups, in order.
        judged: names of those that are judged.
        split: evaluated split.

    Raises:
        ValueError: no feature of the training utterances varies.
    """
    raw = np.stack(vectors)
    train = np.flatnonzero(table["split"] == "train")
    notes = variance_notes([raw[train]], "of training utterances")
    statistics = z_norm_statistics([raw[train]])
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
        features=normalise(raw, statistics).astype(np.float32),
        label=label,
        shares=_shares(table["id"], votes, classes),
        group=group,
        train=train.astype(np.int64),
        evaluated=evaluated.astype(np.int64),
        ids=tuple(table["id"]),
        speaker=tuple(table["speaker"]),
        problem=CategoryProblem(
            features=raw.shape[1],
            classes=tuple(classes),
            shares=tuple((counts / counts.sum()).tolist()),
            groups=tuple(groups),
            group_entropy=float(sum(entropies)),
        ),
        statistics=statistics,
        judged=tuple(groups.index(name) for name in judged),
        split=split,
        notes=tuple(notes),
    )


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
