"""Choice of the utterances that normalise an utterance, and what normalisation leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.features.normalisation import (
    Normalisation,
    Statistics,
    normalise,
    z_norm_statistics,
)
from fairser_core.features.vectors import AUTO
from fairser_core.files.resampling import FloatArray
from fairser_core.names import named

FEWEST = 5
"""Fewest utterances of the median speaker for `auto` to normalise by speaker. Of two utterances
normalisation leaves signs alone."""
LEFT = 1e-6
"""Largest normalised value that is rounding."""

OVER = {
    "speaker": "over each speaker's utterances",
    "session": "over each session's utterances",
    "training": "with mean and deviation of the training sessions",
    "none": "not at all",
}
"""Normalisation of features in words; follows "normalised"."""


@dataclass(frozen=True)
class NormalisationChoice:
    """Normalisation of a corpus' features.

    Attributes:
        normalisation: utterances that normalise an utterance.
        note: sentence on the choice, its reason, and the numbers of utterances of a speaker.
    """

    normalisation: Normalisation
    note: str


def choose(
    setting: Normalisation | Literal["auto"], utterances: pd.DataFrame
) -> NormalisationChoice:
    """Choose the normalisation of a corpus.

    `auto` is by speaker if each has at least two utterances and the median speaker `FEWEST`; else
    by the training sessions.

    Args:
        setting: normalisation, or `auto`.
        utterances: studied utterances of the corpus, with `speaker`.
    """
    counts = utterances["speaker"].value_counts()
    single, median = int((counts == 1).sum()), float(counts.median()) if len(counts) else 0.0
    chosen: Normalisation = "training" if single or median < FEWEST else "speaker"
    why = ""
    if single:
        why = f"; of a single one ({single:,} speakers) normalising by speaker leaves nothing"
    elif median < FEWEST:
        why = "; of so few normalising by speaker leaves little"
    if setting != AUTO:
        chosen = setting
    least, most = (counts.min(), counts.max()) if len(counts) else (0, 0)
    numbers = f"{least:,} to {most:,}" if least < most else f"{least:,}"
    return NormalisationChoice(
        chosen,
        f"features are normalised {OVER[chosen]} (normalisation {chosen}): {len(counts):,} speakers"
        f" with {numbers} utterances each, median {median:g}{why}",
    )


def normalise_by_group(vectors: NDArray[np.floating], groups: pd.Series) -> FloatArray:
    """Normalise features to mean 0 and standard deviation 1 (ddof 0) within each group.

    Features of the tested session are normalised too, with the statistics of its groups. No label
    is used, but the model needs several utterances of each group (transductive).

    Args:
        vectors: features (utterance, feature).
        groups: speakers, or sessions (utterance,).

    Returns:
        Features (utterance, feature); 0 where those of a group never change.

    Raises:
        ValueError: nothing is left of a group, e.g. of a single utterance; names groups.
    """
    normalised = np.empty(vectors.shape, dtype=np.float32)
    empty = []
    for name, rows in groups.groupby(groups).indices.items():
        normalised[rows] = normalise(vectors[rows], z_norm_statistics([vectors[rows]]))
        if np.abs(normalised[rows]).max(initial=0.0) <= LEFT:
            empty.append(str(name))
    if empty:
        column = groups.name or "group"
        raise ValueError(
            f"normalising features by {column} leaves nothing of {len(empty):,} of "
            f"{groups.nunique():,}, whose utterances are alike or single: "
            f"{named(empty)}; leave them out, or choose another "
            "normalisation (`--set vectors.normalisation=training`)"
        )
    return normalised


def fold_statistics(
    vectors: NDArray[np.floating], folds: Sequence[NDArray[np.int64]]
) -> Statistics:
    """Return mean and standard deviation of each fold's training utterances (fold, feature).

    Args:
        vectors: features (utterance, feature).
        folds: rows of the training utterances of each fold.
    """
    each = [z_norm_statistics([vectors[rows]]) for rows in folds]
    mean, deviation = (np.stack(values) for values in zip(*each, strict=True))
    return mean, deviation
