"""Predictions of emotion detectors in their evaluated sessions: kept columns, and metrics.

Sessions are evaluated together, but neighbours in a representation are those of one detector. So
the columns hold the deviation of each utterance from its neighbours, not the representation.
"""

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.emotion import Emotion
from fairser_core.metrics.consistency import deviations, neighbours, with_self
from fairser_core.metrics.emotion import detection_metrics, f1_macro, view_metrics
from fairser_core.metrics.parity import FIRES_ABOVE

Columns = NDArray[np.float64]
Rows = NDArray[np.int64]

NEIGHBOURS = 20
"""Chien & Lee, section 3.4."""
SCORES = ("score", "female", "male")
DEVIATIONS = ("gender", "gender_self", "emotion", "emotion_self")


def columns(
    scores: Columns, latent: NDArray[np.floating], aligned: NDArray[np.floating]
) -> Columns:
    """Return the columns that are kept of a detector's predictions.

    Args:
        scores: probability of the emotion (utterance, score), by `SCORES`.
        latent: representation (utterance, unit).
        aligned: gender whose perception alone the ground truth is (utterance,): 1 female, 0 male,
            NaN for neither's.

    Returns:
        (utterance, column): `SCORES`, and `DEVIATIONS` of an attribute from its mean over the 20
        nearest utterances, without and with the utterance itself. The attribute is the aligned
        gender, among the utterances that have one, and whether the detector fires. NaN where an
        utterance has no such attribute, or too few have it.
    """
    kept = np.full((len(scores), len(SCORES) + len(DEVIATIONS)), np.nan)
    kept[:, : len(SCORES)] = scores
    if not (np.isfinite(scores).all() and np.isfinite(latent).all()):
        return kept
    fires = (scores[:, 0] > FIRES_ABOVE).astype(np.float64)
    first = len(SCORES)
    for values in (aligned, fires):
        rows = np.flatnonzero(~np.isnan(values))
        if len(rows) > NEIGHBOURS:
            near = neighbours(latent[rows], NEIGHBOURS)
            kept[rows, first] = deviations(values[rows], near)
            kept[rows, first + 1] = deviations(values[rows], with_self(near))
        first += 2
    return kept


def has_scores(kept: Columns) -> bool:
    """Whether a detector has scores of every utterance."""
    return bool(np.isfinite(kept[:, : len(SCORES)]).all())


def grade(kept: Columns, data: Emotion, emotion: int, rows: Rows, perspectives: bool) -> float:
    """Return the macro F1 of a detector: of the ground truth, or mean over the perspectives.

    Args:
        kept: columns of `columns` (utterance, column).
        data: arrays of the task.
        emotion: number of the detector's emotion.
        rows: rows of the utterances in `data` (utterance,).
        perspectives: whether labels are the consensus of each gender, not the ground truth.

    Returns:
        In [0, 1], 1 is best. NaN without scores.
    """
    if not has_scores(kept):
        return float("nan")
    if perspectives:
        return _perspectives(kept, data, emotion, rows)["f1_macro_views"]
    return f1_macro(data.label[emotion, rows] > 0, kept[:, 0] > FIRES_ABOVE)


def _perspectives(kept: Columns, data: Emotion, emotion: int, rows: Rows) -> dict[str, float]:
    perceptions = {"female": data.female, "male": data.male}
    return view_metrics(
        {gender: each.label[emotion, rows] > 0 for gender, each in perceptions.items()},
        {gender: each.known[rows] for gender, each in perceptions.items()},
        {gender: kept[:, SCORES.index(gender)] for gender in perceptions},
    )


def answer_metrics(kept: Columns, data: Emotion, emotion: int, rows: Rows) -> dict[str, float]:
    """Return every metric of the detectors of an emotion.

    Args:
        kept: columns of `columns`, of all sessions (utterance, column).
        data: arrays of the task.
        emotion: number of the detectors' emotion.
        rows: rows of the utterances in `data` (utterance,).

    Returns:
        See `detection_metrics` and `view_metrics`; `consistency_gender` and `consistency_emotion`,
        each also `_self`, with an utterance among its own neighbours: 1 less the mean deviation, in
        [0, 1]. NaN where a metric is undefined; without scores all are.
    """
    known = has_scores(kept)
    scores = kept[:, : len(SCORES)] if known else np.zeros((len(kept), len(SCORES)))
    metrics = detection_metrics(
        data.label[emotion, rows] > 0, scores[:, 0], data.s1[rows], data.aligned[rows]
    )
    metrics |= _perspectives(scores, data, emotion, rows)
    for column, name in enumerate(DEVIATIONS, start=len(SCORES)):
        values = kept[~np.isnan(kept[:, column]), column]
        metrics[f"consistency_{name}"] = float(1 - values.mean()) if len(values) else float("nan")
    return metrics if known else dict.fromkeys(metrics, float("nan"))
