"""What lies near what in detectors' representations: Figures 5 and 6 of Chien & Lee (t-SNE)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import TSNE
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from search.reporting.comparison import Comparison

MOST = 600  # utterances: more are slow, and a blot
LEAST = 12
PERPLEXITY = 30
FOLDS = 5
FAVOURITE = "anger"  # the detector of the paper's figures

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Neighbourhood:
    """Utterances of S2 as a system's detector represents them.

    Attributes:
        system: its name.
        places: by t-SNE (utterance, 2).
        female: whether the ground truth is the women's perception alone, else it is the men's
            (utterance,).
        truth: whether it is the detector's emotion (utterance,).
        accuracy: of a regression that tells the gender from the representation; NaN where too few
            are of a gender.
    """

    system: str
    places: Floats
    female: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    accuracy: float


@dataclass(frozen=True)
class Neighbourhoods:
    """The same utterances in several systems.

    Attributes:
        emotion: of the detectors.
        session: tested.
        seed: of the models, by system.
        panels: one a system.
        without: systems of which no representation can be shown, and why.
    """

    emotion: str
    session: str
    seed: dict[str, int]
    panels: Sequence[Neighbourhood]
    without: dict[str, str]


def neighbourhoods(comparison: Comparison) -> Neighbourhoods | None:
    """Of one emotion and one session, chosen alike for all systems.

    The emotion is anger, as in the paper, or else the one with most utterances; the session the one
    with most utterances in S2 that have an aligned gender.

    Returns:
        None where no system's representation was kept.
    """
    tables = {tested.name: tested.representations() for tested in comparison.tested}
    kept = {name: table for name, table in tables.items() if table is not None}
    if not kept:
        return None
    table = comparison.systems[0].predictions
    table = table[table["aligned"].notna()]
    emotions = [emotion for emotion in table["emotion"].unique() if emotion == FAVOURITE]
    emotion = str(emotions[0] if emotions else table.groupby("emotion")["truth"].sum().idxmax())
    rows = table[table["emotion"] == emotion]
    session = str(rows["session"].value_counts().idxmax())
    rows = rows[rows["session"] == session]
    if len(rows) > MOST:
        rows = rows.sample(MOST, random_state=0)
    without = {
        name: "tested before representations were kept" for name in tables if name not in kept
    }
    panels = []
    for name, table in kept.items():
        units = _units(table, emotion, session, rows["utterance"])
        if reason := _unfit(units):
            without[name] = reason
        else:
            panels.append(_neighbourhood(name, units, rows))
    seeds = {tested.name: tested.system.seeds[0] for tested in comparison.tested}
    return Neighbourhoods(emotion, session, seeds, panels, without)


def _units(table: pd.DataFrame, emotion: str, session: str, utterances: pd.Series) -> Floats:
    """Representation (utterance, unit)."""
    rows = table[(table["emotion"] == emotion) & (table["session"] == session)]
    rows = rows.set_index("utterance").filter(like="unit-").loc[utterances]
    units: Floats = rows.to_numpy(np.float32)
    return units


def _unfit(units: Floats) -> str:
    """Why there is no picture of a representation; empty if there is one."""
    if len(units) < LEAST:
        return f"fewer than {LEAST} utterances"
    if not np.isfinite(units).all():
        return "its representation is not finite"
    if len(np.unique(units, axis=0)) < LEAST:
        return "it represents nearly all utterances alike"
    return ""


def _neighbourhood(name: str, units: Floats, rows: pd.DataFrame) -> Neighbourhood:
    female = (rows["aligned"] == 1).to_numpy()
    return Neighbourhood(
        name, places(units), female, rows["truth"].to_numpy(bool), accuracy(units, female)
    )


def places(units: Floats) -> Floats:
    """Places in a plane by t-SNE (utterance, 2), the same for the same units (utterance, unit)."""
    perplexity = min(PERPLEXITY, len(units) / 4)
    made = TSNE(init="pca", random_state=0, perplexity=perplexity)
    # Its threads wait for each other by spinning: on a busy machine one is ten times as fast.
    with threadpool_limits(1):
        places: Floats = made.fit_transform(units)
    return places


def accuracy(units: Floats, female: NDArray[np.bool_]) -> float:
    """How often a logistic regression tells the gender of utterances that it was not fitted to.

    Args:
        units: representation (utterance, unit).
        female: gender to be predicted (utterance,).

    Returns:
        Mean over 5 folds, or as many as there are utterances of the rarer gender; in [0, 1]. NaN
        where there are fewer than 2.
    """
    folds = min(FOLDS, int(female.sum()), int((~female).sum()))
    if folds < 2:
        return float("nan")
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=5000))
    split = StratifiedKFold(folds, shuffle=True, random_state=0)
    return float(cross_val_score(model, units, female, cv=split).mean())
