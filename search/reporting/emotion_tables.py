"""Tables 1 to 4 of Chien & Lee (2023) on test data: a row per emotion, a column per system."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from fairser_core.csv_cells import WHY_EMPTY
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.metric import Metric
from search.replication.estimate import Estimates, adjusted
from search.replication.estimates_csv import estimate_gaps
from search.replication.undefined import lacking, undefined_text
from search.reporting.blocks import Block, Table, Words
from search.reporting.comparison import Comparison
from search.reporting.emotion_layouts import LAYOUTS, Layout
from search.reporting.number_format import HOW, SPREAD, cell, legend, missing
from search.reporting.number_format import number as shown
from search.reporting.trivial_detectors import silent

SILENT_BY = "f1_all"
"""Metric in which systems are compared with a detector that never fires."""
MEAN = "mean"
WITHOUT = (
    "Some predictions were not kept when these systems were tested, so some intervals are missing."
)


def metrics_of(emotions: Sequence[str]) -> list[str]:
    """Return the names of all that these tables show."""
    names = [metric.name for layout in LAYOUTS for metric in layout.metrics.values()]
    return [*names, *(f"{name}_{emotion}" for name in names for emotion in emotions)]


def detector_metrics(comparison: Comparison) -> list[str]:
    """Return the names of all that these tables show of a comparison."""
    return metrics_of(list(comparison.systems[0].predictions["emotion"].unique()))


def detector_blocks(prefix: str, comparison: Comparison, estimated: Estimates) -> list[Block]:
    """Return the tables of the paper, and which detectors are of no use.

    Args:
        prefix: of the tables' names.
        comparison: of the systems.
        estimated: their estimates, of `detector_metrics`.
    """
    tables = [emotion_table(layout, prefix, comparison, estimated) for layout in LAYOUTS]
    return [Words(silent_text(comparison, estimated)), *tables]


def emotion_table(
    layout: Layout, prefix: str, comparison: Comparison, estimated: Estimates
) -> Table:
    """Return a table of the paper.

    Args:
        layout: of the table.
        prefix: of its name.
        comparison: of the systems.
        estimated: their estimates, of `metrics_of`.
    """
    predictions = comparison.systems[0].predictions
    emotions = list(predictions["emotion"].unique())
    whole = all(layout.needs in system.predictions for system in comparison.systems)
    layout = layout if whole else replace(layout, yardstick=None)
    free = _free(layout, predictions)
    estimated = adjusted(estimated, _keys(layout, emotions))
    rows, data = [], []
    for emotion in (*emotions, MEAN):
        for label, metric in layout.metrics.items():
            key = _key(metric, emotion)
            estimates = [estimated[system.name][key] for system in comparison.systems]
            value = free.get((emotion, metric.name), float("nan"))
            yardstick = [shown(value, layout.percent)] if layout.yardstick else []
            cells = [cell(estimate, layout.percent) for estimate in estimates]
            rows.append([f"{emotion}, {label}", *cells, *yardstick])
            about = {"emotion": emotion, "of": label, "metric": metric.name}
            for tested, estimate in zip(comparison.tested, estimates, strict=True):
                system = {"system": tested.name, "baseline": tested.baseline}
                gaps = estimate_gaps(estimate, lacking(tested.system, comparison.speaker_metrics))
                data.append({**about, **system, **estimate.columns, WHY_EMPTY: gaps})
            if layout.yardstick:
                trivial = {"system": layout.yardstick[0], "mean": value}
                data.append({**about, **trivial, WHY_EMPTY: "all but mean: of no trained system"})
    last = [layout.yardstick[0]] if layout.yardstick else []
    columns = ["emotion", *(system.name for system in comparison.systems), *last]
    about_metrics = f"{legend(layout.metrics)} {layout.note}{_without_interval(layout)}"
    how = f"{HOW}{missing(estimated)}" if whole else f"{SPREAD} {WITHOUT}"
    undefined = undefined_text(estimated, comparison.systems, comparison.speaker_metrics)
    caption = f"{layout.caption} {about_metrics} {how} {undefined}".strip()
    return Table(f"{prefix}-{layout.name}", caption, columns, rows, pd.DataFrame(data))


def _key(metric: Metric[DetectorPredictions], emotion: str) -> str:
    return metric.name if emotion == MEAN else f"{metric.name}_{emotion}"


def _keys(layout: Layout, emotions: Sequence[str]) -> list[str]:
    """Return the names of a table's metrics, of each emotion and of their mean."""
    metrics = layout.metrics.values()
    return [_key(metric, emotion) for emotion in (*emotions, MEAN) for metric in metrics]


def _without_interval(layout: Layout) -> str:
    """Return a sentence on the metrics without intervals; empty if there are none."""
    labels = [label for label, metric in layout.metrics.items() if not metric.interval]
    return f" Without intervals: {', '.join(labels)}." if labels else ""


def _free(layout: Layout, predictions: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return the yardstick's metrics by emotion and name, with their means over emotions."""
    if layout.yardstick is None:
        return {}
    each = {
        str(emotion): layout.yardstick[1](rows)
        for emotion, rows in predictions.groupby("emotion", sort=False)
    }
    free = {(e, name): value for e, metrics in each.items() for name, value in metrics.items()}
    for name in next(iter(each.values())):
        free[MEAN, name] = float(np.mean([metrics[name] for metrics in each.values()]))
    return free


def silent_text(comparison: Comparison, estimated: Estimates) -> str:
    """Return which systems, in which emotions, are not above a detector that never fires.

    Args:
        comparison: of the systems.
        estimated: their estimates, of `metrics_of`.
    """
    lines = []
    for emotion, rows in comparison.systems[0].predictions.groupby("emotion", sort=False):
        trivial, key = silent(rows)[SILENT_BY], f"{SILENT_BY}_{emotion}"
        below = [s.name for s in comparison.systems if not estimated[s.name][key].mean > trivial]
        if below:
            lines.append(f"{emotion}: {', '.join(below)}")
    if not lines:
        return "Every system's weighted F1 is above that of a detector that never fires."
    return (
        "In weighted F1 over all utterances these systems are not above a detector that never "
        f"fires, so their fairness is meaningless. {'; '.join(lines)}."
    )
