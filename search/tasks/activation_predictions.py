"""Predictions of a tested model of activation, or of other dimensions."""

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.courses.activation_answers import TARGET
from fairser_core.datasets.activation_arrays import group_column
from fairser_core.metrics.activation import GENDERS, ActivationPredictions


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
    groups, judged = table_groups(table)
    number = {name: n for n, name in enumerate(groups)}
    return ActivationPredictions(
        truth=table["truth"].to_numpy(),
        prediction=prediction,
        group=group_column(table).map(number).to_numpy(np.int64),
        threshold=threshold,
        groups=groups,
        judged=judged,
        speaker=pd.factorize(table["speaker"])[0] if "speaker" in table else None,
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
