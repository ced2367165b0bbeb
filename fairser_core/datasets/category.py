"""The category task: a vector an utterance, its class, shares of votes, groups of speakers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.datasets.activation_arrays import conditional_entropy
from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import Statistics, normalise, z_norm_statistics

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class CategoryProblem:
    """Facts of the task that a method depends on.

    Attributes:
        features: of an utterance.
        classes: names of the classes, in order.
        shares: share of each class in the training utterances that have one.
        groups: names of the groups, in order.
        group_entropy: H(group | class) of the training utterances in nats: the loss of an adversary
            that learned nothing from the predictions.
    """

    features: int
    classes: tuple[str, ...]
    shares: tuple[float, ...]
    groups: tuple[str, ...]
    group_entropy: float


@dataclass(frozen=True)
class Category:
    """Arrays of the task, made once per sweep, of the training and the evaluated split alone.

    Attributes:
        task: name of the task.
        features: features, normalised over the training utterances (utterance, feature).
        label: number of the class; -1 where there is none (utterance,).
        shares: share of the votes on each class; 0 where none names a class (utterance, class).
        group: number of the group in `CategoryProblem.groups` (utterance,).
        train: rows of the training split.
        evaluated: rows of the evaluated split that have a class.
        ids: names of the utterances.
        speaker: names of their speakers.
        problem: facts that a method depends on.
        statistics: mean and standard deviation of each feature over the training utterances.
        judged: numbers of the groups that worst values and gaps of the evaluated split are of.
        split: name of the evaluated split.
        notes: facts of the features to show to people.
    """

    task: ClassVar[str] = "category"

    features: FloatArray
    label: IntArray
    shares: FloatArray
    group: IntArray
    train: IntArray
    evaluated: IntArray
    ids: tuple[str, ...]
    speaker: tuple[str, ...]
    problem: CategoryProblem
    statistics: Statistics
    judged: tuple[int, ...]
    split: EvaluatedSplit = "validation"
    notes: tuple[str, ...] = ()

    @property
    def inputs(self) -> FloatArray:
        """Normalised features of all utterances (utterance, feature)."""
        return self.features

    def training_rows(self) -> tuple[int, str]:
        """Return the number of training utterances."""
        return len(self.train), "utterances"

    def sizes(self) -> dict[str, int]:
        """Return numbers of features and utterances."""
        return {
            "features": self.problem.features,
            "training utterances": len(self.train),
            "validation utterances": len(self.evaluated),
        }


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
    """
    raw = np.stack(vectors)
    train = np.flatnonzero(table["split"] == "train")
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
