"""The category task: a vector an utterance, its class, shares of votes, groups of speakers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import Statistics
from fairser_core.features.utterance_vectors import UtteranceVectors
from fairser_core.features.vectors import Pooling

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
        features: features, normalised over the training utterances (utterance, feature); none where
            there are `vectors`.
        label: number of the class; -1 where there is none (utterance,).
        shares: share of the votes on each class; 0 where none names a class (utterance, class).
        group: number of the group in `CategoryProblem.groups` (utterance,).
        train: rows of the training split.
        evaluated: rows of the evaluated split that have a class.
        ids: names of the utterances.
        speaker: names of their speakers.
        problem: facts that a method depends on.
        statistics: mean and standard deviation of each feature over the training utterances; empty
            where there are `vectors`.
        judged: numbers of the groups that worst values and gaps of the evaluated split are of.
        split: name of the evaluated split.
        notes: facts of the features to show to people.
        vectors: vectors of a speech model, of which a method takes a layer; None without a model.
        pooling: statistics over frames that make a vector.
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
    vectors: UtteranceVectors | None = None
    pooling: Pooling = "mean"

    @property
    def inputs(self) -> NDArray[np.floating]:
        """Normalised features of all utterances (utterance, feature), or stored vectors."""
        return self.vectors.file.values if self.vectors else self.features

    def training_rows(self) -> tuple[int, str]:
        """Return the number of training utterances."""
        return len(self.train), "utterances"

    def sizes(self) -> dict[str, int]:
        """Return numbers of features and utterances."""
        counts = {
            "features": self.problem.features,
            "training utterances": len(self.train),
            "validation utterances": len(self.evaluated),
        }
        return counts | ({"layers": self.vectors.layers} if self.vectors else {})
