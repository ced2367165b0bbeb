"""The emotion task: a detector per emotion, the raters' gender as the group, sessions as folds.

Chien & Lee (2023), sections 2.1 and 3.1. Fold k tests session k, validates on the session after it
and trains on all others. Each session is validated on once: the detectors of all folds together
cover the whole corpus, and none is evaluated on a session that it has learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import Normalisation, Statistics
from fairser_core.networks.dnn import Dnn
from fairser_core.networks.layers import Parameters

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class EmotionProblem:
    """Facts of the task that a method depends on.

    Attributes:
        features: number of values of an utterance.
        stage1: detector of stage 1 that a method builds on; None where it needs none.
    """

    features: int
    stage1: Dnn | None = None


@dataclass(frozen=True)
class Perception:
    """Perception by one gender of the raters.

    Attributes:
        label: 1 where the consensus of the gender is the emotion, else 0 (emotion, utterance).
        consensus: whether the gender has a consensus (utterance,); labels mean nothing elsewhere.
    """

    label: FloatArray
    consensus: BoolArray


@dataclass(frozen=True)
class Fold:
    """Utterances of one fold, as rows of the task's arrays.

    Attributes:
        name: name of the tested session.
        train: utterances of all sessions but two (row,).
        validation: utterances of the session after the tested one (row,).
        test: utterances of the tested session (row,); a search does not use them.
    """

    name: str
    train: IntArray
    validation: IntArray
    test: IntArray


@dataclass(frozen=True)
class Emotion:
    """Arrays of the task, made once per sweep.

    Attributes:
        task: name of the task.
        features: normalised (utterance, feature), but for what `statistics` do.
        label: 1 where the ground truth is the emotion, else 0 (emotion, utterance).
        female: perception by the women among the raters.
        male: perception by the men.
        s1: whether the consensus of both genders is the ground truth (utterance,); all others are
            S2.
        aligned: gender whose perception alone the ground truth is: 1 female, 0 male, NaN where it
            is neither's and in S1 (utterance,).
        session: number of the session (utterance,).
        sessions: names of the sessions in order.
        emotions: names of the detected emotions.
        detectors: (fold, emotion) of each detector that a seed trains, as numbers.
        problem: facts that a method depends on.
        ids: names of the utterances.
        speaker: names of the utterances' speakers.
        stage1: parameters of `problem.stage1`, detectors of one seed after another: (seed x
            detector, ...); empty without stage 1.
        split: evaluated split: the session of its fold that a detector is asked for.
        normalisation: utterances that normalise an utterance.
        statistics: mean and standard deviation over the training utterances of each fold (fold,
            feature), with which its detectors normalise `features`; None where there is nothing
            left to do.
        notes: facts of the features to show to people.
    """

    task: ClassVar[str] = "emotion"

    features: FloatArray
    label: FloatArray
    female: Perception
    male: Perception
    s1: BoolArray
    aligned: FloatArray
    session: IntArray
    sessions: tuple[str, ...]
    emotions: tuple[str, ...]
    detectors: tuple[tuple[int, int], ...]
    problem: EmotionProblem
    ids: tuple[str, ...]
    speaker: tuple[str, ...]
    stage1: Parameters = field(default_factory=dict)
    split: EvaluatedSplit = "validation"
    normalisation: Normalisation = "speaker"
    statistics: Statistics | None = None
    notes: tuple[str, ...] = ()

    @property
    def inputs(self) -> FloatArray:
        """Features (utterance, feature)."""
        return self.features

    def training_rows(self) -> tuple[int, str]:
        """Return the number of utterances that the fold with the fewest trains on."""
        return min(len(fold.train) for fold in self.folds()), "utterances"

    def sizes(self) -> dict[str, int]:
        """Return numbers of utterances and of their features."""
        return {"utterances": len(self.features), "coefficients": self.problem.features}

    def folds(self) -> list[Fold]:
        """Return the folds, one a session, in order."""
        return folds_of(self.session, self.sessions)

    def evaluated(self) -> list[IntArray]:
        """Return the utterances of each fold's evaluated session (row,), in order of the folds."""
        return [fold.test if self.split == "test" else fold.validation for fold in self.folds()]


def folds_of(session: IntArray, sessions: Sequence[str]) -> list[Fold]:
    """Return the folds, one a session, in order.

    Args:
        session: number of the session (utterance,).
        sessions: names of the sessions in order.
    """
    folds = []
    for number, name in enumerate(sessions):
        after = (number + 1) % len(sessions)
        test, validation = session == number, session == after
        rows = (np.flatnonzero(chosen) for chosen in (~(test | validation), validation, test))
        folds.append(Fold(name, *rows))
    return folds
