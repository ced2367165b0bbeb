"""Neighbourhoods in detectors' representations by t-SNE: Figures 5 and 6 of Chien & Lee (2023)."""

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
from threadpoolctl import threadpool_limits

from search.reporting.comparison import Comparison

MOST = 600  # utterances: more are slow and cover each other
LEAST = 12
PERPLEXITY = 30
FOLDS = 5
FAVOURITE = "anger"  # the detector of the paper's figures

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Neighbourhood:
    """Utterances of S2 in the representation of a system's detector.

    Attributes:
        system: name of the system.
        positions: positions by t-SNE (utterance, 2).
        female: whether the ground truth is the women's perception alone, else the men's alone
            (utterance,).
        truth: whether the ground truth is the detector's emotion (utterance,).
        accuracy: accuracy of a regression that predicts the gender from the representation; NaN
            with too few utterances of a gender.
    """

    system: str
    positions: Floats
    female: NDArray[np.bool_]
    truth: NDArray[np.bool_]
    accuracy: float


@dataclass(frozen=True)
class Neighbourhoods:
    """Same utterances in the representations of several systems.

    Attributes:
        emotion: emotion of the detectors.
        session: tested session.
        seed: seeds of the models, by system.
        panels: neighbourhoods, one per system.
        without: reasons of systems without a figure, by system.
    """

    emotion: str
    session: str
    seed: dict[str, int]
    panels: Sequence[Neighbourhood]
    without: dict[str, str]


def neighbourhoods(comparison: Comparison) -> Neighbourhoods | None:
    """Return the neighbourhoods of one emotion and one session, the same for all systems.

    The emotion is anger, as in the paper, or else the emotion with most utterances. The session is
    the one with most utterances in S2 that have an aligned gender.

    Returns:
        None if no system's representations were kept.
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
    """Return the representation (utterance, unit)."""
    rows = table[(table["emotion"] == emotion) & (table["session"] == session)]
    rows = rows.set_index("utterance").filter(like="unit-").loc[utterances]
    units: Floats = rows.to_numpy(np.float32)
    return units


def _unfit(units: Floats) -> str:
    """Return the reason why a representation has no figure; empty if it can have one."""
    if len(units) < LEAST:
        return f"fewer than {LEAST} utterances"
    if not np.isfinite(units).all():
        return "the representation is not finite"
    if len(np.unique(units, axis=0)) < LEAST:
        return "nearly all utterances have the same representation"
    return ""


def _neighbourhood(name: str, units: Floats, rows: pd.DataFrame) -> Neighbourhood:
    female = (rows["aligned"] == 1).to_numpy()
    return Neighbourhood(
        name, positions(units), female, rows["truth"].to_numpy(bool), accuracy(units, female)
    )


def positions(units: Floats) -> Floats:
    """Return positions by t-SNE (utterance, 2), the same for the same units (utterance, unit)."""
    perplexity = min(PERPLEXITY, len(units) / 4)
    tsne = TSNE(init="pca", random_state=0, perplexity=perplexity)
    # Threads of t-SNE wait by spinning: on a busy machine one thread is ten times as fast.
    with threadpool_limits(1):
        plane: Floats = tsne.fit_transform(units)
    return plane


def accuracy(units: Floats, female: NDArray[np.bool_]) -> float:
    """Return the accuracy of a logistic regression for gender, on utterances not fitted to.

    Args:
        units: representation (utterance, unit).
        female: gender to predict (utterance,).

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
