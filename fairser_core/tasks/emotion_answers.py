"""What a detector answers in its validation session: as columns that are kept, and as metrics.

Sessions are judged together, but neighbours in a representation are those of one detector. So the
columns hold how far each utterance is from its neighbours, not the representation.
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
"""Chien & Lee (2023), section 3.4."""
SCORES = ("score", "female", "male")
DEVIATIONS = ("gender", "gender_self", "emotion", "emotion_self")


def columns(
    scores: Columns, latent: NDArray[np.floating], aligned: NDArray[np.floating]
) -> Columns:
    """What is kept of a detector's answers.

    Args:
        scores: probability of the emotion (utterance, score): of `SCORES`.
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
    """Whether a detector answered for every utterance."""
    return bool(np.isfinite(kept[:, : len(SCORES)]).all())


def grade(kept: Columns, data: Emotion, emotion: int, rows: Rows, views: bool) -> float:
    """Macro F1 of a detector: of the ground truth, or mean over what the genders hear.

    Args:
        kept: as `columns` makes it (utterance, column).
        data: the task.
        emotion: the detector's.
        rows: which utterances they are (utterance,).
        views: whether to go by what the genders hear.

    Returns:
        In [0, 1], 1 is best. NaN without scores.
    """
    if not has_scores(kept):
        return float("nan")
    if views:
        return _views(kept, data, emotion, rows)["f1_macro_views"]
    return f1_macro(data.label[emotion, rows] > 0, kept[:, 0] > FIRES_ABOVE)


def _views(kept: Columns, data: Emotion, emotion: int, rows: Rows) -> dict[str, float]:
    views = {"female": data.female, "male": data.male}
    return view_metrics(
        {gender: view.label[emotion, rows] > 0 for gender, view in views.items()},
        {gender: view.known[rows] for gender, view in views.items()},
        {gender: kept[:, SCORES.index(gender)] for gender in views},
    )


def answer_metrics(kept: Columns, data: Emotion, emotion: int, rows: Rows) -> dict[str, float]:
    """Every metric of an emotion's detectors.

    Args:
        kept: as `columns` makes it, of all sessions (utterance, column).
        data: the task.
        emotion: the detectors'.
        rows: which utterances they are (utterance,).

    Returns:
        See `detection_metrics` and `view_metrics`; `consistency_gender` and `consistency_emotion`,
        each also `_self`, with an utterance among its own neighbours: 1 less the mean deviation, in
        [0, 1]. NaN where a metric is undefined; without scores all are.
    """
    known = has_scores(kept)
    scores = kept[:, : len(SCORES)] if known else np.zeros((len(kept), len(SCORES)))
    found = detection_metrics(
        data.label[emotion, rows] > 0, scores[:, 0], data.s1[rows], data.aligned[rows]
    )
    found |= _views(scores, data, emotion, rows)
    for place, name in enumerate(DEVIATIONS, start=len(SCORES)):
        values = kept[~np.isnan(kept[:, place]), place]
        found[f"consistency_{name}"] = float(1 - values.mean()) if len(values) else float("nan")
    return found if known else dict.fromkeys(found, float("nan"))
