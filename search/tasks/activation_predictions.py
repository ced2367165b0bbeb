"""Predictions of a tested model of activation, or of other dimensions."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.courses.activation_answers import TARGET
from fairser_core.metrics.activation import ActivationPredictions


def targets_of(
    table: pd.DataFrame, threshold: float
) -> Iterator[tuple[str, NDArray[np.bool_], float]]:
    """Yield each target of a table of predictions, its rows (row,), and its threshold.

    Args:
        table: predictions of tested models.
        threshold: activation above it is high.
    """
    if TARGET not in table:
        yield "activation", np.ones(len(table), dtype=np.bool_), threshold
        return
    for name in table[TARGET].unique():
        rows = (table[TARGET] == name).to_numpy()
        yield str(name), rows, float(table["threshold"][rows].iloc[0])


def activation_predictions(
    table: pd.DataFrame, seed: int, threshold: float
) -> ActivationPredictions | None:
    """Return the activation that a seed's model predicts.

    Args:
        table: predictions of tested models.
        seed: of the model.
        threshold: activation above it is high.

    Returns:
        None if a prediction is not finite.
    """
    prediction = table[f"prediction-{seed}"].to_numpy()
    if not np.isfinite(prediction).all():
        return None
    return ActivationPredictions(
        truth=table["truth"].to_numpy(),
        prediction=prediction,
        female=(table["gender"] == "female").to_numpy(),
        threshold=threshold,
    )
