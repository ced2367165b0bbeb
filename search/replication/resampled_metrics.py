"""Metrics of resampled utterances, from what tested models said of each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.metrics import resampling
from fairser_core.metrics.resampling import Terms, Values

Floats = NDArray[np.float64]

ATTRIBUTES = ("gender", "emotion")  # of the consistencies
VIEWS = ("female", "male")
CELLS = 4  # of a view: `resampling.view_terms`
DRAWS = 2000
CHUNK = 100  # resamples at once: bounds memory


def resampled(told: pd.DataFrame, seeds: Sequence[int], task: str, threshold: float) -> Values:
    """Metrics of resampled utterances; the draws are the same for the same utterances.

    Args:
        told: what the seeds' models said, as the task's course tells it.
        seeds: of the models.
        task: `activation` or `emotion`.
        threshold: activation above it is high; of the activation task.

    Returns:
        Each metric (draw, seed), of emotions their mean, and `<metric>_<emotion>`; NaN where it is
        undefined. F1 of what the genders hear only if it was told, which once it was not.
    """
    if task == "emotion":
        emotions, parts = _emotion(told, seeds)
        metrics = _emotion_metrics
    else:
        emotions, parts = [], _activation(told, seeds, threshold)
        metrics = resampling.activation_of
    rng, found = np.random.default_rng(0), []
    for start in range(0, DRAWS, CHUNK):
        counts = resampling.drawn(parts.shape[1], min(CHUNK, DRAWS - start), rng)
        # (part, draw, seed, term)
        sums = np.tensordot(parts, counts, axes=([1], [1])).transpose(0, 3, 1, 2)
        found.append(_with_means(metrics(sums), emotions))
    return {name: np.concatenate([part[name] for part in found]) for name in found[0]}


def _with_means(found: Values, emotions: Sequence[str]) -> Values:
    """Means over parts, and each emotion's own."""
    means = {name: values.mean(axis=0) for name, values in found.items()}
    each = {f"{n}_{e}": v[place] for n, v in found.items() for place, e in enumerate(emotions)}
    return means | each


def _by_utterance(told: pd.DataFrame, terms: Terms) -> Terms:
    """Terms (row, ...) summed over the rows of each utterance (utterance, ...), by its name."""
    names, owner = np.unique(told["utterance"], return_inverse=True)
    sums = np.zeros((len(names), *terms.shape[1:]))
    np.add.at(sums, owner, terms)
    return sums


def _activation(told: pd.DataFrame, seeds: Sequence[int], threshold: float) -> Terms:
    """(1, utterance, seed, term)."""
    truth, female = told["truth"].to_numpy(), (told["gender"] == "female").to_numpy()
    each = [
        resampling.activation_terms(truth, told[f"prediction-{seed}"].to_numpy(), female, threshold)
        for seed in seeds
    ]
    return _by_utterance(told, np.stack(each, axis=1))[None]


def _emotion(told: pd.DataFrame, seeds: Sequence[int]) -> tuple[list[str], Terms]:
    """The emotions, and (emotion, utterance, seed, term)."""
    emotions, parts = [], []
    for emotion, rows in told.groupby("emotion", sort=False):
        truth, s1 = rows["truth"].to_numpy(), rows["s1"].to_numpy()
        aligned = rows["aligned"].to_numpy()
        each = [
            np.column_stack(
                [
                    resampling.detection_terms(
                        truth, rows[f"score-{seed}"].to_numpy(), s1, aligned
                    ),
                    *(_deviations(rows[f"deviation_{name}-{seed}"]) for name in ATTRIBUTES),
                    *(
                        resampling.view_terms(
                            rows[f"heard_{name}"].to_numpy(), rows[f"{name}-{seed}"].to_numpy()
                        )
                        for name in VIEWS
                        if f"heard_{name}" in rows
                    ),
                ]
            )
            for seed in seeds
        ]
        emotions.append(str(emotion))
        parts.append(_by_utterance(rows, np.stack(each, axis=1)))
    return emotions, np.stack(parts)


def _deviations(column: pd.Series) -> Terms:
    """How many deviations from neighbours are known, and the deviations (row, 2)."""
    values = column.to_numpy(np.float64)
    return np.stack([~np.isnan(values), np.nan_to_num(values)], axis=1)


def _emotion_metrics(sums: Terms) -> Values:
    """Those of detection, and the consistencies: neighbours stay those of the whole session."""
    found = resampling.detection_of(sums)
    place = resampling.DETECTION_TERMS
    for name in ATTRIBUTES:
        count, deviation = np.moveaxis(sums[..., place : place + 2], -1, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            found[f"consistency_{name}"] = 1 - deviation / count
        place += 2
    if place == sums.shape[-1]:
        return found
    for name in VIEWS:
        found |= resampling.f1s_of(sums[..., place : place + CELLS], name)
        place += CELLS
    for kind in ("f1", "f1_macro"):
        found[f"{kind}_views"] = np.mean([found[f"{kind}_{name}"] for name in VIEWS], axis=0)
    return found
