"""Predictions of tested classifiers, from tables, and of an assumed fair one."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics.category import CategoryPredictions
from search.tasks.fair_model import DETECTION, fair_errors


def class_names(table: pd.DataFrame, seed: int) -> list[str]:
    """Return the classes of a table of predictions, in order."""
    ending = f"-{seed}"
    return [str(name).removesuffix(ending) for name in table if str(name).endswith(ending)]


def table_predictions(table: pd.DataFrame, seed: int) -> CategoryPredictions | None:
    """Return the classes that a seed's model predicts; None if a probability is not finite.

    Args:
        table: predictions of tested models; see `CategoryCourse.prediction_table`.
        seed: of the model.
    """
    classes = class_names(table, seed)
    probability = table[[f"{name}-{seed}" for name in classes]].to_numpy(np.float64)
    if not np.isfinite(probability).all():
        return None
    groups = sorted(table["group"].unique())
    listed = json.loads(table["judged"].iloc[0])
    speaker = table["speaker"] if "speaker" in table else pd.Series(range(len(table)))
    return CategoryPredictions(
        truth=_numbers(table["truth"], classes),
        probability=probability / probability.sum(axis=1, keepdims=True),
        group=_numbers(table["group"], groups),
        judged=tuple(groups.index(name) for name in listed),
        speaker=np.unique(speaker.to_numpy(), return_inverse=True)[1],
    )


def fair_classes(
    utterances: pd.DataFrame,
    classes: Sequence[str],
    judged: Sequence[str],
    seeds: Sequence[int],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw a table of predictions of a classifier that errs alike in all groups.

    Args:
        utterances: utterances that are predicted, with `emotion` and `group`.
        classes: classes, in order.
        judged: groups that are judged.
        seeds: seeds of the models.
        rng: source of the draws.
    """
    speaker, group = utterances["speaker"].to_numpy(), utterances["group"].to_numpy()
    truth = _numbers(utterances["emotion"], classes)
    columns: dict[str, NDArray[np.float64]] = {}
    scores = np.stack(
        [
            DETECTION * (truth == number) + fair_errors(speaker, group, len(seeds), rng)[0]
            for number in range(len(classes))
        ],
        axis=-1,
    )
    powers = np.exp(2 * scores)
    for seed, row in zip(seeds, powers / powers.sum(axis=-1, keepdims=True), strict=True):
        columns |= {f"{name}-{seed}": row[:, number] for number, name in enumerate(classes)}
    return pd.DataFrame(
        {
            "utterance": utterances["id"].to_numpy(),
            "speaker": speaker,
            "group": group,
            "judged": json.dumps(list(judged)),
            "truth": utterances["emotion"].to_numpy(),
            **columns,
        }
    )


def _numbers(column: pd.Series, names: Sequence[str]) -> NDArray[np.int64]:
    return np.array([names.index(value) for value in column], dtype=np.int64)
