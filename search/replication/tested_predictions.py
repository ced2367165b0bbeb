"""Predictions of tested models, from the tables in which a replication keeps them."""

import dataclasses

import numpy as np
import pandas as pd

from fairser_core.metrics.activation import ActivationPredictions
from fairser_core.metrics.emotion import GENDERS, DetectorPredictions
from fairser_core.tasks.emotion_answers import DEVIATIONS


def activation_predictions(
    table: pd.DataFrame, seed: int, threshold: float
) -> ActivationPredictions:
    """Return the activation that a seed's model predicts.

    Args:
        table: predictions of tested models.
        seed: of the model.
        threshold: activation above it is high.
    """
    return ActivationPredictions(
        truth=table["truth"].to_numpy(),
        prediction=table[f"prediction-{seed}"].to_numpy(),
        female=(table["gender"] == "female").to_numpy(),
        threshold=threshold,
    )


def detector_predictions(table: pd.DataFrame, seed: int) -> DetectorPredictions:
    """Return what a seed's detectors of an emotion predict.

    Args:
        table: predictions of tested models, of one emotion; earlier versions wrote no
            `heard_<gender>`.
        seed: of the detectors.
    """
    columns = {name: table[name].to_numpy() for name in table if str(name).endswith(f"-{seed}")}
    keys = {name: f"deviation_{name}-{seed}" for name in DEVIATIONS}
    return dataclasses.replace(
        silent_detector(table),
        score=columns[f"score-{seed}"],
        perspectives={g: columns[f"{g}-{seed}"] for g in GENDERS if f"{g}-{seed}" in columns},
        deviations={name: columns[key] for name, key in keys.items() if key in columns},
    )


def silent_detector(table: pd.DataFrame) -> DetectorPredictions:
    """Return the predictions of a detector of the same emotion that never fires.

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
