"""Arrays of the emotion task, made of a corpus' studied utterances and their vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.corpora.rating_checks import UTTERANCES
from fairser_core.datasets.emotion import Emotion, EmotionProblem, Fold, Perception, folds_of
from fairser_core.datasets.normalisation import (
    NormalisationChoice,
    choose,
    fold_statistics,
    normalise_by_group,
)
from fairser_core.features.normalisation import Normalisation, Statistics
from fairser_core.features.variance import constant_features, variance_notes
from fairser_core.features.vectors import AUTO

FloatArray = NDArray[np.float32]

FILES = ("features", "path", "start", "end")
"""Columns of an utterance's file."""


def studied_utterances(utterances: pd.DataFrame, perceived: pd.DataFrame) -> pd.DataFrame:
    """Return the utterances that have a ground truth among the emotions, with their perception.

    Args:
        utterances: table of a corpus with ratings.
        perceived: table that `perception.perceive` returns.

    Returns:
        Rows of `utterances` in order, with `UTTERANCES`, the columns of `FILES` and those of
        `perceived`.
    """
    of_files = [name for name in FILES if name in utterances]
    columns = [*UTTERANCES, *of_files]
    joined = utterances[columns].join(perceived, on="id", validate="one_to_one")
    return joined[joined["subset"].notna()].reset_index(drop=True)


def emotion_arrays(
    table: pd.DataFrame,
    vectors: Sequence[NDArray[np.floating]],
    emotions: Sequence[str],
    normalisation: Normalisation | Literal["auto"] = AUTO,
) -> Emotion:
    """Make the arrays of the emotion task.

    Args:
        table: table that `studied_utterances` returns.
        vectors: features (feature,) of each row.
        emotions: emotions to be detected, in order.
        normalisation: utterances that normalise an utterance, see `VectorSettings`.

    Raises:
        ValueError: an emotion is the ground truth of no utterance in some session, so its detectors
            cannot be trained and evaluated; names emotion and sessions. Or no feature varies, or
            normalisation leaves nothing of a speaker's or session's utterances; names them.
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
    session = np.array([sessions.index(name) for name in table["session"]], dtype=np.int64)
    choice = choose(normalisation, table)
    normalised = _normalised(np.stack(vectors), table, choice, folds_of(session, sessions))
    return Emotion(
        features=normalised.features,
        label=_labels(table["truth"], emotions),
        female=_perception(table["consensus_female"], emotions),
        male=_perception(table["consensus_male"], emotions),
        s1=(table["subset"] == "S1").to_numpy(),
        aligned=table["aligned"].map({"female": 1.0, "male": 0.0}).to_numpy(np.float32),
        session=session,
        sessions=tuple(sessions),
        emotions=tuple(emotions),
        detectors=tuple((f, e) for f in range(len(sessions)) for e in range(len(emotions))),
        problem=EmotionProblem(features=normalised.features.shape[1]),
        ids=tuple(table["id"]),
        speaker=tuple(table["speaker"]),
        normalisation=choice.normalisation,
        statistics=normalised.statistics,
        notes=normalised.notes,
    )


@dataclass(frozen=True)
class Normalised:
    """Features after normalisation; see the attributes of these names of `Emotion`."""

    features: FloatArray
    statistics: Statistics | None
    notes: tuple[str, ...]


def _normalised(
    vectors: NDArray[np.floating],
    table: pd.DataFrame,
    choice: NormalisationChoice,
    folds: Sequence[Fold],
) -> Normalised:
    """Normalise features, and examine what each step leaves of them.

    Raises:
        ValueError: no feature varies, or nothing is left of a group.
    """
    way = choice.normalisation
    notes = [choice.note, *variance_notes([vectors], "of utterances")]
    if way == "none":
        return Normalised(vectors.astype(np.float32), None, tuple(notes))
    if way == "training":
        statistics = fold_statistics(vectors, [fold.train for fold in folds])
        return Normalised(vectors.astype(np.float32), statistics, tuple(notes))
    features = normalise_by_group(vectors, table[way])
    before = constant_features([vectors])
    notes += variance_notes([features], f"normalised by {way}", before)
    return Normalised(features, None, tuple(notes))


def _perception(consensus: pd.Series, emotions: Sequence[str]) -> Perception:
    return Perception(_labels(consensus, emotions), consensus.notna().to_numpy())


def _labels(perceived: pd.Series, emotions: Sequence[str]) -> FloatArray:
    """Return labels (emotion, utterance): 1 where the perceived emotion is this one."""
    return np.stack([(perceived == emotion).to_numpy(np.float32) for emotion in emotions])
