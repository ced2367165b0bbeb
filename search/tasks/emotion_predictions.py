"""Predictions of tested detectors, from the tables in which a replication keeps them."""

import dataclasses

import numpy as np
import pandas as pd

from fairser_core.courses.emotion_answers import DEVIATIONS
from fairser_core.metrics.emotion import GENDERS, DetectorPredictions


def detector_predictions(table: pd.DataFrame, seed: int) -> DetectorPredictions | None:
    """Return the predictions of a seed's detectors of an emotion.

    Args:
        table: predictions of tested models, of one emotion; tables of earlier versions have no
            columns `heard_<gender>`.
        seed: seed of the detectors.

    Returns:
        None if a score is not finite.
    """
    score = table[f"score-{seed}"].to_numpy()
    perspectives = {gender: f"{gender}-{seed}" for gender in GENDERS}
    deviations = {name: f"deviation_{name}-{seed}" for name in DEVIATIONS}
    if not np.isfinite(score).all():
        return None
    return dataclasses.replace(
        silent_detector(table),
        score=score,
        perspectives={g: table[key].to_numpy() for g, key in perspectives.items() if key in table},
        deviations={n: table[key].to_numpy() for n, key in deviations.items() if key in table},
    )


def silent_detector(table: pd.DataFrame) -> DetectorPredictions:
    """Return the predictions of a detector that never fires, for the same emotion.

    Args:
        table: predictions of tested models, of one emotion.
    """
    return DetectorPredictions(
        truth=table["truth"].to_numpy(bool),
        score=np.zeros(len(table)),
        s1=table["s1"].to_numpy(bool),
        aligned=table["aligned"].to_numpy(np.float64),
        perceived={
            gender: table[f"heard_{gender}"].to_numpy(np.float64)
            for gender in GENDERS
            if f"heard_{gender}" in table
        },
    )
