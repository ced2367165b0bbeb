"""The emotion task: a detector per emotion, the raters' gender as the group, sessions as folds.

Chien & Lee (2023), sections 2.1 and 3.1. Fold k tests session k, validates on the session after it
and trains on all others. Each session is validated on once: the detectors of all folds together
cover the whole corpus, and none is evaluated on a session that it has learned from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.splits import EvaluatedSplit
from fairser_core.features.normalisation import normalise, z_norm_statistics
from fairser_core.networks.layers import Parameters
from fairser_core.networks.networks import Dnn

if TYPE_CHECKING:  # a predictor needs this file, and no pandas
    import pandas as pd

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
        features: normalised for each speaker (utterance, feature).
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

    @property
    def inputs(self) -> FloatArray:
        """Normalised features (utterance, feature)."""
        return self.features

    def training_rows(self) -> tuple[int, str]:
        """Return the number of utterances that the fold with the fewest trains on."""
        return min(len(fold.train) for fold in self.folds()), "utterances"

    def sizes(self) -> dict[str, int]:
        """Return numbers of utterances and of their features."""
        return {"utterances": len(self.features), "coefficients": self.problem.features}

    def folds(self) -> list[Fold]:
        """Return the folds, one a session, in order."""
        folds = []
        for number, name in enumerate(self.sessions):
            after = (number + 1) % len(self.sessions)
            test, validation = self.session == number, self.session == after
            rows = (np.flatnonzero(chosen) for chosen in (~(test | validation), validation, test))
            folds.append(Fold(name, *rows))
        return folds

    def evaluated(self) -> list[IntArray]:
        """Return the utterances of each fold's evaluated session (row,), in order of the folds."""
        return [fold.test if self.split == "test" else fold.validation for fold in self.folds()]


FILES = ("features", "path", "start", "end")
"""Columns of an utterance's file."""


def studied_utterances(utterances: "pd.DataFrame", perceived: "pd.DataFrame") -> "pd.DataFrame":
    """Return the utterances that have a ground truth among the emotions, with their perception.

    Args:
        utterances: table of a corpus with ratings.
        perceived: table that `perception.perceive` returns.

    Returns:
        Rows of `utterances` in order, with `UTTERANCES`, the columns of `FILES` and those of
        `perceived`.
    """
    from fairser_core.corpora.rating_checks import UTTERANCES  # which imports pandas

    of_files = [name for name in FILES if name in utterances]
    columns = [*UTTERANCES, *of_files]
    joined = utterances[columns].join(perceived, on="id", validate="one_to_one")
    return joined[joined["subset"].notna()].reset_index(drop=True)


def normalise_by_speaker(vectors: NDArray[np.floating], speakers: "pd.Series") -> FloatArray:
    """Normalise features to mean 0 and standard deviation 1 (ddof 0) within each speaker.

    Features of the tested session are normalised too, with the statistics of its speakers. No label
    is used, but the model needs several utterances of each speaker (transductive).

    Args:
        vectors: features (utterance, feature).
        speakers: names of the speakers (utterance,).

    Returns:
        Features (utterance, feature); 0 where those of a speaker never change.
    """
    normalised = np.empty(vectors.shape, dtype=np.float32)
    for rows in speakers.groupby(speakers).indices.values():
        normalised[rows] = normalise(vectors[rows], z_norm_statistics([vectors[rows]]))
    return normalised


def emotion_arrays(
    table: "pd.DataFrame", vectors: Sequence[NDArray[np.floating]], emotions: Sequence[str]
) -> Emotion:
    """Make the arrays of the emotion task.

    Args:
        table: table that `studied_utterances` returns.
        vectors: features (feature,) of each row.
        emotions: emotions to be detected, in order.

    Raises:
        ValueError: an emotion is the ground truth of no utterance in some session, so its detectors
            cannot be trained and evaluated; names emotion and sessions. Or normalisation leaves
            nothing of most utterances, e.g. with one utterance a speaker.
    """
    sessions = sorted(table["session"].unique(), key=lambda name: (len(name), name))
    for emotion in emotions:
        present = set(table["session"][table["truth"] == emotion])
        lacking = [name for name in sessions if name not in present]
        if lacking:
            raise ValueError(
                f"each emotion must be the ground truth of an utterance in every session, "
                f"{emotion!r} is of none in {', '.join(lacking)}; where ratings call it `other`, "
                "it is not studied"
            )
    features = normalise_by_speaker(np.stack(vectors), table["speaker"])
    _check_varying(features, table["speaker"])
    return Emotion(
        features=features,
        label=_labels(table["truth"], emotions),
        female=_perception(table["consensus_female"], emotions),
        male=_perception(table["consensus_male"], emotions),
        s1=(table["subset"] == "S1").to_numpy(),
        aligned=table["aligned"].map({"female": 1.0, "male": 0.0}).to_numpy(np.float32),
        session=np.array([sessions.index(name) for name in table["session"]], dtype=np.int64),
        sessions=tuple(sessions),
        emotions=tuple(emotions),
        detectors=tuple((f, e) for f in range(len(sessions)) for e in range(len(emotions))),
        problem=EmotionProblem(features=features.shape[1]),
        ids=tuple(table["id"]),
        speaker=tuple(table["speaker"]),
    )


def _check_varying(features: FloatArray, speakers: "pd.Series") -> None:
    """Refuse normalised features that are all zeros in most utterances.

    Args:
        features: normalised features (utterance, feature).
        speakers: names of the speakers (utterance,).
    """
    empty = int((~features.any(axis=1)).sum())
    if 2 * empty > len(features):
        single = int((speakers.value_counts() == 1).sum())
        raise ValueError(
            f"features are normalised over each speaker's utterances, and {empty:,} of "
            f"{len(features):,} utterances have none left: {single:,} of {speakers.nunique():,} "
            "speakers have a single utterance; group utterances by a `speaker` with several"
        )


def _perception(consensus: "pd.Series", emotions: Sequence[str]) -> Perception:
    return Perception(_labels(consensus, emotions), consensus.notna().to_numpy())


def _labels(perceived: "pd.Series", emotions: Sequence[str]) -> FloatArray:
    """Return labels (emotion, utterance): 1 where the perceived emotion is this one."""
    return np.stack([(perceived == emotion).to_numpy(np.float32) for emotion in emotions])
