"""Predictions of emotion detectors in their evaluated sessions: kept columns, and metrics.

Sessions are evaluated together, but neighbours in a representation are those of one detector. So
the columns hold the deviation of each utterance from its neighbours, not the representation.
"""

import numpy as np
from numpy.typing import NDArray

from fairser_core.datasets.emotion import Emotion
from fairser_core.metrics.consistency import NEIGHBOURS, deviations, neighbours, with_self
from fairser_core.metrics.emotion import FIRES_ABOVE, GENDERS, DetectorPredictions, over_views
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.f1 import confusion, f1_macro
from fairser_core.metrics.metric import measure, names
from fairser_core.metrics.resampling import Draws, Values

Columns = NDArray[np.float64]
Rows = NDArray[np.int64]

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
    """Return whether a detector has a prediction for every utterance."""
    return bool(np.isfinite(kept[:, : len(SCORES)]).all())


def grade(kept: Columns, data: Emotion, emotion: int, rows: Rows, perspectives: bool) -> float:
    """Return the macro F1 of a detector: of the ground truth, or mean over the perspectives.

    Args:
        kept: as `columns` makes it (utterance, column).
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
        return float(over_views(f1_macro)(answer_predictions(kept, data, emotion, rows)))
    counts = confusion(data.label[emotion, rows] > 0, kept[:, 0] > FIRES_ABOVE)
    return float(f1_macro(counts))


def answer_predictions(
    kept: Columns, data: Emotion, emotion: int, rows: Rows, draws: Draws | None = None
) -> DetectorPredictions:
    """Return the predictions of an emotion's detectors beside what raters perceive.

    Args:
        kept: as `columns` makes it, of all sessions (utterance, column).
        data: arrays of the task.
        emotion: number of the detectors' emotion.
        rows: rows of the utterances in `data` (utterance,).
        draws: resamples of the utterances; None for the utterances as they are.
    """
    consensus = dict(zip(GENDERS, (data.female, data.male), strict=True))
    return DetectorPredictions(
        truth=data.label[emotion, rows] > 0,
        score=kept[:, 0],
        s1=data.s1[rows],
        aligned=data.aligned[rows],
        perceived={
            gender: np.where(of.consensus[rows], of.label[emotion, rows] > 0, np.nan)
            for gender, of in consensus.items()
        },
        perspectives={gender: kept[:, SCORES.index(gender)] for gender in GENDERS},
        deviations={
            name: kept[:, column] for column, name in enumerate(DEVIATIONS, start=len(SCORES))
        },
        draws=draws,
    )


def answer_metrics(
    kept: Columns, data: Emotion, emotion: int, rows: Rows, draws: Draws | None = None
) -> dict[str, Values]:
    """Return every metric of an emotion's detectors.

    Args:
        kept: as `columns` makes it, of all sessions (utterance, column).
        data: arrays of the task.
        emotion: number of the detectors' emotion.
        rows: rows of the utterances in `data` (utterance,).
        draws: resamples of the utterances; None for the utterances as they are.

    Returns:
        Metrics of `EMOTION` by name. NaN where a metric is undefined; without scores all are.
    """
    if has_scores(kept):
        return measure(EMOTION, answer_predictions(kept, data, emotion, rows, draws))
    undefined = np.full(() if draws is None else len(draws), np.nan)
    return dict.fromkeys(names(EMOTION), undefined)
