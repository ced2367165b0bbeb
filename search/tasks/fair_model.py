"""Predictions of an assumed fair model, from which is judged what a corpus can show.

Before anything is trained there are no predictions. Errors are assumed to be those of the CNN of
Gorrostieta et al. (2019) on RAVDESS, out of fold for all speakers with five seeds (CCC .55), in
units of the ratings' standard deviation. They do not depend on the group:

    ŷ = μ + s (y - μ) + b_speaker + e_utterance + e_utterance,seed + b_seed,group
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.datasets.activation_arrays import group_column

Floats = NDArray[np.float64]
Labels = NDArray[np.object_]

SLOPE = 0.5
"""s: predictions per rating."""
BETWEEN = 0.34
"""Standard deviation of b_speaker: it moves the recalls of low and of high by about .15."""
WITHIN = 0.67
"""Standard deviation of the errors of an utterance."""
SHARED = 0.7
"""Share of the variance of an utterance's errors that all seeds have in common."""
SEEDS = 0.1
"""Standard deviation over seeds of a group's mean error; that of its slope is half of it."""
DETECTION = 1.5
"""Distance of the scores of utterances with and without the emotion, in standard deviations."""


def fair_errors(
    speaker: Labels, group: Labels, seeds: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw errors (seed, row), and errors of the slope (seed, row), of a fair model.

    Args:
        speaker: name of each row's speaker (row,).
        group: group of each row (row,).
        seeds: number of seeds.
        rng: source of the draws.
    """
    rows = len(speaker)
    unit = np.unique(speaker, return_inverse=True)[1]
    part = np.unique(group, return_inverse=True)[1]
    of_speaker = rng.normal(0, BETWEEN, unit.max() + 1)[unit]
    shared = rng.normal(0, WITHIN * SHARED**0.5, rows)
    alone = rng.normal(0, WITHIN * (1 - SHARED) ** 0.5, (seeds, rows))
    shift = rng.normal(0, SEEDS, (seeds, 1)) + rng.normal(0, SEEDS, (seeds, part.max() + 1))
    slope = rng.normal(0, SEEDS / 2, (seeds, part.max() + 1))
    return of_speaker + shared + alone + shift[:, part], slope[:, part]


def fair_activation(
    utterances: pd.DataFrame, seeds: Sequence[int], rng: np.random.Generator
) -> pd.DataFrame:
    """Draw a table of predictions of activation; see `Course.prediction_table`.

    Args:
        utterances: table of a corpus, with the rows that are predicted.
        seeds: seeds of the models.
        rng: source of the draws.
    """
    truth = utterances["activation"].to_numpy(np.float64)
    speaker, group = utterances["speaker"].to_numpy(), group_column(utterances).to_numpy()
    errors, slopes = fair_errors(speaker, group, len(seeds), rng)
    mean, deviation = truth.mean(), truth.std()
    predictions = mean + (SLOPE + slopes) * (truth - mean) + deviation * errors
    return pd.DataFrame(
        {
            "utterance": utterances["id"].to_numpy(),
            "speaker": speaker,
            "group" if "group" in utterances else "gender": group,
            "truth": truth,
            **{f"prediction-{s}": row for s, row in zip(seeds, predictions, strict=True)},
        }
    )


def fair_detectors(
    studied: pd.DataFrame, emotions: Sequence[str], seeds: Sequence[int], rng: np.random.Generator
) -> pd.DataFrame:
    """Draw a table of scores of detectors that fire as often as their emotion is the truth.

    Args:
        studied: table of `studied_utterances`, with the rows that are predicted.
        emotions: emotions, each with a detector.
        seeds: seeds of the detectors.
        rng: source of the draws.
    """
    speaker = studied["speaker"].to_numpy()
    aligned = studied["aligned"].map({"female": 1.0, "male": 0.0}).to_numpy(np.float64)
    tables = []
    for emotion in emotions:
        truth = (studied["truth"] == emotion).to_numpy()
        errors, _ = fair_errors(speaker, np.nan_to_num(aligned, nan=2.0), len(seeds), rng)
        values = DETECTION * truth + errors
        least = np.quantile(values, 1 - truth.mean(), axis=1, keepdims=True)
        scores = 1 / (1 + np.exp(least - values))
        table = {
            "utterance": studied["id"].to_numpy(),
            "speaker": speaker,
            "emotion": emotion,
            "truth": truth,
            "s1": (studied["subset"] == "S1").to_numpy(),
            "aligned": aligned,
        }
        table |= {f"score-{s}": row for s, row in zip(seeds, scores, strict=True)}
        tables.append(pd.DataFrame(table))
    return pd.concat(tables, ignore_index=True)
