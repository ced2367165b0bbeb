"""Metrics of trivial detectors of emotions, to compare a table's with."""

import pandas as pd

from fairser_core.metrics.consistency import NEIGHBOURS
from fairser_core.metrics.emotion_table import detector_metrics
from search.tasks.emotion_predictions import silent_detector


def silent(table: pd.DataFrame) -> dict[str, float]:
    """Return the metrics of a detector that never fires.

    Its weighted F1 is 2(1 - p)² / (2 - p) for an emotion of share p.

    Args:
        table: predictions of an emotion's tested detectors.

    Returns:
        Every metric by name; NaN where it is undefined.
    """
    return detector_metrics(silent_detector(table))


def chance(table: pd.DataFrame) -> dict[str, float]:
    """Return the consistency of the aligned gender if neighbours were random.

        1 - Σ_s 2 n_F n_M / (n_s - 1) / Σ_s n_s

    Args:
        table: predictions of an emotion's tested detectors.

    Returns:
        `consistency_gender`, in [0, 1]; about a half for groups of equal size. NaN if no session
        has enough neighbours.
    """
    aligned = table[table["aligned"].notna()]
    counts = aligned.groupby("session")["aligned"].agg(["sum", "count"])
    counts = counts[counts["count"] > NEIGHBOURS]
    women, all_ = counts["sum"], counts["count"]
    differing = float((2 * women * (all_ - women) / (all_ - 1)).sum())
    return {"consistency_gender": 1 - differing / all_.sum() if len(counts) else float("nan")}
