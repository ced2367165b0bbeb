"""Predictions of a tested model of activation."""

import json

import numpy as np
import pandas as pd

from fairser_core.datasets.activation_arrays import group_column
from fairser_core.metrics.activation import GENDERS, ActivationPredictions


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
    groups, judged = table_groups(table)
    return ActivationPredictions(
        truth=table["truth"].to_numpy(),
        prediction=prediction,
        group=group_column(table)
        .map({name: n for n, name in enumerate(groups)})
        .to_numpy(np.int64),
        threshold=threshold,
        groups=groups,
        judged=judged,
    )


def table_groups(table: pd.DataFrame) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return the names of the groups of a table of predictions, and numbers of those judged.

    Args:
        table: predictions of tested models; a column `judged` lists the groups as JSON.
    """
    if "group" not in table:
        return GENDERS, (0, 1)
    groups = tuple(sorted(table["group"].unique()))
    listed = json.loads(table["judged"].iloc[0]) if "judged" in table else groups
    return groups, tuple(groups.index(name) for name in listed)
