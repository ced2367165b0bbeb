"""Tables 1 to 4 of Chien & Lee (2023) on test data: a row per emotion, a column per system."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from fairser_core.metrics.consistency import NEIGHBOURS
from fairser_core.metrics.emotion import DetectorPredictions
from fairser_core.metrics.emotion_table import EMOTION
from fairser_core.metrics.metric import Metric, Place, shown_in
from search.replication.estimate import Estimates, adjusted
from search.reporting.blocks import Block, Table, Words
from search.reporting.comparison import Comparison
from search.reporting.number_format import BY_CHANCE, HOW, SPREAD, cell, legend, missing
from search.reporting.number_format import number as shown
from search.reporting.trivial_detectors import chance, silent

SILENT = "never fires"
SILENT_BY = "f1_all"
"""Metric in which systems are compared with a detector that never fires."""
MEAN = "mean"
WITHOUT = (
    "Some predictions were not kept when these systems were tested, so some intervals are missing."
)


@dataclass(frozen=True)
class Layout:
    """A table of the paper.

    Attributes:
        name: of the table.
        place: of the metrics in it.
        caption: of the table; what its metrics are, the note and how numbers came about are added.
        note: follows what the metrics are.
        percent: whether the paper shows percentages.
        reference: heading of a column of what is had for nothing, and its metrics from the
            predictions of an emotion's detectors; None without such a column.
        needs: column of predictions without which there are neither intervals nor a reference.
        order: labels of the metrics in the paper's order; by default that of the table of metrics.
    """

    name: str
    place: Place
    caption: str
    note: str
    percent: bool = False
    reference: tuple[str, Callable[[pd.DataFrame], Mapping[str, float]]] | None = None
    needs: str = "truth"
    order: tuple[str, ...] = ()

    @property
    def metrics(self) -> dict[str, Metric[DetectorPredictions]]:
        """Metrics by what the paper calls them."""
        labelled = {metric.label: metric for metric in shown_in(EMOTION, self.place)}
        return {label: labelled[label] for label in dict.fromkeys((*self.order, *labelled))}


LAYOUTS = (
    Layout(
        "table-1",
        Place.TABLE_1,
        "Table 1 of Chien & Lee (2023): F1, %.",
        f"The column '{SILENT}' is the F1 of a detector that never fires: a detector that is not "
        "above it detects nothing, however fair it is. Macro F1, which the paper does not report, "
        "is low for such a detector.",
        percent=True,
        reference=(SILENT, silent),
    ),
    Layout(
        "table-2",
        Place.TABLE_2,
        "Table 2 of Chien & Lee (2023): statistical parity on S2. The paper does not define the "
        "measure, so the table has several definitions, of which sweeps minimise the first.",
        f"A detector that never fires has |ΔP| = 0. {BY_CHANCE} Of |ΔP| these are permuted within "
        "each speaker.",
    ),
    Layout(
        "table-3",
        Place.TABLE_3,
        "Table 3 of Chien & Lee (2023): F1, %.",
        "FairPer predicts from both perspectives; the other systems have one prediction for both. "
        f"'{SILENT}': as in Table 1.",
        percent=True,
        reference=(SILENT, silent),
        needs="heard_male",
        order=("M", "F"),
    ),
    Layout(
        "table-4",
        Place.TABLE_4,
        f"Table 4 of Chien & Lee (2023): consistency of the {NEIGHBOURS} nearest utterances in the "
        "representation, of the same session and without the utterance itself. The paper does not "
        "define the attribute: here it is the gender whose perception alone is the ground truth, "
        "or whether the detector fires.",
        "A representation that hides the gender is near the column 'chance'; one that shows it, as "
        "FairPer's should, is above. A detector that never fires has 1 in prediction.",
        reference=("chance", chance),
    ),
)
"""Tables of the paper."""


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
    layout = layout if whole else replace(layout, reference=None)
    free = _free(layout, predictions)
    estimated = adjusted(estimated, _keys(layout, emotions))
    rows, data = [], []
    for emotion in (*emotions, MEAN):
        for label, metric in layout.metrics.items():
            key = _key(metric, emotion)
            estimates = [estimated[system.name][key] for system in comparison.systems]
            known = free.get((emotion, metric.name), float("nan"))
            reference = [shown(known, layout.percent)] if layout.reference else []
            cells = [cell(estimate, layout.percent) for estimate in estimates]
            rows.append([f"{emotion}, {label}", *cells, *reference])
            about = {"emotion": emotion, "of": label, "metric": metric.name}
            for tested, estimate in zip(comparison.tested, estimates, strict=True):
                system = {"system": tested.name, "baseline": tested.baseline}
                data.append({**about, **system, **estimate.columns})
            if layout.reference:
                data.append({**about, "system": layout.reference[0], "mean": known})
    last = [layout.reference[0]] if layout.reference else []
    columns = ["emotion", *(system.name for system in comparison.systems), *last]
    about_metrics = f"{legend(layout.metrics)} {layout.note}{_without_interval(layout)}"
    how = f"{HOW}{missing(estimated)}" if whole else f"{SPREAD} {WITHOUT}"
    caption = f"{layout.caption} {about_metrics} {how}"
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
    """Return the reference's metrics by emotion and name, with their means over emotions."""
    if layout.reference is None:
        return {}
    each = {
        str(emotion): layout.reference[1](rows)
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
