"""Making of the arrays of the emotion task from a table of utterances."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.corpora.rating_checks import UTTERANCES
from fairser_core.datasets.emotion import Emotion, EmotionProblem, FloatArray, Perception
from fairser_core.features.normalisation import normalise, z_norm_statistics

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


def normalise_by_speaker(vectors: NDArray[np.floating], speakers: pd.Series) -> FloatArray:
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
    table: pd.DataFrame, vectors: Sequence[NDArray[np.floating]], emotions: Sequence[str]
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
    _check_present(table, sessions, emotions)
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


def _check_present(table: pd.DataFrame, sessions: Sequence[str], emotions: Sequence[str]) -> None:
    """Raise a ValueError unless each session has utterances of each emotion."""
    for emotion in emotions:
        present = set(table["session"][table["truth"] == emotion])
        lacking = [name for name in sessions if name not in present]
        if lacking:
            raise ValueError(
                f"each emotion must be the ground truth of an utterance in every session, "
                f"{emotion!r} is of none in {', '.join(lacking)}; where ratings call it `other`, "
                "it is not studied"
            )


def _check_varying(features: FloatArray, speakers: pd.Series) -> None:
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


def _perception(consensus: pd.Series, emotions: Sequence[str]) -> Perception:
    return Perception(_labels(consensus, emotions), consensus.notna().to_numpy())


def _labels(perceived: pd.Series, emotions: Sequence[str]) -> FloatArray:
    """Return labels (emotion, utterance): 1 where the perceived emotion is this one."""
    return np.stack([(perceived == emotion).to_numpy(np.float32) for emotion in emotions])
