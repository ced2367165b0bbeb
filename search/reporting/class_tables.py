"""Classes of emotion by group on test data: recalls, precisions, F1, confusion and reliability."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from fairser_core.metrics.calibration import BINS, reliability
from fairser_core.metrics.category import CategoryPredictions
from fairser_core.metrics.confusion_matrix import ClassConfusion
from search.replication.estimate import Estimates
from search.replication.systems import System
from search.reporting.blocks import Block, Figure, Table
from search.reporting.colours import SWEEPS
from search.reporting.comparison import Comparison
from search.reporting.empty_cells import explained
from search.reporting.panel_layout import laid_out, short
from search.tasks.category_predictions import class_names, table_predictions

SCORES = ("recall", "precision", "F1")
HEIGHT = 340  # pixels of the figure


def class_metrics(comparison: Comparison) -> list[str]:
    """Return no names: these tables are of predictions, not of metrics of the task's table."""
    return []


def class_blocks(prefix: str, comparison: Comparison, estimated: Estimates) -> list[Block]:
    """Return tables of classes by group and of confusion by group, and reliability curves.

    Args:
        prefix: of the blocks' names.
        comparison: of the systems.
        estimated: their estimates, not used.
    """
    blocks: list[Block] = []
    for number, system in enumerate(comparison.systems, start=1):
        names = class_names(system.predictions, system.seeds[0])
        groups = sorted(system.predictions["group"].unique())
        seeds = of_seeds(system)
        if not seeds:
            continue
        by_group = [confusion(each, len(groups)) for each in seeds]
        blocks += [
            class_table(f"{prefix}-classes-{number}", system.name, names, groups, by_group),
            confusion_table(f"{prefix}-confusion-{number}", system.name, names, groups, by_group),
            reliability_figure(f"{prefix}-reliability-{number}", system.name, groups, seeds),
        ]
    return blocks


def of_seeds(system: System) -> list[CategoryPredictions]:
    """Return the predictions of each seed whose probabilities are finite."""
    every = (table_predictions(system.predictions, seed) for seed in system.seeds)
    return [predictions for predictions in every if predictions is not None]


def confusion(predictions: CategoryPredictions, groups: int) -> ClassConfusion:
    """Return the confusion of all groups, judged or not (group, class, class)."""
    return dataclasses.replace(predictions, judged=tuple(range(groups))).by_group


def class_table(
    name: str,
    system: str,
    classes: Sequence[str],
    groups: Sequence[str],
    by_group: Sequence[ClassConfusion],
) -> Table:
    """Return a table of recall, precision and F1, a row a class, a column a group.

    Args:
        name: of the table.
        system: name of the system.
        classes: names of the classes.
        groups: names of the groups.
        by_group: confusion of each seed.
    """
    scores = np.stack(
        [np.stack([each.recalls, each.precisions, each.f1]) for each in by_group]
    )  # (seed, score, group, class)
    with np.errstate(invalid="ignore"):
        defined = np.isfinite(scores)
        count = defined.sum(axis=0)
        total = np.where(defined, scores, 0).sum(axis=0)
        means = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    counts = by_group[0].truths
    rows, data = [], []
    for number, label in enumerate(classes):
        cells = []
        for place, group in enumerate(groups):
            values = means[:, place, number]
            texts = ["-" if np.isnan(v) else f"{v:.2f}".removeprefix("0") for v in values]
            cells.append(f"{' / '.join(texts)} ({counts[place, number]:,.0f})")
            of = dict(zip(SCORES, map(float, values), strict=True))
            about = {"system": system, "class": label, "group": group}
            data.append({**about, **of, "utterances": int(counts[place, number])})
        rows.append([label, *cells])
    caption = (
        f"Classes by group, {system}: recall / precision / F1, means over seeds, and in brackets "
        "the number of test utterances of the class in the group. A dash: the class does not occur "
        "there, or is never predicted."
    )
    why = "the class does not occur in the group, or is never predicted there"
    return Table(name, caption, ["class", *groups], rows, explained(pd.DataFrame(data), {}, why))


def confusion_table(
    name: str,
    system: str,
    classes: Sequence[str],
    groups: Sequence[str],
    by_group: Sequence[ClassConfusion],
) -> Table:
    """Return a table of the shares of predicted classes, a row a group and true class.

    Args:
        name: of the table.
        system: name of the system.
        classes: names of the classes.
        groups: names of the groups.
        by_group: confusion of each seed.
    """
    counts = np.mean([each.counts for each in by_group], axis=0)
    rows, data = [], []
    for place, group in enumerate(groups):
        for number, label in enumerate(classes):
            row = counts[place, number]
            total = row.sum()
            shares = row / total if total else np.full(len(classes), np.nan)
            rows.append(
                [f"{group}, {label}", *("-" if np.isnan(s) else f"{100 * s:.0f}" for s in shares)]
            )
            about = {"system": system, "group": group, "class": label}
            data.append({**about, **dict(zip(classes, map(float, shares), strict=True))})
    caption = (
        f"Confusion by group, {system}: of the utterances of a group and a true class (row), the "
        "percentage that is predicted to be of each class (column), mean over seeds."
    )
    columns = ["group, true class", *classes]
    table = explained(pd.DataFrame(data), {}, "the class does not occur in the group")
    return Table(name, caption, columns, rows, table, folded=True)


def reliability_figure(
    name: str, system: str, groups: Sequence[str], seeds: Sequence[CategoryPredictions]
) -> Figure:
    """Return reliability curves, one a group: accuracy by confidence, over all seeds.

    Args:
        name: of the figure.
        system: name of the system.
        groups: names of the groups.
        seeds: predictions of each seed.
    """
    figure = go.Figure()
    line = {"dash": "dash", "width": 1, "color": "#888888"}
    ends = [0, 1]
    figure.add_trace(go.Scatter(x=ends, y=ends, mode="lines", line=line, showlegend=False))
    confidence = np.concatenate([each.probability.max(axis=1) for each in seeds])
    right = np.concatenate([each.prediction == each.truth for each in seeds])
    group = np.concatenate([each.group for each in seeds])
    for number, label in enumerate(groups):
        rows = group == number
        curve = reliability(confidence[rows], right[rows])
        text = f"{short(label)}: ECE {curve.error:.3f}"
        x, y = curve.confidence, curve.accuracy
        line = {"color": SWEEPS[number % len(SWEEPS)], "width": 2}
        figure.add_trace(go.Scatter(x=x, y=y, mode="lines+markers", name=text, line=line))
    figure.update_xaxes(title="confidence", range=ends)
    figure.update_yaxes(title="accuracy", range=ends)
    caption = (
        f"Reliability by group, {system}: accuracy of predictions by their confidence, in {BINS} "
        "bins of equal mass over all seeds. On the dashed line confidence is accuracy."
    )
    return Figure(name, caption, laid_out(figure, HEIGHT, legend=True))
