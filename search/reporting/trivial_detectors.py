"""What detectors of emotions get for nothing: figures to hold a table's against."""

import numpy as np
import pandas as pd

from fairser_core.metrics.emotion import f1_macro, f1_weighted
from fairser_core.tasks.emotion_answers import NEIGHBOURS


def silent(told: pd.DataFrame) -> dict[str, float]:
    """F1 of a detector that never fires.

    Args:
        told: answers of an emotion's detectors; see the course's `told`.

    Returns:
        In [0, 1], by row of Table 1: weighted as in the paper, 2(1 - p)² / (2 - p) for an emotion
        of share p, and macro. NaN without utterances.
    """
    truth, s1 = told["truth"].to_numpy(bool), told["s1"].to_numpy(bool)
    sets = {"All": np.ones_like(s1), "S1": s1, "S2": ~s1}
    found = {name: f1_weighted(truth[r], np.zeros(r.sum(), bool)) for name, r in sets.items()}
    return found | {"S1, macro": f1_macro(truth[s1], np.zeros(s1.sum(), bool))}


def silent_views(told: pd.DataFrame) -> dict[str, float]:
    """The weighted F1 of such a detector in what the genders hear, by row of Table 3.

    Args:
        told: answers of an emotion's detectors; see the course's `told`.

    Returns:
        In [0, 1]; NaN for a gender without a consensus on any utterance.
    """
    heard = {"M": told["heard_male"].dropna() == 1, "F": told["heard_female"].dropna() == 1}
    return {
        name: f1_weighted(truth.to_numpy(bool), np.zeros(len(truth), bool))
        for name, truth in heard.items()
    }


def chance(told: pd.DataFrame) -> dict[str, float]:
    """Consistency of the aligned gender if it had nothing to do with who is near whom.

        1 - Σ_s 2 n_F n_M / (n_s - 1) / Σ_s n_s

    Args:
        told: answers of an emotion's detectors; see the course's `told`.

    Returns:
        In [0, 1]; about a half for groups of one size. NaN where no session has neighbours enough.
    """
    aligned = told[told["aligned"].notna()]
    counts = aligned.groupby("session")["aligned"].agg(["sum", "count"])
    counts = counts[counts["count"] > NEIGHBOURS]
    women, all_ = counts["sum"], counts["count"]
    apart = float((2 * women * (all_ - women) / (all_ - 1)).sum())
    return {"gender": 1 - apart / all_.sum() if len(counts) else float("nan")}
