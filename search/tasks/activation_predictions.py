"""Predictions of a tested model of activation."""

import numpy as np
import pandas as pd

from fairser_core.metrics.activation import ActivationPredictions


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
