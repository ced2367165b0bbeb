"""The emotion task: a detector per emotion, the raters' gender as the group, sessions as folds.

Chien & Lee (2023), sections 2.1 and 3.1. Fold k tests session k, validates on the session after it
and trains on all others. Each session is validated on once: detectors of all folds together judge
the whole corpus without any of them having learned from what it judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from fairser_core.features.cache import z_norm_statistics
from fairser_core.networks.layers import Parameters
from fairser_core.networks.networks import Dnn

if TYPE_CHECKING:  # a predictor needs this file, and no pandas
    import pandas as pd

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class EmotionProblem:
    """What a method must know of the task.

    Attributes:
        features: values of an utterance.
        stage1: the detector of stage 1 that a method builds on; None where it needs none.
    """

    features: int
    stage1: Dnn | None = None


@dataclass(frozen=True)
class View:
    """What one gender of the raters hears.

    Attributes:
        label: 1 where its consensus is the emotion, else 0 (emotion, utterance).
        known: where it has a consensus (utterance,); labels mean nothing elsewhere.
    """

    label: FloatArray
    known: BoolArray


@dataclass(frozen=True)
class Fold:
    """Utterances of one fold, as rows of the task's arrays.

    Attributes:
        name: the session tested.
        train: of all sessions but two (row,).
        validation: of the session after the tested one (row,).
        test: of the tested session (row,); a search does not look at them.
    """

    name: str
    train: IntArray
    validation: IntArray
    test: IntArray


@dataclass(frozen=True)
class Emotion:
    """Arrays of the task, made once per sweep.

    Attributes:
        features: normalised for each speaker (utterance, feature).
        label: 1 where the ground truth is the emotion, else 0 (emotion, utterance).
        female: view of the women among the raters.
        male: view of the men.
        s1: where both genders' consensus is the ground truth (utterance,); all others are S2.
        aligned: gender whose perception alone the ground truth is: 1 female, 0 male, NaN where it
            is neither's and in S1 (utterance,).
        session: number of the session (utterance,).
        sessions: their names in order.
        emotions: names of the emotions detected.
        detectors: (fold, emotion) of each detector that a seed trains, as numbers.
        problem: what a method must know.
        ids: names of the utterances.
        stage1: parameters of `problem.stage1`, detectors of one seed after another: (seed x
            detector, ...); empty without.
        exam: which of its fold's sessions a detector is asked for; a search never asks for `test`.
    """

    features: FloatArray
    label: FloatArray
    female: View
    male: View
    s1: BoolArray
    aligned: FloatArray
    session: IntArray
    sessions: tuple[str, ...]
    emotions: tuple[str, ...]
    detectors: tuple[tuple[int, int], ...]
    problem: EmotionProblem
    ids: tuple[str, ...]
    stage1: Parameters = field(default_factory=dict)
    exam: Literal["validation", "test"] = "validation"

    def folds(self) -> list[Fold]:
        """One a session, in order."""
        found = []
        for number, name in enumerate(self.sessions):
            after = (number + 1) % len(self.sessions)
            test, validation = self.session == number, self.session == after
            rows = (np.flatnonzero(chosen) for chosen in (~(test | validation), validation, test))
            found.append(Fold(name, *rows))
        return found


def studied(utterances: "pd.DataFrame", perceived: "pd.DataFrame") -> "pd.DataFrame":
    """The utterances that have a ground truth among the emotions, with their perception.

    Args:
        utterances: table of a corpus with ratings.
        perceived: of `perception.perceive`.

    Returns:
        Its rows in order, with columns `features` or `path` and those of both tables.
    """
    from fairser_core.corpora.rating_checks import UTTERANCES  # which brings pandas

    columns = [*UTTERANCES, "features" if "features" in utterances else "path"]
    joined = utterances[columns].join(perceived, on="id", validate="one_to_one")
    return joined[joined["subset"].notna()].reset_index(drop=True)


def by_speaker(vectors: NDArray[np.floating], speakers: "pd.Series") -> FloatArray:
    """Features normalised to mean 0 and standard deviation 1 (ddof 0) within each speaker.

    Those of the tested session too, by its own speakers' statistics: no label is looked at, but the
    model is one for speakers of whom several utterances are at hand (transductive).

    Args:
        vectors: features (utterance, feature).
        speakers: who speaks (utterance,).

    Returns:
        Features (utterance, feature); 0 where a speaker's never change.
    """
    normalised = np.empty(vectors.shape, dtype=np.float32)
    for rows in speakers.groupby(speakers).indices.values():
        mean, deviation = z_norm_statistics([vectors[rows]])
        normalised[rows] = (vectors[rows] - mean) / deviation
    return normalised


def emotion_task(
    table: "pd.DataFrame", vectors: Sequence[NDArray[np.floating]], emotions: Sequence[str]
) -> Emotion:
    """Arrays of the emotion task.

    Args:
        table: as `studied` makes it.
        vectors: features (feature,) of each row.
        emotions: to be detected, in order.

    Raises:
        ValueError: an emotion is in some session the ground truth of no utterance, so that its
            detectors cannot be trained and judged; names both.
    """
    sessions = sorted(table["session"].unique(), key=lambda name: (len(name), name))
    for emotion in emotions:
        places = set(table["session"][table["truth"] == emotion])
        lacking = [name for name in sessions if name not in places]
        if lacking:
            raise ValueError(
                f"each emotion must be the ground truth of an utterance in every session, "
                f"{emotion!r} is of none in {', '.join(lacking)}; where ratings call it `other`, "
                "it is not studied"
            )
    features = by_speaker(np.stack(vectors), table["speaker"])
    return Emotion(
        features=features,
        label=_labels(table["truth"], emotions),
        female=_view(table["consensus_female"], emotions),
        male=_view(table["consensus_male"], emotions),
        s1=(table["subset"] == "S1").to_numpy(),
        aligned=table["aligned"].map({"female": 1.0, "male": 0.0}).to_numpy(np.float32),
        session=np.array([sessions.index(name) for name in table["session"]], dtype=np.int64),
        sessions=tuple(sessions),
        emotions=tuple(emotions),
        detectors=tuple((f, e) for f in range(len(sessions)) for e in range(len(emotions))),
        problem=EmotionProblem(features=features.shape[1]),
        ids=tuple(table["id"]),
    )


def _view(consensus: "pd.Series", emotions: Sequence[str]) -> View:
    return View(_labels(consensus, emotions), consensus.notna().to_numpy())


def _labels(heard: "pd.Series", emotions: Sequence[str]) -> FloatArray:
    """Labels (emotion, utterance): 1 where the emotion is heard."""
    return np.stack([(heard == emotion).to_numpy(np.float32) for emotion in emotions])
