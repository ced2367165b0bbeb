"""Metrics of detectors in two parts: of the ground truth, and of each gender's perception."""

from collections.abc import Mapping

import numpy as np

from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import detector_metrics

OF_GENDERS = ("_female", "_male", "_views")


def detection_metrics(
    truth: np.ndarray, score: np.ndarray, s1: np.ndarray, aligned: np.ndarray
) -> dict[str, float]:
    """Return the metrics that need neither perspectives nor neighbours."""
    metrics = detector_metrics(DetectorPredictions(truth, score, s1, aligned))
    return {
        name: value
        for name, value in metrics.items()
        if not name.startswith("consistency") and not name.endswith(OF_GENDERS)
    }


def view_metrics(
    perceived: Mapping[str, np.ndarray], perspectives: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Return the metrics of each gender's perception, which is 1 or 0, or NaN without consensus."""
    nothing = np.zeros(len(next(iter(perceived.values()))), dtype=bool)
    aligned = np.full(len(nothing), np.nan)
    predictions = DetectorPredictions(
        nothing, np.zeros(len(nothing)), nothing, aligned, perceived, perspectives
    )
    metrics = detector_metrics(predictions)
    return {name: value for name, value in metrics.items() if name.endswith(OF_GENDERS)}
